package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-cmp/cmp"

	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/eval"
)

// TestRowContract holds that a row has all that ask --json has, as it has it.
func TestRowContract(t *testing.T) {
	hit := rag.Hit{Passage: rag.Passage{DocID: "a.md", Paragraph: 2, Text: "Text.\x1b"}, Score: .1, Dense: .2, Lexical: .3}
	a := rag.Answer{ID: "id", Verdict: rag.Partial, Sentences: []rag.CitedSentence{{Text: "Said.", Citations: []int{1}, Support: rag.Unverified, Unsupported: []string{"x"}}},
		Citations: []rag.Citation{{N: 1, DocID: "a.md", Title: "t", Heading: "h", URL: "u", Date: "2026-01-02", Span: rag.Span{Start: 3, End: 9}, Paragraph: 2, Line: 4, Page: 5, Quote: "q"}},
		Hits:      []rag.Hit{hit}, Nearest: []string{"n"}, Unread: []rag.Unread{{Kind: ".rst", Files: 2}}, Missing: []string{"m"}, Query: "query", Model: "model", Degraded: "d", AsOf: time.Unix(1, 0),
		Usage: rag.Usage{PromptTokens: 1, CachedTokens: 2, CompletionTokens: 3}, Timing: rag.Timing{Embed: 1e6, First: 2e6, Total: 3e6}}
	var b bytes.Buffer
	if err := show.JSON(&b, "question", a); err != nil {
		t.Fatal(err)
	}
	var row eval.Row
	dec := json.NewDecoder(bytes.NewReader(b.Bytes()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&row); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if err := json.Unmarshal(b.Bytes(), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(got, func(k string, _ any) bool { _, ok := want[k]; return !ok })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-ask +row):\n%s", diff)
	}
	if !strings.HasPrefix(string(again), `{"id":`) {
		t.Errorf("id is not first: %s", again)
	}
}

