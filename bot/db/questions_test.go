package db

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func addQuestion(t *testing.T, d *DB, q Question) {
	t.Helper()
	if err := d.AddQuestion(t.Context(), q); err != nil {
		t.Fatal(err)
	}
}

func addFeedback(t *testing.T, d *DB, f Feedback) {
	t.Helper()
	if err := d.AddFeedback(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func TestQuestions(t *testing.T) {
	d := open(t, t.TempDir())
	full := Question{ID: "a1", At: noon().Add(time.Nanosecond), Text: "Who\x00 is ü?", Verdict: "answered",
		Citations: []Citation{{"hr/a b.md", 3, 10, 80, "It is \"five\"."}, {"x.md", 1, 0, 1, "x"}},
		Latency:   1234 * time.Millisecond, Tokens: Tokens{100, 40, 10}, Channel: "C01", User: strings.Repeat("0f", 16), Model: "m", Degraded: "slow"}
	first, last := Question{ID: "b", At: noon(), Text: "Where?", Verdict: "not_found"}, Question{ID: "a0", At: noon().Add(500 * time.Millisecond)}
	for _, q := range []Question{last, full, {ID: "b", At: noon(), Text: "before"}, first} {
		addQuestion(t, d, q)
	}
	for _, c := range []struct {
		from time.Time
		want []Question
	}{
		{time.Time{}, []Question{first, full, last}},
		{noon(), []Question{first, full, last}},
		{noon().Add(time.Nanosecond).In(time.FixedZone("", 3600)), []Question{full, last}},
		{noon().Add(time.Second), nil},
	} {
		got, err := d.Questions(t.Context(), c.from)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("since %s (-want +got):\n%s", c.from, diff)
		}
	}
	for _, damage := range []string{"id = 'z'", "at = '2026-03-01T12:00:00.000000002Z'", "at = 'soon'", "question = 'What?'", "verdict = 'partial'", "citations = '[]'",
		"citations = '{'", "latency_ms = 1", "prompt = 1", "cached = 1", "completion = 1", "channel = 'C02'", "user = ''", "model = 'n'", "degraded = ''", "crc = crc + 1",
		"channel = channel || user, user = ''"} {
		addQuestion(t, d, full)
		exec(t, d.State, "UPDATE questions SET "+damage+" WHERE id = 'a1'")
		_, err := d.Questions(t.Context(), time.Time{})
		var e *Error
		if !errors.Is(err, ErrDamaged) || !errors.As(err, &e) || strings.Contains(e.Remedy, "delete") {
			t.Errorf("%s: got %v, want ErrDamaged with a remedy", damage, err)
		}
		exec(t, d.State, "DELETE FROM questions WHERE id = 'z'")
	}
}

func TestQuestionOfAnswer(t *testing.T) {
	d := open(t, t.TempDir())
	want := Question{ID: "a", At: noon(), Text: "How long?", Verdict: "answered"}
	if err := d.AddQuestion(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, ok, err := d.Question(t.Context(), "a")
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Errorf("%v, %v\n%s", ok, err, diff)
	}
	if err := d.DropQuestion(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if _, ok, err := d.Question(t.Context(), id); ok || err != nil {
			t.Errorf("one that there is not: %v, %v", ok, err)
		}
	}
}

func TestPseudonym(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, secretSize)
	got := Pseudonym(secret, "T01", "U01")
	if len(got) != 32 || strings.Trim(got, "0123456789abcdef") != "" || got != Pseudonym(secret, "T01", "U01") {
		t.Errorf("got %q", got)
	}
	for _, other := range []string{Pseudonym(secret, "T01", "U02"), Pseudonym(secret, "T02", "U01"), Pseudonym(secret, "T01U", "01"), Pseudonym(secret[1:], "T01", "U01")} {
		if other == got {
			t.Error("two people share a pseudonym")
		}
	}
}

