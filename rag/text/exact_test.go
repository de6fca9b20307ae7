package text

import (
	"strings"
	"testing"
)

// TestExact holds that a code, a date or a number of a question is found however it is
// written, and never taken for one that is nearly the same.
func TestExact(t *testing.T) {
	for _, c := range []struct {
		asked  string
		in     []string
		not    []string
		strong bool
	}{
		{"What does error F03 mean?", []string{"- F03: grinder is blocked", "f03", "(F03)", "F-03"}, []string{"F030", "F04", "F3", "XF03"}, true},
		{"ERR-4012-B", []string{"## ERR-4012-B", "err-4012-b."}, []string{"ERR-4012-C", "ERR-4012", "ERR-4012-B2"}, true},
		{"what does error 4012 mean", []string{"ERR-4012-B", "Error 4012:"}, []string{"ERR-4013-B", "40120"}, true},
		{"boiler b2043?", []string{"| B-2043 | Porto |", "B 2043"}, []string{"B-2034", "B-20430"}, true},
		{"is v3.0.0-rc.2 out", []string{"v3.0.0-rc.2 is out", "3.0.0-rc.2"}, []string{"v3.0.0-rc.1", "v3.0.0", "v3.0.0-rc.21"}, true},
		{"4.0-beta2", []string{"Version 4.0-beta2."}, []string{"4.0-beta1", "4.0", "4.0-beta"}, true},
		{"nginx:1.25-slim", []string{"use nginx:1.25-slim"}, []string{"nginx:1.25-alpine", "nginx:1.25"}, true},
		{"section 4.2(c)", []string{"4.2(c) The tenant pays", "4.2c"}, []string{"4.2(b) The tenant", "4.2"}, true},
		{"P-17-final", []string{"drawing P-17-final"}, []string{"P-17-draft", "P-17"}, true},
		{"lot 12-07-31", []string{"lot 12-07-31"}, []string{"lot 07-12-31", "lot 12-07-13", "31-07-12"}, true},
		{"CVE-2024-21987", []string{"fixes CVE-2024-21987."}, []string{"CVE-2024-21897", "CVE-2023-21987"}, true},
		{"What took place on 2024-05-03?", []string{"3 May 2024", "03.05.2024", "2024年5月3日", "May 3rd, 2024"}, []string{"2024-03-05", "5 March 2024", "3 May 2023"}, true},
		{"17 June 2024", []string{"17.06.2024", "17.06.24", "2024-06-17", "June 17, 2024", "2024-06-17T08:00"}, []string{"2024-07-16", "18.06.2024", "June 2024"}, true},
		{"in March 2024", []string{"2024-03-05", "March 2024"}, []string{"2024-05-03", "March 2023"}, true},
		{"how much does the Model S cost", []string{"The Model S costs 5"}, []string{"The Model 3 costs 5", "Sizes S and M"}, false},
		{"seats in room 12", []string{"Room 12 has 8 seats"}, []string{"Room 13 has 12 seats", "Room 120"}, false},
		{"and after 15?", []string{"15 years or more: 8 hours"}, []string{"3 years: 6 hours", "150"}, false},
		{"is 50GB enough", []string{"50 GB", "50GB", "50 gb"}, []string{"500GB", "50 MB"}, false},
		{"what does E 09 mean", []string{"- The toner is low (E09)", "E 09", "e-09"}, []string{"E 19", "09", "E090"}, true},
		{"Whose plate is OS-LO 42?", []string{"The plate OS-LO 42"}, []string{"The plate LO-OS 42", "OS-LO 43"}, true},
		{"what does rule 12a say", []string{"Rule 12a", "12a)"}, []string{"Rule 12c", "Rule 12"}, true},
		{"401k", []string{"401(k)", "401k"}, []string{"403(b)"}, false},
		{"over 5000 euros", []string{"5,000 euros"}, []string{"50,000 euros"}, true},
		{"２０２４", []string{"2024", "2024-03-05"}, []string{"2025"}, false},
	} {
		es := Exacts(c.asked, "en")
		if len(es) != 1 {
			t.Errorf("%q: %d exact parts: %+v", c.asked, len(es), es)
			continue
		}
		if es[0].Strong != c.strong {
			t.Errorf("%q: strong is %v", c.asked, es[0].Strong)
		}
		for _, s := range c.in {
			if !es[0].In(s, "en") {
				t.Errorf("%q is not found in %q", c.asked, s)
			}
		}
		for _, s := range c.not {
			if es[0].In(s, "en") {
				t.Errorf("%q is found in %q", c.asked, s)
			}
		}
	}
	for _, s := range []string{"how do I get a badge", "Vitamin and/or plan", "am I late?", "A plan", ""} {
		if es := Exacts(s, "en"); len(es) > 0 {
			t.Errorf("%q: %+v", s, es)
		}
	}
	if es := Exacts(strings.Repeat("E4017 ", 2*maxExacts), "en"); len(es) != maxExacts {
		t.Errorf("%d parts of a log", len(es))
	}
}

func FuzzExacts(f *testing.F) {
	f.Add("v3.0.0-rc.2 on 2024-05-03, Model S")
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range Exacts(s, "en") {
			if e.before == "" && !e.In(s, "en") {
				t.Errorf("%q: %+v is not in it", s, e)
			}
		}
	})
}