// TestTextsHold checks quotes against documents as they are now.
func TestTextsHold(t *testing.T) {
	p, _, stderr := offline(t, "", map[string]string{
		"bom.txt": "\ufeffÄpfel are red.", "crlf.md": "# A\r\n\r\nPears\r\nare green.\r\n",
		"utf16.txt": "\xff\xfeP\x00l\x00u\x00m\x00s\x00.\x00", "gone.txt": "Gone.",
	})
	if code := p.run(t.Context(), []string{"index"}); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	c, err := p.open(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	texts, err := c.texts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove("seeds/gone.txt"); err != nil {
		t.Fatal(err)
	}
	for _, cite := range []struct {
		eval.Citation
		want bool
	}{
		{eval.Citation{Doc: "bom.txt", Start: 0, End: 6, Quote: "Äpfel"}, true},
		{eval.Citation{Doc: "bom.txt", Start: 0, End: 6, Quote: "Apfel"}, false},
		{eval.Citation{Doc: "bom.txt", Start: 1, End: 7, Quote: "Äpfel"}, false},
		{eval.Citation{Doc: "bom.txt", Start: 0, End: 99, Quote: "Äpfel"}, false},
		{eval.Citation{Doc: "bom.txt", Start: -1, End: 6, Quote: "Äpfel"}, false},
		{eval.Citation{Doc: "bom.txt", Start: 7, End: 6, Quote: "Äpfel"}, false},
		{eval.Citation{Doc: "bom.txt", Start: 3, End: 3, Quote: ""}, false},
		{eval.Citation{Doc: "crlf.md", Start: 7, End: 24, Quote: "Pears\r\nare green."}, true},
		{eval.Citation{Doc: "utf16.txt", Start: 0, End: 6, Quote: "Plums."}, true},
		{eval.Citation{Doc: "gone.txt", Start: 0, End: 5, Quote: "Gone."}, false},
		{eval.Citation{Doc: "none.txt", Start: 0, End: 5, Quote: "None."}, false},
	} {
		if got := texts.holds(t.Context(), cite.Citation); got != cite.want {
			t.Errorf("%+v: %v", cite.Citation, got)
		}
	}
	seen := []string{}
	if err := texts.each(t.Context(), func(d rag.Document) { seen = append(seen, d.ID) }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(seen)
	if diff := cmp.Diff([]string{"bom.txt", "crlf.md", "utf16.txt"}, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEvalPrivate asks about documents that stay on the machine: quotes are the
// answer there, and no failure.
func TestEvalPrivate(t *testing.T) {
	e := startEndpoint("ANSWER\nParental leave is 16 weeks at full pay [1].\n")
	defer e.close()
	p, stdout, stderr := offline(t, "", map[string]string{"hr/leave.md": "# Leave\n\nParental leave is 16 weeks at full pay.\n"})
	p.now, p.retryAfter = time.Now, time.Millisecond
	cases := `{"question":"How long is parental leave?","answers":["16 weeks"]}` + "\n"
	if err := os.WriteFile("cases.jsonl", []byte(cases), 0o600); err != nil {
		t.Fatal(err)
	}
	code := p.run(t.Context(), []string{"eval", "--questions", "cases.jsonl", "--llm-model", "small", "--llm-url", e.URL + "/v1", "--local-only", "hr"})
	if code != 0 || !strings.Contains(stdout.String(), "passed") || len(e.sent()) != 0 {
		t.Errorf("exit %d, %d requests\n%s%s", code, len(e.sent()), stdout, stderr)
	}
}

// found is a Retriever that finds what it holds.
type found rag.Retrieved

func (f found) Retrieve(context.Context, rag.Question, int) (rag.Retrieved, error) {
	return rag.Retrieved(f), nil
}

// TestWitnessedSearch gives the engine as many passages as it asks for, and keeps
// those of the first search.
func TestWitnessedSearch(t *testing.T) {
	var f found
	for i := range 12 {
		f.Hits = append(f.Hits, rag.Hit{Score: float64(i)})
	}
	w := &witness{}
	for range 2 {
		r, err := (&witnessedSearch{f, w}).Retrieve(t.Context(), rag.Question{}, 3)
		if err != nil || len(r.Hits) != 3 || len(w.hits) != 12 || w.fault != nil {
			t.Errorf("%d hits, %d kept, %v, %v", len(r.Hits), len(w.hits), w.fault, err)
		}
		f.Hits = f.Hits[:5]
	}
	f.Degraded = "searched by words only"
	if _, err := (&witnessedSearch{f, w}).Retrieve(t.Context(), rag.Question{}, 30); err != nil || w.fault == nil {
		t.Errorf("%v, %v", w.fault, err)
	}
}

// TestFailure tells when a model is asked again.
func TestFailure(t *testing.T) {
	for _, c := range []struct {
		name      string
		fault     error
		permanent bool
		after     time.Duration // 0: as the pauses have it
	}{
		{"an odd error", errors.New("odd"), false, 0},
		{"down", &rag.ModelError{Fault: rag.Unreachable}, false, 0},
		{"a limit", &rag.ModelError{Fault: rag.RateLimited, Until: time.Now().Add(30 * time.Second)}, false, 30 * time.Second},
		{"a long limit", &rag.ModelError{Fault: rag.RateLimited, Until: time.Now().Add(time.Hour)}, false, time.Minute},
		{"a limit that is over", &rag.ModelError{Fault: rag.RateLimited, Until: time.Now().Add(-time.Hour)}, false, 0},
		{"a key", &rag.ModelError{Fault: rag.Auth}, true, 0},
		{"no budget until tomorrow", &rag.ModelError{Fault: rag.OutOfBudget, Until: time.Now().Add(time.Hour)}, true, 0},
		{"too long", &rag.ModelError{Fault: rag.TooLong}, true, 0},
	} {
		err := failure(c.fault)
		var failed *failedCall
		var permanent *backoff.PermanentError
		var after *backoff.RetryAfterError
		if !errors.As(err, &failed) || !errors.Is(err, c.fault) || errors.As(err, &permanent) != c.permanent || errors.As(err, &after) != (c.after > 0) {
			t.Errorf("%s: %#v", c.name, err)
		}
		if after != nil && (after.Duration > c.after || after.Duration < c.after-10*time.Second) {
			t.Errorf("%s: after %v, want %v", c.name, after.Duration, c.after)
		}
	}
}

// TestResultsTorn drops a line that was cut off, even if what comes in its place is
// shorter.
func TestResultsTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	const whole = `{"id":"a","run":"run"}` + "\n"
	if err := os.WriteFile(path, []byte(whole+`{"id":"b","run":"run","answer":"`+strings.Repeat("x", 1<<16)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := openResults(path, "run", false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if !r.answered("a") || r.answered("b") {
		t.Errorf("%+v", r.rows)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != whole {
		t.Errorf("%.80s, %v", b, err)
	}
}

// TestLinesTail opens files whose last line has no end: only what this program began
// to write may be dropped.
func TestLinesTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	for what, row := range map[string]string{"run": `{"id":"a","run":"1-2-ann"}`, "reviewer": `{"id":"a","reviewer":"1-2-ann"}`} {
		open := func() error {
			r, err := openResults(path, "1-2-ann", false)
			if err == nil {
				err = r.close()
			}
			return err
		}
		if what == "reviewer" {
			open = func() error {
				v := &review{p: &program{cfg: &config.Config{Out: path}}, who: "1-2-ann"}
				err := v.open()
				if err == nil {
					err = v.file.close()
				}
				return err
			}
		}
		other := strings.Replace(row, "1-2-ann", "ben", 1)
		for _, c := range []struct {
			before, after string
			bad           bool
		}{
			{"", "", false},
			{row, row + "\n", false},
			{row + "\n" + row, row + "\n" + row + "\n", false},
			{row + "\n" + row[:15], row + "\n", false},
			{row[:len(row)-1], "", false},
			{row + "\n" + row[:3], row + "\n", false},
			{"my only notes", "my only notes", true},
			{row + "\nmy only notes", row + "\nmy only notes", true},
			{`{"name":"a"`, `{"name":"a"`, true},
			{other, other, true},
		} {
			if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := open(); (err != nil) != c.bad {
				t.Errorf("%q: %v", c.before, err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != c.after {
				t.Errorf("%q became %q, want %q; %v", c.before, got, c.after, err)
			}
		}
	}
}

// TestLinesLock opens a file that is open: the second one has to wait, and leaves the
// file as it is. Nothing is left of the lock.
func TestLinesLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	first, err := openResults(path, "run", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.add(eval.Row{ID: "b", Run: "run"}); err != nil {
		t.Fatal(err)
	}
	busy := func() {
		t.Helper()
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, force := range []bool{false, true} {
			_, err := openResults(path, "run", force)
			if err == nil || !strings.HasPrefix(err.Error(), "another footnote process is writing "+path+": wait") {
				t.Errorf("force %v: %v", force, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%q became %q, %v", before, after, err)
		}
	}
	busy()
	if err := first.add(eval.Row{ID: "a", Run: "run"}); err != nil {
		t.Fatal(err)
	}
	if err := first.sort([]eval.Case{{ID: "a"}, {ID: "b"}}); err != nil {
		t.Fatal(err)
	}
	busy()
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	second, err := openResults(path, "run", false)
	if err != nil || len(second.rows) != 2 {
		t.Fatalf("%v", err)
	}
	if err := second.close(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(path + "?*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// TestLinesLockRace has many open a file at once: never do two have it.
func TestLinesLockRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	var open, got atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				l, err := openLines(path, false)
				if err != nil {
					continue
				}
				got.Add(1)
				if n := open.Add(1); n > 1 {
					t.Errorf("%d have it", n)
				}
				runtime.Gosched()
				open.Add(-1)
				if err := l.close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	t.Logf("opened %d times", got.Load())
	if got.Load() == 0 {
		t.Error("nobody could open it")
	}
}

// TestEvalLine shows progress.
func TestEvalLine(t *testing.T) {
	m, now := &meter{}, time.Unix(100, 0)
	m.began = now.Add(-10 * time.Second)
	if got := m.line(rag.Progress{Phase: asking, Done: 50, Total: 200}, now); got != "Asked: 50 of 200 questions, 5.0 a second, about 30s left" {
		t.Error(got)
	}
}
