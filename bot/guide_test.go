package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"footnote/bot/chat"
	"footnote/bot/config"
	"footnote/rag"
	"footnote/rag/eval"
)

// The tests of this file keep the user's guide and the README true.

// guide returns a page of the guide. It is called before a test changes folders.
func guide(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../seeds/guide", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// table returns the cells of a page's table rows without backquotes, the head
// left out.
func table(page string) [][]string {
	var rows [][]string
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), " | ") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows
}

// names returns what stands between backquotes.
func names(s string) []string {
	var all []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(s, -1) {
		all = append(all, m[1])
	}
	return all
}

func commandTree() *cobra.Command {
	p := &program{cfg: config.New(), getenv: func(string) string { return "" }}
	root := p.commands()
	root.InitDefaultHelpCmd()
	return root
}

// flags returns all flags by name, and the commands that have them: none for
// those of all commands.
func flags() (byName map[string]*pflag.Flag, commands map[string][]string) {
	byName, commands = map[string]*pflag.Flag{}, map[string][]string{}
	root := commandTree()
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { byName[f.Name] = f })
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			byName[f.Name] = f
			commands[f.Name] = append(commands[f.Name], "`"+strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")+"`")
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	for _, cmd := range root.Commands() {
		visit(cmd)
	}
	return byName, commands
}

func TestGuideFlags(t *testing.T) {
	byName, commands := flags()
	defaults := map[string]string{"false": "off", "": "none", "8": "8", "0": "0", "4": "4", "6000": "6000"}
	want := map[string]string{}
	for name, f := range byName {
		kind, _ := pflag.UnquoteUsage(f)
		of := "all"
		if len(commands[name]) > 0 {
			of = strings.Join(commands[name], ", ")
		}
		value, ok := defaults[f.DefValue]
		switch {
		case name == "config":
			value = "`" + config.DefaultFile + "`"
		case name == "db":
			value = "below `.footnote`"
		case !ok:
			value = "`" + f.DefValue + "`"
		}
		want["`"+strings.TrimSpace("--"+name+" "+kind)+"`"] = of + "; " + value
	}
	got := map[string]string{}
	for _, row := range table(guide(t, "settings.md")) {
		got[row[0]] = row[1] + "; " + row[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the flags in settings.md (-program +guide):\n%s", diff)
	}
}

// TestGuideMentions finds every flag and command that is mentioned.
func TestGuideMentions(t *testing.T) {
	pages, err := filepath.Glob("../seeds/guide/*.md")
	if err != nil {
		t.Fatal(err)
	}
	byName, _ := flags()
	root := commandTree()
	flag, command := regexp.MustCompile(`--([a-z][a-z-]*)`), regexp.MustCompile(`(?:footnote|\./bot) ([a-z]+)`)
	for _, path := range append(pages, "../README.md") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range flag.FindAllStringSubmatch(string(b), -1) {
			if byName[m[1]] == nil && m[1] != "help" {
				t.Errorf("%s mentions %s", path, m[0])
			}
		}
		for _, m := range command.FindAllStringSubmatch(string(b), -1) {
			if cmd, _, err := root.Find([]string{m[1]}); err != nil || cmd == root {
				t.Errorf("%s mentions %q: %v", path, m[0], err)
			}
		}
	}
}

func TestGuideExitCodes(t *testing.T) {
	want := []string{"0"}
	for _, code := range []int{exitError, exitUsage, exitIndex, exitAuth, exitUnreachable, exitRateLimited, exitTimeout, exitAbstained, exitGate, exitUnanswered, exitInterrupted} {
		want = append(want, strconv.Itoa(code))
	}
	for name, text := range map[string]string{"asking.md": guide(t, "asking.md"), "footnote --help": commandTree().Long} {
		var got []string
		for _, m := range regexp.MustCompile(`(?:Exit code|[:,])\s(\d+) [a-z]`).FindAllStringSubmatch(text[strings.Index(text, "xit codes"):], -1) {
			got = append(got, m[1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exit codes in %s (-program +text):\n%s", name, diff)
		}
	}
}

func TestGuideChatCommands(t *testing.T) {
	find := func(s string) []string {
		all := map[string]bool{}
		for _, m := range regexp.MustCompile("(?m)(?:^|[ `])(/[a-z?]+)").FindAllStringSubmatch(s, -1) {
			all[m[1]] = true
		}
		return slices.Sorted(maps.Keys(all))
	}
	if diff := cmp.Diff(find(chat.Help), find(guide(t, "chatting.md"))); diff != "" {
		t.Errorf("commands in chatting.md (-help +guide):\n%s", diff)
	}
}

