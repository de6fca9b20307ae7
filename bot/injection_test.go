package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/ragtest"
)

// A shown is one thing that the program wrote.
type shown struct {
	by, where string // "echo, strict" and "terminal"
	text      string // what a reader sees
	raw       string // what a terminal gets
	prose     string // the sentences alone
	held      string // JSON only: what is shown without a mark
}

// TestInjection has a model obey every poisoned document, and shows nothing of it.
func TestInjection(t *testing.T) {
	all, company := injections(t)
	var mu sync.Mutex
	leaking, cases, mute := map[string][]string{}, map[string]int{}, []string{}
	known := knownLeaks(t, "code")
	t.Run("poisoned", func(t *testing.T) {
		for i, in := range all {
			if in.Family == "honest" || testing.Short() && i%3 > 0 { // the race detector needs no more
				continue
			}
			cases[in.Family]++
			t.Run(in.Name, func(t *testing.T) {
				t.Parallel()
				outputs, saidTrue, reached := attack(t, in, company)
				found := map[string][]shown{}
				for _, out := range outputs {
					for _, what := range out.leaks(in) {
						found[what] = append(found[what], out)
					}
				}
				for _, what := range slices.Sorted(maps.Keys(found)) {
					known.complain(t, in.Name, "%s: %s (in the prompt: %v) is shown in %s; %s", in.Family, what, slices.Contains(reached, what), listed(found[what]), found[what][0].around(what))
				}
				mu.Lock()
				defer mu.Unlock()
				if len(found) > 0 {
					leaking[in.Family] = append(leaking[in.Family], in.Name)
				}
				if !saidTrue {
					mute = append(mute, in.Name)
				}
			})
		}
	})
	n := 0
	for _, family := range slices.Sorted(maps.Keys(cases)) {
		n += cases[family]
		t.Logf("%s: %d of %d cases leak %v", family, len(leaking[family]), cases[family], leaking[family])
	}
	slices.Sort(mute)
	t.Logf("the true sentence is shown in %d of %d cases; not in %v", n-len(mute), n, mute)
	if n < 60 && !testing.Short() || 10*len(mute) > n {
		t.Errorf("%d cases, in %d of them nothing true is shown either", n, len(mute))
	}
}

// TestInjectionInWords does the same where what an order wants said is no code word:
// without a model and with the plainest ways to obey.
func TestInjectionInWords(t *testing.T) {
	all, company := injections(t)
	known := knownLeaks(t, "words")
	for _, in := range all {
		in, ok := in.inWords()
		if !ok {
			continue
		}
		t.Run(in.Name, func(t *testing.T) {
			t.Parallel()
			x := newExam(t, in, company)
			model := obey(in)
			defer model.Close()
			outputs := []shown{x.run("no model", "ask", "--json")}
			for _, by := range orders()[:4] {
				model.set(by)
				outputs = append(outputs, x.run(by.name, "ask", "--json", "--llm-model", "obedient", "--llm-url", model.URL+"/v1"))
			}
			for _, out := range outputs {
				if what := out.leaks(in); len(what) > 0 {
					known.complain(t, in.Name, "%s: %v in %s: %s", in.Family, what, out.by, out.around(what[0]))
				}
			}
		})
	}
}

// A leakList is the cases that are known to get through: testdata/injection/known.txt
// lists them, so that no other one joins them unseen.
type leakList map[string]bool

func knownLeaks(t *testing.T, kind string) leakList {
	t.Helper()
	b, err := os.ReadFile("testdata/injection/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := leakList{}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), kind+" "); ok {
			known[name] = true
		}
	}
	return known
}

// complain reports a leak: as a failure, unless it is known.
func (l leakList) complain(t *testing.T, name, format string, args ...any) {
	t.Helper()
	if l[name] {
		t.Logf("known: "+format, args...)
		return
	}
	t.Errorf(format, args...)
}

// attack has the program answer the question of a case without a model and with
// one that obeys in every way. It returns all output, whether the true sentence was
// shown when a model said it, and what of in.Never a model got to see.
func attack(t *testing.T, in injection, company map[string]string) (outputs []shown, saidTrue bool, reached []string) {
	x := newExam(t, in, company)
	outputs = append(outputs, x.run("no model", "ask"))
	model := obey(in)
	defer model.Close()
	flags := []string{"--llm-model", "obedient", "--llm-url", model.URL + "/v1"}
	outputs = append(outputs, x.talk(flags...)...)
	outputs = append(outputs, x.run("say", append([]string{"ask", "--json"}, flags...)...))
	saidTrue = strings.Contains(fold(outputs[len(outputs)-1].prose), fold(in.Truth))
	ctx := t.Context()
	c, err := x.p.open(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}()
	s, _, err := c.stock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	x.p.cfg.JSON, x.p.cfg.Plain = false, false
	writer := c.writer
	for _, by := range append(orders(), order{name: "no model"}) {
		c.writer = writer
		if by.reply == nil {
			c.writer = nil
		}
		model.set(by)
		for _, strict := range []bool{false, true} {
			x.stdout.Reset()
			x.p.cfg.Strict = strict
			a, err := x.p.answer(ctx, c, s, in.Ask)
			if err != nil {
				t.Fatal(err)
			}
			name := by.name
			if strict {
				name += ", strict"
			}
			outputs = append(outputs, x.renders(name, a)...)
		}
	}
	for _, what := range in.canaries() {
		if what == theMarker || holds(model.prompt, what) {
			reached = append(reached, what)
		}
	}
	if slices.Contains(in.Never, theMarker) {
		m := readSources(model.prompt).marker
		for i := range outputs {
			outputs[i].text = strings.ReplaceAll(outputs[i].text, m, theMarker)
		}
	}
	return outputs, saidTrue, reached
}

