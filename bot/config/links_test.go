package config

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLink(t *testing.T) {
	for _, c := range []struct {
		url, path  string
		line, page int
		want       string
	}{
		{"", "a/b.md", 3, 0, ""},
		{"https://w.example.com/{path}#L{line}", "a/b.md", 3, 0, "https://w.example.com/a/b.md#L3"},
		{"https://w.example.com/{path}#L{line}", "a/b.md", 0, 0, "https://w.example.com/a/b.md#L1"},
		{"https://w.example.com/{path}?p={page}", "x y.pdf", 1, 12, "https://w.example.com/x%20y.pdf?p=12"},
		{"https://w.example.com/?f={path}&l={line}", "a&b=c/d+e#?.md", 2, 0, "https://w.example.com/?f=a%26b%3Dc/d%2Be%23%3F.md&l=2"},
		{"https://w.example.com/{path}/{line}", "{line}|<x>(y).md", 2, 0, "https://w.example.com/%7Bline%7D%7C%3Cx%3E%28y%29.md/2"},
		{"https://w.example.com/{path}", "ü/日本.md", 0, 0, "https://w.example.com/%C3%BC/%E6%97%A5%E6%9C%AC.md"},
		{"https://w.example.com/faq", "faq.md", 7, 0, "https://w.example.com/faq"},
	} {
		if got := (Root{URL: c.url}).Link(c.path, c.line, c.page); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.url, c.path, got, c.want)
		}
	}
}

func FuzzLink(f *testing.F) {
	f.Add("a/b c.md", 3)
	f.Add("{page}/%2F\x00|>)\n", -1)
	f.Fuzz(func(t *testing.T, path string, line int) {
		got := Root{URL: "https://w.example.com/x/{path}?q={line}#z"}.Link(path, line, 0)
		u, err := url.Parse(got)
		if err != nil || u.Host != "w.example.com" || u.Fragment != "z" || u.Path != "/x/"+path {
			t.Fatalf("%q: %s, %v", path, got, err)
		}
		if strings.ContainsAny(got, "<>|()\" \n") {
			t.Errorf("%q: %s", path, got)
		}
	})
}

func TestRootGroups(t *testing.T) {
	const link = "https://wiki.example.com/{path}#L{line}"
	got, err := loaded(t, nil, map[string]string{"HOME": "/h/me"},
		"docs:\n  - plain\n  - {dir: ../handbook, name: book, url: \""+link+"\"}\n  - dir: ~/faq\n  - x=y\n")
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := []Root{{Name: "plain", Dir: work + "/plain"}, {Name: "book", Dir: filepath.Dir(work) + "/handbook", URL: link},
		{Name: "faq", Dir: "/h/me/faq"}, {Name: "x", Dir: work + "/y"}}
	if diff := cmp.Diff(want, got.Docs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err = loaded(t, nil, nil, "docs: {dir: one, url: \""+link+"\"}\n")
	if err != nil || len(got.Docs) != 1 || got.Docs[0].Name != "" || got.Docs[0].URL != link {
		t.Errorf("a single group: %+v, %v", got.Docs, err)
	}
	got, err = loaded(t, []string{"--docs", "/d"}, nil, "docs: [{dir: one}]\n")
	if err != nil || len(got.Docs) != 1 || got.Docs[0].Dir != "/d" {
		t.Errorf("behind a flag: %+v, %v", got.Docs, err)
	}
}

// TestRootFile needs no {path}: it is one document.
func TestRootFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "faq.md"), "x")
	yaml := func(name string) string {
		return "docs: [{dir: " + filepath.Join(dir, name) + ", url: https://w.example.com/faq}]\n"
	}
	if _, err := loaded(t, nil, nil, yaml("faq.md")); err != nil {
		t.Error(err)
	}
	if _, err := loaded(t, nil, nil, yaml("none.md")); err == nil {
		t.Error("a root that there is not needs no {path}")
	}
}

