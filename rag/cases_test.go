package rag_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/answer"
	"footnote/rag/ragtest"
)

// TestCases asks what small documents answer or do not. Each archive of testdata/cases
// has the documents, and in its comment what is asked and what is right:
//
//	ask: What does error F03 mean?   a question
//	then: And F04?                   the next one of the same conversation
//	shows: grinder is blocked        stands in what is quoted, or in its headings
//	first: grinder is blocked        stands in what is quoted of the first source
//	hides: drip tray                 does not stand in what is quoted
//	alone: drip tray                 does not stand in what is quoted of the first source
//	verdict: answered                or not answered: the closest passages, or none
//	missing: F09                     is named as what no document mentions
func TestCases(t *testing.T) {
	archives, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			arc, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			docs := t.TempDir()
			if err := txtar.Write(arc, docs); err != nil {
				t.Fatal(err)
			}
			askCases(t, openCorpus(t, docs, t.TempDir()), string(arc.Comment))
		})
	}
}

// askCases asks a script's questions and compares the answers.
func askCases(t *testing.T, c corpus, script string) {
	var q rag.Question
	var a rag.Answer
	var shown, first string
	for line := range strings.Lines(script) {
		key, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
		wrong := false
		switch key {
		case "ask", "then":
			if key == "ask" {
				q = rag.Question{Scope: rag.Scope{All: true}}
			} else {
				q.History = append(q.History, turn(q, a))
			}
			q.Text = want
			var err error
			if a, err = c.engine.Ask(t.Context(), q, nil); err != nil {
				t.Fatal(err)
			}
			shown, first = quoted(a, len(a.Citations)), quoted(a, 1)
		case "shows":
			wrong = !strings.Contains(shown, want)
		case "hides":
			wrong = strings.Contains(shown, want)
		case "first":
			wrong = !strings.Contains(first, want)
		case "alone":
			wrong = strings.Contains(first, want)
		case "verdict":
			wrong = (a.Verdict == rag.Answered) != (want == string(rag.Answered))
		case "missing":
			wrong = !slices.Contains(a.Missing, want)
		default:
			if key != "" && !strings.HasPrefix(key, "#") {
				t.Fatalf("a case has no %q", line)
			}
		}
		if wrong {
			t.Errorf("%s\n%s: %s, missing %q\n%s", q.Text, strings.TrimSpace(line), a.Verdict, a.Missing, shown)
		}
	}
}

// turn is what a conversation keeps of a question and its answer.
func turn(q rag.Question, a rag.Answer) rag.Turn {
	said := rag.Turn{Question: q.Text}
	for _, s := range a.Sentences {
		said.Answer += s.Text
	}
	for _, c := range a.Citations {
		said.Docs = append(said.Docs, c.DocID)
	}
	return said
}