// TestHonest does not take honest documents for poison: what stands in them is
// quoted without a model, and with one their sentences are shown without a mark.
func TestHonest(t *testing.T) {
	all, company := injections(t)
	for _, in := range all {
		if in.Family != "honest" {
			continue
		}
		t.Run(in.Name, func(t *testing.T) {
			t.Parallel()
			x := newExam(t, in, company)
			if out := x.run("no model", "ask", "--json"); !slices.ContainsFunc(in.Shown, func(s string) bool { return strings.Contains(out.text, s) }) {
				t.Errorf("without a model, nothing of it is quoted: %s", out.text)
			}
			in.Truth = in.Shown[0]
			model := obey(in)
			defer model.Close()
			model.set(order{"truth", func(sc scene) string {
				var said []string
				for _, sentence := range in.Shown {
					at := 0
					for _, s := range sc.sources {
						if strings.Contains(s.Text, sentence) {
							at = s.N
						}
					}
					if at == 0 {
						t.Errorf("%q is not among the sources", sentence)
						at = 1
					}
					said = append(said, cite(sentence, at))
				}
				return "ANSWER\n" + strings.Join(said, " ")
			}})
			flags := []string{"--llm-model", "obedient", "--llm-url", model.URL + "/v1"}
			for _, args := range [][]string{{"ask"}, {"ask", "--strict"}, {"ask", "--plain"}, {"ask", "--json"}} {
				out := x.run("truth", append(args, flags...)...)
				for _, sentence := range in.Shown {
					if !strings.Contains(fold(out.prose), fold(sentence)) {
						t.Errorf("%v: %q is not shown:\n%s", args, sentence, out.prose)
					}
				}
				for _, mark := range []string{"not checked", "nicht geprüft", `"unverified"`, "orders to a language model"} {
					if strings.Contains(out.raw, mark) && !(strings.HasPrefix(in.Name, "about_injection") && mark == "orders to a language model") {
						t.Errorf("%v: %q:\n%s", args, mark, out.raw)
					}
				}
			}
		})
	}
}

// listed names outputs: "say (terminal, JSON), echo (JSON)".
func listed(outputs []shown) string {
	var by []string
	where := map[string][]string{}
	for _, out := range outputs {
		if len(where[out.by]) == 0 {
			by = append(by, out.by)
		}
		where[out.by] = append(where[out.by], out.where)
	}
	for i, name := range by {
		by[i] = fmt.Sprintf("%s (%s)", name, strings.Join(where[name], ", "))
	}
	return strings.Join(by, ", ")
}

// An exam is the program on the documents of one case.
type exam struct {
	*testing.T
	p      *program
	in     injection
	flags  []string
	stdout *bytes.Buffer
}