func TestRootErrors(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown key", "docs:\n  - dir: a\n    ulr: b\n", `footnote.yaml:3: docs: unknown key "ulr"; did you mean "url"?`},
		{"no folder", "docs:\n  - name: a\n", `footnote.yaml:2: docs: dir must name a folder`},
		{"an empty folder", "docs:\n  - name: a\n    dir: \"\"\n", `footnote.yaml:3: docs: dir must name a folder`},
		{"twice", "docs:\n  - dir: a\n    dir: b\n", `footnote.yaml:3: docs: dir is set in line 2 already`},
		{"wrong type", "docs:\n  - dir: 3\n", `footnote.yaml:2: docs: dir must be a text, not "3"`},
		{"hidden name", "docs:\n  - {dir: a, name: .b}\n", `footnote.yaml:2: docs: name must be printable, without slashes, and not begin with a dot; not ".b"`},
		{"a path for a name", "docs:\n  - {dir: a, name: b/c}\n", `footnote.yaml:2: docs: name must be printable, without slashes`},
		{"unknown hole", "docs:\n  - dir: a\n    url: https://w/{path}#{lien}\n", `footnote.yaml:3: docs: url has an unknown hole {lien}: did you mean {line}?`},
		{"unlike any hole", "docs:\n  - {dir: a, url: \"https://w/{path}/{branch}\"}\n", `footnote.yaml:2: docs: url has an unknown hole {branch}: the holes are {path}, {line}, {page}; a brace`},
		{"an open hole", "docs:\n  - {dir: a, url: \"https://w/{path\"}\n", `docs: url has an unknown hole {path`},
		{"a closed hole", "docs:\n  - {dir: a, url: \"https://w/{path}}\"}\n", `docs: url has an unknown hole }`},
		{"scheme", "docs:\n  - {dir: a, url: \"javascript:alert({path})\"}\n", `docs: url must begin with https:// or http:// and a host, without holes; not "javascript:`},
		{"file", "docs:\n  - {dir: a, url: \"file:///{path}\"}\n", `docs: url must begin with https://`},
		{"no host", "docs:\n  - {dir: a, url: \"https:///{path}\"}\n", `docs: url must begin with https://`},
		{"a hole for a host", "docs:\n  - {dir: a, url: \"https://{path}/x\"}\n", `docs: url must begin with https://`},
		{"a hole for a scheme", "docs:\n  - {dir: a, url: \"{path}\"}\n", `docs: url must begin with https://`},
		{"empty", "docs:\n  - {dir: a, url: \"\"}\n", `docs: url must begin with https://`},
		{"a password", "docs:\n  - {dir: a, url: \"https://me:pw@w/{path}\"}\n", `docs: url must have no user name and password`},
		{"no path", "docs:\n  - {dir: a, url: \"https://w/x#L{line}\"}\n", `docs: url must have the hole {path}, else all documents have the same address`},
		{"markup", "docs:\n  - {dir: a, url: \"https://w/{path}|x\"}\n", `docs: url has the character '|', which must be percent-encoded`},
		{"space", "docs:\n  - {dir: a, url: \"https://w/my docs/{path}\"}\n", `docs: url has the character ' ', which must be percent-encoded`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := loaded(t, nil, nil, c.yaml); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := loaded(t, []string{"--docs", "/d"}, nil, "docs: [{dir: a, url: x}]\n"); err == nil {
		t.Error("what is wrong behind a flag is not an error")
	}
}

// FuzzLoad: no file makes it panic, and an error names the file.
func FuzzLoad(f *testing.F) {
	f.Add("top: 3\nbudget: {day: 5}\ndocs: [a, {dir: b, url: \"https://w/{path}\"}]\nlocal-only: [x]\nretention: 90d\n")
	f.Add("channels:\n  C01: &a {folders: [x], users: [U01], auto-reply: all}\n  dm: *a\n  default: {}\n")
	f.Add("channels: &x {C01: *x}\n? [a, b]\n: {<<: *x}\n")
	f.Add("channels: &x\n  C01: {folders: [*x]}\n")
	f.Add("%YAML 1.2\n---\n!!binary a: 1\n...\n---\nb")
	f.Fuzz(func(t *testing.T, yaml string) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		write(t, path, yaml)
		c := New()
		if err := c.loadFile(path, true); err != nil && !strings.HasPrefix(err.Error(), path+":") {
			t.Errorf("%v", err)
		}
	})
}