// TestFeedbackOfUsers: one vote for each person and answer, the later one holds.
func TestFeedbackOfUsers(t *testing.T) {
	at := func(s int) time.Time { return noon().Add(time.Duration(s) * time.Second) }
	vote := func(s, v int, reason, comment string) Feedback {
		return Feedback{AnswerID: "a", Question: "Who?", Verdict: "answered", Vote: v, Reason: reason, Comment: comment, User: "u", At: at(s)}
	}
	for _, c := range []struct {
		name string
		add  []Feedback
		want []Feedback
	}{
		{"one", []Feedback{vote(1, 1, "", "")}, []Feedback{vote(1, 1, "", "")}},
		{"later wins", []Feedback{vote(1, 1, "", ""), vote(2, -1, "wrong", "no")}, []Feedback{vote(2, -1, "wrong", "no")}},
		{"late arrival loses", []Feedback{vote(2, -1, "wrong", "no"), vote(1, 1, "", "")}, []Feedback{vote(2, -1, "wrong", "no")}},
		{"same time, last wins", []Feedback{vote(1, 1, "", ""), vote(1, -1, "", "")}, []Feedback{vote(1, -1, "", "")}},
		{"repeated vote keeps the words", []Feedback{vote(1, -1, "wrong", "no"), vote(2, -1, "", "")}, []Feedback{vote(1, -1, "wrong", "no")}},
		{"repeated vote with a comment keeps the reason", []Feedback{vote(1, -1, "wrong", "no"), vote(2, -1, "", "it is six")}, []Feedback{vote(2, -1, "wrong", "it is six")}},
		{"another vote drops the words", []Feedback{vote(1, -1, "wrong", "no"), vote(2, 1, "", "")}, []Feedback{vote(2, 1, "", "")}},
		{"taken back", []Feedback{vote(1, 1, "", ""), vote(2, 0, "", "")}, []Feedback{vote(2, 0, "", "")}},
		{"taken back before", []Feedback{vote(1, 0, "", "")}, nil},
		{"two people", []Feedback{vote(1, 1, "", ""), {AnswerID: "a", Vote: -1, User: "v", At: at(2)}}, []Feedback{vote(1, 1, "", ""), {AnswerID: "a", Vote: -1, User: "v", At: at(2)}}},
		{"two answers", []Feedback{vote(1, 1, "", ""), {AnswerID: "b", Vote: 1, User: "u", At: at(2)}}, []Feedback{vote(1, 1, "", ""), {AnswerID: "b", Vote: 1, User: "u", At: at(2)}}},
		{"oldest first after a change", []Feedback{vote(1, 1, "", ""), {AnswerID: "b", Vote: 1, User: "u", At: at(2)}, vote(3, -1, "", "")}, []Feedback{{AnswerID: "b", Vote: 1, User: "u", At: at(2)}, vote(3, -1, "", "")}},
		{"later without the question", []Feedback{vote(1, 1, "", ""), {AnswerID: "a", Vote: -1, User: "u", At: at(2)}}, []Feedback{vote(2, -1, "", "")}},
		{"nobody's are all kept", []Feedback{{AnswerID: "a", Vote: 1, At: at(1)}, {AnswerID: "a", Vote: 1, At: at(1)}, {AnswerID: "a", Vote: 0, At: at(0)}},
			[]Feedback{{AnswerID: "a", Vote: 1, At: at(1)}, {AnswerID: "a", Vote: 1, At: at(1)}, {AnswerID: "a", Vote: 0, At: at(0)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, t.TempDir())
			for _, f := range c.add {
				addFeedback(t, d, f)
			}
			got, err := d.AllFeedback(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFeedbackUnchanged: a click that changes nothing writes nothing.
func TestFeedbackUnchanged(t *testing.T) {
	d := open(t, t.TempDir())
	f := Feedback{AnswerID: "a", Vote: -1, Reason: "wrong", User: "u", At: noon()}
	addFeedback(t, d, f)
	exec(t, d.State, "CREATE TRIGGER insert_feedback BEFORE INSERT ON feedback BEGIN SELECT RAISE(ABORT, 'written'); END")
	f.At = noon().Add(time.Hour)
	addFeedback(t, d, f)
	addFeedback(t, d, Feedback{AnswerID: "a", Vote: -1, User: "u", At: noon().Add(time.Hour)})
	f.Vote = 1
	if err := d.AddFeedback(t.Context(), f); err == nil || !strings.Contains(err.Error(), "written") {
		t.Errorf("a change is not written: %v", err)
	}
}

func TestDamagedVote(t *testing.T) {
	d := open(t, t.TempDir())
	f := Feedback{AnswerID: "a", Vote: 1, Reason: "r", User: "u", At: noon()}
	for _, damage := range []string{"user = 'v'", "reason = ''", "reason = '', user = ''", "vote = -1"} {
		exec(t, d.State, "DELETE FROM feedback")
		addFeedback(t, d, f)
		exec(t, d.State, "UPDATE feedback SET "+damage)
		if _, err := d.AllFeedback(t.Context()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", damage, err)
		}
	}
	var e *Error
	if err := d.AddFeedback(t.Context(), f); !errors.Is(err, ErrDamaged) || !errors.As(err, &e) {
		t.Errorf("a vote over a damaged one: %v", err)
	}
}

// TestMigrateFeedback: a file of the version before people had votes. Its checksum
// was computed apart from this code.
func TestMigrateFeedback(t *testing.T) {
	dir := t.TempDir()
	f := stateFile(dir)
	f.migrations = f.migrations[:2]
	old, err := openFile(t.Context(), f, writable)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, old, `INSERT INTO feedback (answer_id, question, verdict, vote, comment, at, crc)
		VALUES ('a1', 'Who is ü?', 'answered', -1, 'it is five', '2026-01-02T03:04:05.5Z', 3514193584)`)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	want := []Feedback{{AnswerID: "a1", Question: "Who is ü?", Verdict: "answered", Vote: -1, Comment: "it is five",
		At: time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC)}}
	added := Feedback{AnswerID: "a1", Vote: 1, User: "u", At: noon()}
	addFeedback(t, d, added)
	got, err := d.AllFeedback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(want, added), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	addQuestion(t, d, Question{ID: "q", At: noon()})
}

// TestForget leaves no trace of what is old, while the file is open.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	var want []string
	for i, ago := range []time.Duration{48 * time.Hour, 24*time.Hour + time.Second, 24 * time.Hour, 24*time.Hour - time.Nanosecond, 0} {
		word := fmt.Sprintf("old%d", i)
		if ago <= 24*time.Hour {
			word = fmt.Sprintf("new%d", i)
			want = append(want, word, word)
		}
		at := noon().Add(-ago).In(time.FixedZone("", -7200))
		addQuestion(t, d, Question{ID: word, At: at, Text: strings.Repeat(word, 500)})
		addFeedback(t, d, Feedback{AnswerID: word, Question: strings.Repeat(word, 500), At: at})
	}
	exec(t, d.State, "INSERT INTO tokens VALUES ('2020-01-01', 1, 0, 0, ?)", Tokens{Prompt: 1}.crc("2020-01-01"))
	if err := d.Forget(t.Context(), noon().Add(-24*time.Hour).In(time.FixedZone("", 3600))); err != nil {
		t.Fatal(err)
	}
	qs, err := d.Questions(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	fs, err := d.AllFeedback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range min(len(qs), len(fs)) {
		got = append(got, qs[i].ID, fs[i].AnswerID)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(qs) != len(fs) {
		t.Errorf("%d questions, %d votes (-want +got):\n%s", len(qs), len(fs), diff)
	}
	if used, err := d.TokensSince(t.Context(), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), noon()); err != nil || used.Prompt != 1 {
		t.Errorf("the count of tokens is %v, %v", used, err)
	}
	for _, name := range []string{"state.db", "state.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("old0old0")) || bytes.Contains(b, []byte("old1old1")) {
			t.Errorf("%s still holds what was forgotten", name)
		}
	}
}

// TestTablesAreForgotten: who adds a table with times decides whether it ages.
func TestTablesAreForgotten(t *testing.T) {
	d := open(t, t.TempDir())
	rows, err := d.State.QueryContext(t.Context(), `SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'at' ORDER BY m.rowid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		found[name] = true
	}
	want := map[string]bool{"delivery": true} // by ForgetDeliveries
	for _, name := range aged() {
		want[name] = true
	}
	if diff := cmp.Diff(want, found); diff != "" || rows.Err() != nil {
		t.Errorf("tables with a column at (-forgotten +there):\n%s%v", diff, rows.Err())
	}
}

// TestTogether has many goroutines write and forget at once, beside a reader.
func TestTogether(t *testing.T) {
	const people, clicks = 8, 10
	dir := t.TempDir()
	d := open(t, dir)
	r := open(t, dir)
	errs := make(chan error, people)
	var all sync.WaitGroup
	for p := range people {
		all.Go(func() {
			var err error
			for i := range clicks {
				id := fmt.Sprint("a", i)
				at := noon().Add(time.Duration(i*people+p) * time.Second)
				_, readErr := r.Questions(t.Context(), time.Time{})
				err = errors.Join(err, readErr,
					d.AddQuestion(t.Context(), Question{ID: fmt.Sprint(id, "-", p), At: at}),
					d.AddFeedback(t.Context(), Feedback{AnswerID: id, Vote: 1, User: fmt.Sprint("u", p), At: at}),
					d.AddFeedback(t.Context(), Feedback{AnswerID: id, Vote: -1, User: "all", At: at}),
					d.AddFeedback(t.Context(), Feedback{AnswerID: id, Vote: 1, User: "all", At: at.Add(time.Hour)}),
					d.Forget(t.Context(), noon()))
			}
			errs <- err
		})
	}
	all.Wait()
	for range people {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	qs, err := r.Questions(t.Context(), time.Time{})
	if err != nil || len(qs) != people*clicks {
		t.Errorf("%d questions, %v", len(qs), err)
	}
	fs, err := r.AllFeedback(t.Context())
	if err != nil || len(fs) != (people+1)*clicks {
		t.Errorf("%d votes, %v", len(fs), err)
	}
	for _, f := range fs {
		if f.Vote != 1 {
			t.Errorf("%s has a vote of %s that was changed later", f.AnswerID, f.User)
		}
	}
}
