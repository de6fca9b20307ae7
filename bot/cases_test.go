package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/bot/db"
)

// keep puts questions and votes into the index of a program, which stays open for
// writing, as if a bot were running.
func keep(t *testing.T, p *program, questions []db.Question, votes []db.Feedback) {
	t.Helper()
	dir, err := p.cfg.Place(".", "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	for _, q := range questions {
		if err := d.AddQuestion(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range votes {
		if err := d.AddFeedback(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
}

func at(minute int) time.Time { return time.Date(2026, 3, 1, 12, minute, 0, 0, time.UTC) }

func votedOn() ([]db.Question, []db.Feedback) {
	user := func(c string) string { return strings.Repeat(c, 32) }
	leave := []db.Citation{{Doc: "hr/leave.md", Paragraph: 3, Start: 5, End: 30, Quote: "Leave is\n\"16\" weeks."}, {Doc: "faq.md", Paragraph: 1, Quote: "See leave."}, {Doc: "faq.md", Paragraph: 1, Quote: "See leave."}}
	return []db.Question{
			{ID: "a1", At: at(1), Text: "How long is leave?", Verdict: "answered", User: user("1"), Channel: "C01", Citations: []db.Citation{{Doc: "old.md", Paragraph: 1, Quote: "old"}}},
			{ID: "a2", At: at(2), Text: "How LONG is  leave", Verdict: "answered", User: user("2"), Citations: leave},
			{ID: "a3", At: at(3), Text: "how long is leave", Verdict: "not_found"},
			{ID: "b1", At: at(4), Text: "Is there a sauna?", Verdict: "not_found"},
			{ID: "c1", At: at(5), Text: "=1+1?", Verdict: "answered", Citations: leave},
			{ID: "d1", At: at(6), Text: "Nobody voted", Verdict: "answered", Citations: leave},
			{ID: "e1", At: at(7), Text: "Thanks!", Verdict: "chat"},
			{ID: "f1", At: at(8), Text: "What is C?", Verdict: "partial", Citations: leave[1:2]},
			{ID: "f2", At: at(9), Text: "What is C++?", Verdict: "clarify", Citations: leave[1:2]},
			{ID: "g1", At: at(10), Text: "Does <@U0123ABCD|ann> know?", Verdict: "passages"},
		}, []db.Feedback{
			{AnswerID: "a1", Vote: 1, User: user("3"), At: at(11)},
			{AnswerID: "a2", Vote: 1, User: user("4"), At: at(12)},
			{AnswerID: "a3", Vote: -1, User: user("3"), Reason: "wrong", At: at(13)},
			{AnswerID: "b1", Vote: 1, User: user("3"), At: at(14)},
			{AnswerID: "c1", Vote: 1, User: user("3"), At: at(15)},
			{AnswerID: "c1", Vote: -1, User: user("4"), Reason: "outdated", Comment: "it is three, says <@W0123>", At: at(16)},
			{AnswerID: "c1", Vote: -1, User: user("5"), Reason: "outdated", At: at(17)},
			{AnswerID: "c1", Vote: -1, User: user("6"), Reason: "outdated", At: at(18)},
			{AnswerID: "d1", Vote: 1, User: user("3"), At: at(18)},
			{AnswerID: "d1", Vote: 0, User: user("3"), At: at(19)}, // taken back
			{AnswerID: "e1", Vote: 1, User: user("3"), At: at(19)},
			{AnswerID: "f1", Vote: 1, User: user("3"), At: at(19)},
			{AnswerID: "f2", Vote: 1, User: user("3"), At: at(19)},
			{AnswerID: "g1", Vote: 1, User: user("3"), At: at(19)},
			{AnswerID: "g1", Vote: -1, User: user("4"), At: at(19)},
			{AnswerID: "t1", Question: "Typed in a terminal?", Verdict: "answered", Vote: -1, At: at(20)},
			{AnswerID: "t1", Question: "Typed in a terminal?", Verdict: "answered", Vote: 1, At: at(21)},
			{AnswerID: "t2", Vote: 1, User: user("3"), At: at(22)}, // its question was forgotten
		}
}

func TestFeedbackExport(t *testing.T) {
	p, stdout, stderr := offline(t, "", map[string]string{"a.txt": "x"})
	if code := p.run(t.Context(), []string{"index"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	questions, votes := votedOn()
	keep(t, p, questions, votes)
	stdout.Reset()
	stderr.Reset()
	if code := p.run(t.Context(), []string{"feedback", "export"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	want := `
{"id":"ID","question":"How LONG is  leave","answers":[],"gold":[{"doc":"hr/leave.md","paragraph":3,"text":"Leave is\n\"16\" weeks."},{"doc":"faq.md","paragraph":1,"text":"See leave."}],"answerable":true,"type":"answerable","history":[],"tags":["helpful"],"count":3}
{"id":"ID","question":"Is there a sauna?","answers":[],"gold":[],"answerable":false,"type":"unanswerable","history":[],"tags":["helpful"],"count":1}
{"id":"ID","question":"=1+1?","answers":[],"gold":[],"answerable":null,"type":"unreviewed","history":[],"tags":["unhelpful"],"reason":"outdated: it is three, says @someone; outdated","count":1}
{"id":"ID","question":"What is C?","answers":[],"gold":[{"doc":"faq.md","paragraph":1,"text":"See leave."}],"answerable":true,"type":"partial","history":[],"tags":["helpful"],"count":1}
{"id":"ID","question":"What is C++?","answers":[],"gold":[],"answerable":false,"type":"underspecified","history":[],"tags":["helpful"],"count":1}
{"id":"ID","question":"Does @someone know?","answers":[],"gold":[],"answerable":null,"type":"unreviewed","history":[],"tags":["unhelpful"],"count":1}
{"id":"ID","question":"Typed in a terminal?","answers":[],"gold":[],"answerable":true,"type":"answerable","history":[],"tags":["helpful"],"count":1}
`
	var got strings.Builder
	ids := map[string]bool{}
	for line := range strings.Lines(stdout.String()) {
		var c evalCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		ids[c.ID] = true
		got.WriteString(strings.Replace(line, c.ID, "ID", 1))
	}
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), got.String()); diff != "" || len(ids) != 7 {
		t.Errorf("%d ids (-want +got):\n%s", len(ids), diff)
	}
	if want := "7 cases: 5 helpful, 2 not; 1 question without a vote left out.\n"; stderr.String() != want {
		t.Errorf("stderr %q, want %q", stderr, want)
	}
	stdout.Reset()
	if code := p.run(t.Context(), []string{"feedback", "export", "--format", "csv"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	rows, err := csv.NewReader(bytes.NewReader(stdout.Bytes())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 8 || rows[3][1] != "'=1+1?" || rows[1][3] != `[{"doc":"hr/leave.md","paragraph":3,"text":"Leave is\n\"16\" weeks."},{"doc":"faq.md","paragraph":1,"text":"See leave."}]` {
		t.Errorf("got %q", rows)
	}
	if want := []string{"[]", "[]", "", "unreviewed", "[]", "unhelpful", "outdated: it is three, says @someone; outdated", "1"}; !slices.Equal(rows[3][2:], want) {
		t.Errorf("got %q, want %q", rows[3][2:], want)
	}
	for _, f := range append(votes, db.Feedback{User: questions[0].User}, db.Feedback{User: questions[1].User}) {
		if f.User != "" && (strings.Contains(stdout.String(), f.User) || strings.Contains(got.String(), f.User)) {
			t.Errorf("the user %s is exported", f.User)
		}
	}
}

func TestCell(t *testing.T) {
	for s, want := range map[string]string{"": "", "a=b": "a=b", "=a": "'=a", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=a": "'=a", "a\nb": "a b", "\x1b=a": "'=a"} {
		if got := cell(s); got != want {
			t.Errorf("cell(%q) = %q, want %q", s, got, want)
		}
	}
}

// TestWriteFileFails leaves what there was.
func TestWriteFileFails(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("out", []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeFile("out", true, func(w io.Writer) error {
		w.Write([]byte("half"))
		return os.ErrDeadlineExceeded
	})
	left, readErr := os.ReadDir(".")
	b, _ := os.ReadFile("out")
	if err == nil || readErr != nil || len(left) != 1 || string(b) != "before" {
		t.Errorf("%v; %v, %q", err, left, b)
	}
}
