package rag

import (
	"strings"
	"testing"
)

func TestDisarm(t *testing.T) {
	cited := []Passage{{URL: "https://wiki.acme.test/leave", Text: "Book at https://hr.acme.test/book?year=2026. Write to leave@acme.test, or see docs.acme.test/leave; use `<leave>` in code. Not javascript:alert(1) or hxxps://old[.]acme.test."}}
	for _, c := range []struct{ name, in, want string }{
		{"plain", " Leave is 16 weeks, e.g. from 3.5.2026 at 10:30.", " Leave is 16 weeks, e.g. from 3.5.2026 at 10:30."},
		{"cited link", "Book at https://hr.acme.test/book?year=2026.", "Book at https://hr.acme.test/book?year=2026."},
		{"the document's own", "See https://wiki.acme.test/leave.", "See https://wiki.acme.test/leave."},
		{"cited address", "Write to leave@acme.test.", "Write to leave@acme.test."},
		{"cited bare link", "See docs.acme.test/leave.", "See docs.acme.test/leave."},
		{"more behind a cited link", "Book at https://hr.acme.test/book?year=2026&q=secret.", "Book at (link removed)."},
		{"part of a cited link", "Book at https://hr.acme.test/book.", "Book at (link removed)."},
		{"a cited link in another's query", "See https://evil.test/?u=https://hr.acme.test/book?year=2026.", "See (link removed)."},
		{"another link", "See https://evil.test/a, or HTTP://EVIL.test!", "See (link removed), or (link removed)!"},
		{"another address", "Write to thief@evil.test.", "Write to (link removed)."},
		{"bare link", "Open evil.com/x or www.evil.com or evil.io.", "Open (link removed) or (link removed) or (link removed)."},
		{"schemes", "javascript:alert(1) data:text/html,x file:///etc/passwd mailto:a slack://x", "(link removed)(1) (link removed) (link removed) (link removed) (link removed)"},
		{"a cited program", "Open javascript:alert(1).", "Open (link removed)(1)."},
		{"a link made whole", "Open https://old.acme.test.", "Open (link removed)."},
		{"image", "Look ![leave](https://evil.test/?q=x) here.", "Look leave here."},
		{"image by reference", "Look ![leave][x] here.\n[x]: https://evil.test/x", "Look leave here.\n"},
		{"text differs from target", "See [the policy](https://evil.test/x).", "See the policy."},
		{"text is another link", "See [https://hr.acme.test/book?year=2026](https://evil.test).", "See https://hr.acme.test/book?year=2026."},
		{"link by reference", "See [the policy][1x].\n[1x]: https://evil.test", "See the policy.\n"},
		{"angle brackets", "See <https://evil.test>.", "See (link removed)."},
		{"markup", `Click <a href="https://evil.test">here</a><img src=x onerror=y>.`, "Click here."},
		{"markup that is cited", "Use <leave>.", "Use <leave>."},
		{"hidden characters", "Lea\u202eve\u200b \x1b[31mis\u2066 16\U000E0041 weeks.\u0007", "Leave [31mis 16 weeks."},
		{"no links", "Note: see a.go, README.md, v1.2.3, std::vector, e.g. this; the ratio 3:4 and C:\\temp.", "Note: see a.go, README.md, v1.2.3, std::vector, e.g. this; the ratio 3:4 and C:\\temp."},
		{"Chinese", "见https://evil.test/路径。请假。", "见(link removed)。请假。"},
	} {
		if got := disarm(c.in, standsIn(cited)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzDisarm holds that what is disarmed has no link left that is not allowed, and
// that doing it twice changes nothing.
func FuzzDisarm(f *testing.F) {
	for _, s := range []string{"[a](b)", "![x](https://a.b/c)", "https://a.b https://a.b/c?d=e", "[[a](b)](c)", "<a><b>", "hhttps://ttps://a.b", "[x][y]\n[y]: z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		never := func(string) bool { return false }
		once := disarm(s, never)
		if strings.ContainsFunc(once, hiddenRune) {
			t.Errorf("%q: hidden characters in %q", s, once)
		}
		for _, bad := range []string{"http://", "https://", "javascript:a"} {
			if i := strings.Index(strings.ToLower(once), bad); i >= 0 && (i == 0 || once[i-1] == ' ') && len(once) > i+len(bad) && once[i+len(bad)] > ' ' && isLink(once[i:i+len(bad)+1]) && address.MatchString(once[i:]) {
				t.Errorf("%q: a link in %q", s, once)
			}
		}
	})
}