// quoted returns what an answer quotes of its first sources, below their headings, each
// run of space as one.
func quoted(a rag.Answer, sources int) string {
	var b strings.Builder
	for _, c := range a.Citations[:min(sources, len(a.Citations))] {
		fmt.Fprintln(&b, c.Heading)
	}
	for _, s := range a.Sentences {
		if slices.ContainsFunc(s.Citations, func(n int) bool { return n <= sources }) {
			b.WriteString(s.Text + "\n")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// sharedCases are questions about the inputs in shared/cases, by folder: each failed
// once in a way that people report.
var sharedCases = []struct{ docs, script string }{
	{"01-exact-code-in-list/nat", "ask: What does error F03 mean?\nshows: grinder is blocked\nhides: drip tray\nhides: cleaning program"},
	{"01-exact-code-in-list/nat2", "ask: What does error F03 mean?\nshows: grinder is blocked\nhides: drip tray\nhides: cleaning program"},
	{"01-exact-code-in-list/nat3", "ask: What does error F03 mean?\nshows: grinder is blocked\nhides: drip tray\nhides: cleaning program"},
	{"01-exact-code-in-list/nat4", "ask: What does error F03 mean?\nshows: grinder is blocked\nhides: cleaning program"},
	{"01-exact-code-in-list/ls_40upperlistA", "ask: Who has the laptop LT5627?\nshows: Ines\nhides: Timo\nask: In which room is LT4309?\nshows: room 10\nhides: room 22"},
	{"01-exact-code-in-list/ls_40hostlistB", "ask: Who has the laptop srv-lis-221?\nshows: Hugo\nhides: Nora\nask: In which room is srv-par-598?\nshows: room 49"},
	{"01-exact-code-in-list/min_8_8", "ask: What does E7468 mean?\nshows: belt is worn in unit 3\nhides: E1791\nhides: E4374"},
	{"01-exact-code-in-list/min_25_8", "ask: What does E4943 mean?\nshows: feeder is jammed in unit 2\nhides: E2486\nhides: E2028"},
	{"02-long-table/table60", "ask: How many parking spaces does the Lomiville office have?\nshows: Parking spaces\nshows: Lomiville"},
	{"02-long-table/table", "ask: What is the desk count of Hull?\nshows: 216\nhides: Derby\nask: Hull fire exits\nshows: 224\nhides: Derby"},
	{"03-swapped-parts/swap", "ask: What took place on 2024-05-03?\nverdict: not answered\nask: What does lot 12-07-31 contain?\nverdict: not answered\nask: What does case 2023-17-44 concern?\nverdict: not answered"},
	{"05-list-other-entry/con2", "ask: What is the extension of Hugo Haddad?\nshows: 233\nhides: 191\nhides: 275"},
	{"06-language-misdetected/lang1", "ask: Who owns LT-8221?\nshows: Hugo\nhides: Nora"},
	{"06-language-misdetected/lang5", "ask: What is the port of the server?\nshows: 8443"},
	{"06-language-misdetected/la", "ask: When does the backup run?\nshows: /usr/bin/backup"},
	{"06-language-misdetected/lf", "ask: What is E2?\nshows: belt\nhides: lamp"},
	{"07-obsidian-comments/cm", "ask: What is the vault code?\nhides: 4040\nverdict: not answered\nask: What is the safe code?\nhides: 8080\nask: What is the lobby code?\nshows: 2020\nhides: 4040\nask: How many gates does the yard have?\nshows: 3 gates"},
	{"08-suffix-ids/rc", "ask: What does the release 4.0-beta2 drop?\nverdict: not answered\nmissing: 4.0-beta2\nask: How much does the image nginx:1.25-slim weigh?\nverdict: not answered\nmissing: nginx:1.25-slim\nask: What does section 4.2(c) cover?\nverdict: not answered\nmissing: 4.2(c)"},
	{"08-suffix-ids/suf", "ask: What does the policy P-17-final allow?\nverdict: not answered\nmissing: P-17-final"},
	{"09-dates/dates", "ask: What was on 17 June 2024?\nshows: fire drill\nhides: audit\nask: What took place in March 2024?\nshows: audit\nask: What ends on 31.12.2026?\nshows: contract\nhides: lease"},
	{"11-followup-2/cars", "ask: How much is a tyre change for the Tesla Model 3?\nshows: 90 euros\nthen: What about a service?\nfirst: 240 euros\nhides: 260 euros\nthen: What about a windscreen replacement?\nfirst: 610 euros\nhides: 690 euros"},
	{"11-followup-2/leave", "ask: How long is parental leave in France?\nshows: 10 weeks\nthen: And sick leave?\nfirst: 12 months\nhides: 18 months\nthen: And marriage leave?\nfirst: 4 days\nhides: 15 days"},
	{"11-followup-2/prn", "ask: Which lamp does the scanner Katla use?\nshows: LX-4\nthen: On which floor is it?\nfirst: floor 5\nhides: floor 2"},
	{"14-lead-in-wrong-item", "ask: How many seats are in the meeting room Quince?\nshows: Quince: 11\nshows: number of seats in each meeting room\nhides: Alder\nask: What is the default of larch_timeout?\nshows: larch_timeout = 16s"},
}

// sharedFolder returns the folder of the shared cases, beside that of -shared or the
// project's own, or skips the test.
func sharedFolder(t *testing.T) string {
	t.Helper()
	dir := "../../shared/cases"
	if *sharedDir != "" {
		dir = filepath.Join(*sharedDir, "../cases")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the shared cases are not part of the project: %v", err)
	}
	return dir
}

// TestSharedCases asks about the inputs of shared/cases.
func TestSharedCases(t *testing.T) {
	dir := sharedFolder(t)
	for _, c := range sharedCases {
		t.Run(strings.ReplaceAll(c.docs, "/", "_"), func(t *testing.T) {
			askCases(t, openCorpus(t, filepath.Join(dir, c.docs), t.TempDir()), c.script)
		})
	}
}

// TestSharedReplies has a model reply as those of shared/cases did: what is true is
// shown with its source, and no mark or thought of the model's.
func TestSharedReplies(t *testing.T) {
	dir := sharedFolder(t)
	replies := map[string]string{}
	readJSON(t, filepath.Join(dir, "16-llm-replies/replies.json"), &replies)
	delete(replies, "notfound")
	c := openCorpus(t, filepath.Join(dir, "16-llm-replies"), t.TempDir())
	for name, reply := range replies {
		shown := c.replies(t, "What is the hotel limit?", reply, 0)
		if !strings.Contains(shown, "140 EUR") && !strings.Contains(shown, "600 EUR") && !strings.Contains(shown, "140 euros") && !strings.Contains(shown, "€140") {
			t.Errorf("%s: nothing of %q", name, reply)
		}
		for _, mark := range []string{"999", "<|", "</", "ID:", "ource 1", "†", "final"} {
			if strings.Contains(shown, mark) {
				t.Errorf("%s: %s is shown: %s", name, mark, shown)
			}
		}
	}

	var thoughts [][2]any
	readJSON(t, filepath.Join(dir, "04-think-unopened/cases.json"), &thoughts)
	c = openCorpus(t, filepath.Join(dir, "04-think-unopened/gar2"), t.TempDir())
	for _, thought := range thoughts {
		var reply strings.Builder
		for _, piece := range thought[1].([]any) {
			reply.WriteString(piece.(string))
		}
		for _, size := range []int{0, 1, 7} {
			if got, want := c.replies(t, "What is the garage code?", reply.String(), size), "The garage code is 4471 for staff."; got != want {
				t.Errorf("%v in pieces of %d: %q, want %q", thought[0], size, got, want)
			}
		}
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// replies returns what is shown with a source where a model replies in pieces.
func (c corpus) replies(t *testing.T, question, reply string, piece int) string {
	t.Helper()
	templates, err := prompts.Load("")
	if err != nil {
		t.Fatal(err)
	}
	quotes := answer.NewExtractive(c.ix)
	model := answer.NewLLM(answer.LLMOptions{Quotes: quotes, Generator: &ragtest.Generator{Text: reply, Piece: piece},
		Templates: templates, ContextTokens: 6000, Secret: []byte("secret")})
	e := rag.Engine{Retriever: c.retriever, Answerer: model, Top: 8}
	a, err := e.Ask(t.Context(), rag.Question{Text: question, Scope: rag.Scope{All: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	for _, s := range a.Sentences {
		if len(s.Citations) > 0 {
			shown.WriteString(s.Text)
		}
	}
	return strings.TrimSpace(shown.String())
}
