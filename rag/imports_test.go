package rag

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A rule says what the packages that match may import, or who alone may import
// a package. Test files may import anything.
var importRules = []struct {
	pkg   string   // "rag/*" matches one more element
	only  []string // module packages that it may import
	alone string   // if set, the import that only pkg may have
}{
	{pkg: "rag/text"},
	{pkg: "rag", only: []string{"rag/text"}},
	{pkg: "rag/answer", only: []string{"rag", "rag/text", "prompts"}},
	{pkg: "rag/retrieve", only: []string{"rag", "rag/text", "prompts"}},
	{pkg: "rag/eval", only: []string{"rag", "rag/text", "prompts"}},
	{pkg: "rag/bge", only: []string{"rag", "rag/text", "rag/bge/kernel", "rag/bge/weights"}},
	{pkg: "rag/*", only: []string{"rag", "rag/text"}},
	{pkg: "prompts"},
	{pkg: "bot/config"},
	{pkg: "bot/slackbot", only: []string{"rag", "rag/reading", "rag/text", "prompts", "bot/show", "bot/db", "bot/config"}},
	{pkg: "bot/show", only: []string{"rag", "rag/reading", "prompts"}},
	{pkg: "bot/*", only: []string{"rag", "rag/text", "prompts", "bot/show", "bot/db"}},
	{pkg: "rag/local", alone: "github.com/philippgille/chromem-go"},
	{pkg: "bot/db", alone: "modernc.org/sqlite"},
	{pkg: "rag/openai", alone: "github.com/sashabaranov/go-openai"},
	{pkg: "bot/slackbot", alone: "github.com/slack-go/slack"},
}

// outside are the modules that rag and rag/text may import.
var outside = []string{"github.com/clipperhouse/uax29", "github.com/blevesearch/snowballstem", "golang.org/x/text/unicode/norm"}

func TestImports(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "footnote/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		pkg := strings.TrimPrefix(p.ImportPath, "footnote/")
		for _, imp := range p.Imports {
			if why := forbidden(pkg, imp); why != "" {
				t.Errorf("%s may not import %s: %s", pkg, imp, why)
			}
		}
	}
}

// forbidden says why pkg may not import imp, or nothing.
func forbidden(pkg, imp string) string {
	own, inModule := strings.CutPrefix(imp, "footnote/")
	if (pkg == "rag" || pkg == "rag/text") && !inModule && strings.Contains(imp, ".") &&
		!slices.ContainsFunc(outside, func(m string) bool { return strings.HasPrefix(imp, m) }) {
		return "the core stands on the standard library, uax29, snowballstem and x/text's norm"
	}
	for _, r := range importRules {
		if r.alone != "" && strings.HasPrefix(imp, r.alone) && r.pkg != pkg {
			return "only " + r.pkg + " may"
		}
	}
	for _, r := range importRules {
		if r.alone == "" && matches(r.pkg, pkg) {
			if inModule && !slices.Contains(r.only, own) {
				return "it may import " + strings.Join(append(r.only, "nothing else of the module"), ", ")
			}
			break
		}
	}
	return ""
}

func matches(pattern, pkg string) bool {
	if parent, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, ok := strings.CutPrefix(pkg, parent+"/")
		return ok && !strings.Contains(rest, "/")
	}
	return pattern == pkg
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		pkg, imp string
		want     bool
	}{
		{"rag/split", "footnote/rag/load", true},
		{"rag/split", "footnote/rag/text", false},
		{"rag/load", "modernc.org/sqlite", true},
		{"rag", "footnote/prompts", true},
		{"rag", "golang.org/x/text/width", true},
		{"rag/answer", "footnote/prompts", false},
		{"bot", "footnote/rag/local", false},
		{"bot/db", "modernc.org/sqlite", false},
		{"bot/chat", "footnote/rag/local", true},
	} {
		if got := forbidden(c.pkg, c.imp) != ""; got != c.want {
			t.Errorf("%s importing %s: forbidden %v, want %v", c.pkg, c.imp, got, c.want)
		}
	}
}