func TestGuideJSON(t *testing.T) {
	page := guide(t, "asking.md")
	p, stdout, stderr := offline(t, "", map[string]string{"rules.txt": "The office closes at six."})
	if code := p.run(t.Context(), []string{"ask", "--json", "When does the office close?"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(stdout.Bytes(), &object); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table(page) {
		fields := names(row[0])
		got = append(got, fields...)
		switch field := fields[0]; field {
		case "verdict":
			want := []string{string(rag.Answered), string(rag.Partial), string(rag.Passages), string(rag.NotFound), string(rag.Clarify), string(rag.Chat)}
			if diff := cmp.Diff(want, names(row[1])); diff != "" {
				t.Errorf("verdicts (-program +guide):\n%s", diff)
			}
		case "sentences", "citations", "contexts":
			var list []map[string]any
			if err := json.Unmarshal(object[field], &list); err != nil || len(list) == 0 {
				t.Fatalf("%s: %s, %v", field, object[field], err)
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(list[0])), slices.Sorted(slices.Values(names(row[1])))); diff != "" {
				t.Errorf("fields of %s (-program +guide):\n%s", field, diff)
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(object)), got); diff != "" {
		t.Errorf("fields (-program +guide):\n%s", diff)
	}
}

// TestGuideRefusals makes a file for each reason to refuse one.
func TestGuideRefusals(t *testing.T) {
	page := guide(t, "documents.md")
	p, stdout, stderr := offline(t, "", map[string]string{
		"scan.pdf": "x", "binary.txt": "a\x00b", "empty.txt": "", "front.md": "---\ntitle: x\n---\n", "good.txt": "Good.",
		"cyrillic.txt": "\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0 \xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0",
	})
	if err := os.Symlink(t.TempDir(), "seeds/link.txt"); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if code := p.run(t.Context(), []string{"index"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	found := 0
	for line := range strings.Lines(page) {
		reasons, _, _ := strings.Cut(line, `": `)
		if !strings.HasPrefix(line, `- "`) {
			continue
		}
		for _, m := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(reasons+`"`, -1) {
			found++
			if !strings.Contains(stdout.String(), "    "+m[1]) {
				t.Errorf("no file is refused as %q, but:\n%s", m[1], stdout)
			}
		}
	}
	if found < 5 {
		t.Errorf("documents.md names %d reasons", found)
	}
}

// TestGuideLimits makes files at the limits that documents.md names.
func TestGuideLimits(t *testing.T) {
	page := guide(t, "documents.md")
	words := strings.Repeat("word ", 89)
	p, stdout, stderr := offline(t, "", map[string]string{
		"large.txt": "", "line.txt": strings.Repeat("word ", 1<<20/5+1), "paragraphs.txt": strings.Repeat("x\n", 200_001),
		"180.txt": words + "end. " + words + "end.", "181.txt": words + "end. " + words + "the end.",
	})
	if err := os.Truncate("seeds/large.txt", 64<<20+1); err != nil {
		t.Fatal(err)
	}
	if code := p.run(t.Context(), []string{"index"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	limits := regexp.MustCompile(`has (\d+ MB) and ([\d,]+) paragraphs, and the longest line (\d+ MB)`).FindStringSubmatch(page)
	if limits == nil || !strings.Contains(page, "more than 180 words") {
		t.Fatal("documents.md does not name the limits")
	}
	for _, want := range []string{"files are limited to " + limits[1] + ": large.txt", "lines are limited to " + limits[3] + ": line.txt",
		"over " + strings.ReplaceAll(limits[2], ",", "") + " paragraphs; a file is limited to that: paragraphs.txt"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("nothing is refused with %q:\n%s", want, stdout)
		}
	}
	for name, want := range map[string]string{"180.txt": ": 1 passage\n", "181.txt": ": 2 passages\n"} {
		stdout.Reset()
		if code := p.run(t.Context(), []string{"sources", name}); code != 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("exit %d, want %q:\n%s", code, want, stdout)
		}
	}
}

func TestGuideCases(t *testing.T) {
	page := guide(t, "feedback.md")
	b, err := json.Marshal(evalCase{Reason: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(b, &object); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table(page) {
		got = append(got, names(row[0])...)
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(object)), got); diff != "" {
		t.Errorf("fields of a case (-program +guide):\n%s", diff)
	}
}

// TestGuideEvaluation finds the fields of a case and the figures.
func TestGuideEvaluation(t *testing.T) {
	page := guide(t, "evaluation.md")
	b, err := json.Marshal(eval.Case{})
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(b, &object); err != nil {
		t.Fatal(err)
	}
	cases, figures, _ := strings.Cut(page, "What do the figures")
	var got []string
	for _, row := range table(cases) {
		got = append(got, names(row[0])...)
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(object)), got); diff != "" {
		t.Errorf("fields of a case (-program +guide):\n%s", diff)
	}
	all, found := eval.MetricNames(), 0
	for _, row := range table(figures) {
		for _, name := range names(strings.Join(row, " ")) {
			found++
			if !slices.Contains(all, name) {
				t.Errorf("there is no figure %s", name)
			}
		}
	}
	if found < 20 {
		t.Errorf("%d figures", found)
	}
}

// TestHelpWidth holds that no help is wider than a terminal.
func TestHelpWidth(t *testing.T) {
	root := commandTree()
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		var b strings.Builder
		cmd.SetOut(&b)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if len(line) > 81 {
				t.Errorf("%s: %s", cmd.CommandPath(), line)
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
}