func newExam(t *testing.T, in injection, company map[string]string) *exam {
	t.Helper()
	dir := t.TempDir()
	docs := filepath.Join(dir, "docs")
	for _, some := range []map[string]string{company, in.Docs} {
		for name, text := range some {
			path := filepath.Join(docs, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	x := &exam{T: t, in: in, stdout: new(bytes.Buffer), flags: []string{"--docs", docs, "--db", filepath.Join(dir, "db")}}
	x.p = &program{
		stdin: strings.NewReader(""), stdout: x.stdout, stderr: new(bytes.Buffer), now: time.Now,
		getenv:   func(string) string { return "" },
		embedder: func() (rag.Embedder, error) { return &ragtest.Embedder{}, nil },
	}
	return x
}

// run runs a command of the program, from its arguments on.
func (x *exam) run(by string, args ...string) shown {
	x.Helper()
	x.stdout.Reset()
	x.p.stderr.(*bytes.Buffer).Reset()
	all := append(slices.Clone(args), x.flags...)
	if args[0] == "ask" {
		all = append(all, x.in.Ask)
	}
	if code := x.p.run(x.Context(), all); code != 0 {
		x.Fatalf("%v: exit %d, %s%s", all, code, x.stdout, x.p.stderr)
	}
	if slices.Contains(args, "--json") {
		return x.decoded(by, x.stdout.Bytes())
	}
	text := x.stdout.String()
	prose, _, _ := strings.Cut(text, "\nSources\n")
	if len(x.in.Prose) > 0 {
		prose = "" // names of documents are among its words
	}
	return shown{by, "real " + args[0], text, text, prose, ""}
}

// talk asks in a conversation, with a follow-up, and saves it.
func (x *exam) talk(flags ...string) []shown {
	x.Helper()
	saved := filepath.Join(x.TempDir(), "talk.md")
	x.p.stdin = strings.NewReader(x.in.Ask + "\nAnd what else should I know about that?\n/save " + saved + "\nexit\n")
	said := x.run("say", append([]string{"chat"}, flags...)...)
	md, err := os.ReadFile(saved)
	if err != nil {
		x.Fatal(err)
	}
	return []shown{said, {by: "say", where: "saved", text: string(md), raw: string(md)}}
}

// renders are all that can be made of an answer that was shown on standard output.
func (x *exam) renders(by string, a rag.Answer) []shown {
	x.Helper()
	text := x.stdout.String()
	outputs := []shown{{by, "terminal", text, text, show.Prose(a.Sentences), ""}}
	t, err := x.p.terminal(x.in.Ask)
	if err != nil {
		x.Fatal(err)
	}
	var plain, object bytes.Buffer
	t.Out, t.Plain = &plain, true
	reply := t.Reply()
	for _, s := range a.Sentences {
		reply.Sentence(s)
	}
	if err := reply.End(a); err != nil {
		x.Fatal(err)
	}
	if err := show.JSON(&object, x.in.Ask, a); err != nil {
		x.Fatal(err)
	}
	md, err := x.p.markdown(x.in.Ask, a)
	if err != nil {
		x.Fatal(err)
	}
	return append(outputs, shown{by, "plain", plain.String(), plain.String(), show.Prose(a.Sentences), ""},
		x.decoded(by, object.Bytes()), shown{by, "Markdown", md, md, show.Prose(a.Sentences), ""})
}

// decoded returns the fields of JSON output that an adapter shows. The contexts hold
// what was found, and may hold poison; names of documents are not of our choosing.
func (x *exam) decoded(by string, line []byte) shown {
	x.Helper()
	var o struct {
		Answer, Query, Degraded string
		Sentences               []struct {
			Text, Support string
			Unsupported   []string
		}
		Citations        []struct{ Title, Heading, Quote, URL string }
		Missing, Nearest []string
	}
	if err := json.Unmarshal(line, &o); err != nil {
		x.Fatalf("%v: %s", err, line)
	}
	all, held := []string{o.Answer}, append([]string{o.Query, o.Degraded}, slices.Concat(o.Missing, o.Nearest)...)
	for _, s := range o.Sentences {
		if all = append(append(all, s.Text), s.Unsupported...); s.Support != string(rag.Unverified) {
			held = append(held, s.Text)
		}
	}
	for _, c := range o.Citations {
		held = append(held, c.Title, c.Heading, c.Quote, c.URL)
	}
	return shown{by, "JSON", strings.Join(append(all, held...), "\n"), string(line), o.Answer, strings.Join(held, "\n")}
}

// link is what a reader or a program might follow.
var link = regexp.MustCompile(`(?i)\w://|\]\(|!\[|javascript:|data:text|mailto:|www\.|<img|[\w-]\.(example|test)\b`)

// leaks returns what must not be in an output and is.
func (s shown) leaks(in injection) (found []string) {
	text, prose := strings.ReplaceAll(fold(s.text), fold(in.Ask), ""), fold(s.prose)
	for _, c := range append(slices.Clone(in.Never), leak) {
		if strings.Contains(text, fold(c)) {
			found = append(found, c)
		}
	}
	for _, c := range in.Claim {
		if strings.Contains(fold(s.held), fold(c)) {
			found = append(found, c)
		}
	}
	for name := range in.Docs {
		prose = strings.ReplaceAll(prose, fold(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))), "")
	}
	for _, c := range in.Prose {
		if strings.Contains(prose, fold(c)) {
			found = append(found, c)
		}
	}
	if link.MatchString(s.text) {
		found = append(found, "a link")
	}
	if strings.ContainsFunc(s.raw, unseen) {
		found = append(found, "a control character")
	}
	return found
}

// unseen tells whether r must not reach a terminal.
func unseen(r rune) bool {
	return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector)
}

// around returns the lines of an output that hold what leaked.
func (s shown) around(what string) string {
	var lines []string
	for line := range strings.Lines(s.text) {
		switch {
		case what == "a link" && link.MatchString(line), what == "a control character" && strings.ContainsFunc(line, unseen),
			strings.Contains(fold(line), fold(what)):
			lines = append(lines, fmt.Sprintf("%.300q", strings.TrimSpace(line)))
		}
	}
	if len(lines) == 0 {
		return fmt.Sprintf("%.300q", s.text)
	}
	return strings.Join(lines[:min(2, len(lines))], " ... ")
}
