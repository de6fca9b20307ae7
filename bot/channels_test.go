package main

import (
	"os"
	"strings"
	"testing"

	"footnote/rag"
)

// TestCheckChannels names the line of a channel's folder that there is not.
func TestCheckChannels(t *testing.T) {
	docs := map[string]string{"faq/a.txt": "The office closes at six.", "handbook/hr/b.txt": "There is a sabbatical."}
	for _, c := range []struct{ yaml, want string }{
		{"top: 3\n", ""},
		{"channels:\n", ""},
		{"channels:\n  C01: {folders: [faq, handbook/hr]}\n  C02: {}\n  dm: {folders: [handbook]}\n", ""},
		{"channels:\n  C01: {folders: [faq/a.txt]}\n", ""},
		{"channels:\n  C01:\n    folders: [faq, fqa]\n", "footnote.yaml:3: channels: C01: there is no folder fqa among the documents."},
		{"channels:\n  C01: {folders: [Faq]}\n", "footnote.yaml:2: channels: C01: there is no folder Faq"},
		{"channels:\n  dm:\n    model: false\n    folders: hr\n", "footnote.yaml:4: channels: dm: there is no folder hr"},
		{"channels:\n  default: {folders: [seeds/faq]}\n", "footnote.yaml:2: channels: default: there is no folder seeds/faq"},
	} {
		p, _, stderr := offline(t, "", docs)
		if err := os.WriteFile("footnote.yaml", []byte(c.yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := p.run(t.Context(), []string{"index"}); code != 0 {
			t.Fatalf("exit %d, %s", code, stderr)
		}
		corpus, err := p.open(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		err = corpus.checkChannels(t.Context(), p.cfg.Slack)
		if got := exitCode(err); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || got != exitUsage) {
			t.Errorf("%s: %v, exit %d, want %q", c.yaml, err, got, c.want)
		}
		if err := corpus.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLink gives a document's own address, or the one that its root has for it.
func TestLink(t *testing.T) {
	p, _, stderr := offline(t, "", map[string]string{"a/b c.txt": "The office closes at six."})
	const yaml = "docs:\n  - {dir: seeds, name: wiki, url: \"https://wiki.example.com/{path}#L{line}\"}\n  - {dir: seeds/a, name: plain}\n"
	if err := os.WriteFile("footnote.yaml", []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := p.run(t.Context(), []string{"index"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	c, err := p.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, l := range []struct {
		source rag.Citation
		want   string
	}{
		{rag.Citation{DocID: "wiki/a/b c.txt", Line: 3}, "https://wiki.example.com/a/b%20c.txt#L3"},
		{rag.Citation{DocID: "wiki/a/b c.txt", Line: 3, URL: "https://own.example.com"}, "https://own.example.com"},
		{rag.Citation{DocID: "plain/b c.txt", Line: 3}, ""},
		{rag.Citation{DocID: "gone/b.txt"}, ""},
	} {
		if got := c.link(l.source); got != l.want {
			t.Errorf("%+v: %q, want %q", l.source, got, l.want)
		}
	}
}
