//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"footnote/rag/eval"
)

// TestKillEval kills `footnote eval` with SIGKILL at random moments. Each time the
// next run goes on, and no question that was answered is asked again.
func TestKillEval(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 4
	}
	docs, work := manyDocuments(t), t.TempDir()
	const n = 300
	var cases bytes.Buffer
	for i := range n {
		fmt.Fprintf(&cases, `{"id":"%d","question":"What is said about number %d?","answerable":true}`+"\n", i, i)
	}
	questions, out := filepath.Join(work, "cases.jsonl"), filepath.Join(work, "results.jsonl")
	if err := os.WriteFile(questions, cases.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"eval", "--docs", docs, "--db", filepath.Join(work, "db"), "--questions", questions, "--out", out}
	start := time.Now()
	if said, err := exec.Command("footnote", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	whole := time.Since(start) // with the index, so a little too long
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	before, interrupted := map[string]string{}, 0
	for range kills {
		cmd := exec.Command("footnote", args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(whole / 3)) // which moment does not matter
		_ = cmd.Process.Kill()
		var killed *exec.ExitError
		if errors.As(cmd.Wait(), &killed) {
			interrupted++
		}
		now := answerIDs(t, out)
		for id, answer := range before {
			if now[id] != answer {
				t.Fatalf("the answer to %s was %s and is %q", id, answer, now[id])
			}
		}
		before = now
	}
	said, err := exec.Command("footnote", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for line := range strings.Lines(string(b)) {
		if want := fmt.Sprintf(`{"id":"%d",`, i); !strings.HasPrefix(line, want) {
			t.Fatalf("line %d is %.40s", i+1, line)
		}
		i++
	}
	t.Logf("%d of %d runs were killed before their end; %d answers before the last run", interrupted, kills, len(before))
	if i != n || interrupted == 0 {
		t.Errorf("%d rows, %d interrupted", i, interrupted)
	}
}

// answerIDs returns the answer of each row that is whole.
func answerIDs(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if !strings.HasSuffix(line, "\n") {
			continue
		}
		var row eval.Row
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%.80s: %v", line, err)
		}
		all[row.ID] = row.AnswerID
	}
	return all
}

// TestResultsFull writes results where a file may not grow any more, as on a disk
// that is full.
func TestResultsFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	r, err := openResults(path, "run", false)
	if err != nil {
		t.Fatal(err)
	}
	row := func(id string, n int) eval.Row { return eval.Row{ID: id, Run: "run", Answer: strings.Repeat("x", n)} }
	if err := r.add(row("b", 100)); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ungrow := maxFileSize(t, 4096)
	failed := r.add(row("a", 8000))
	ungrow()
	if failed == nil || !strings.Contains(failed.Error(), "cannot be written: file too large; what was answered before is in it: make room and run the same command again") {
		t.Errorf("%v", failed)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, kept) {
		t.Errorf("%d bytes, want %d; %v", len(got), len(kept), err)
	}
	if err := r.add(row("a", 8000)); err != nil {
		t.Errorf("with room again: %v", err)
	}

	// The same where the rows are sorted.
	cases := []eval.Case{{ID: "a"}, {ID: "b"}}
	kept, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ungrow = maxFileSize(t, 4096)
	failed = r.sort(cases)
	ungrow()
	if failed == nil || !strings.Contains(failed.Error(), "all results are in "+path) {
		t.Errorf("%v", failed)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, kept) {
		t.Errorf("%d bytes, want %d; %v", len(got), len(kept), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if err := r.sort(cases); err != nil {
		t.Error(err)
	}
	if got, err := r.row("b"); err != nil || got.ID != "b" {
		t.Errorf("after sorting: %+v, %v", got.ID, err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}

// TestResultsFullTemp does so where nobody named a file: nothing of it is kept.
func TestResultsFullTemp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r, err := openResults("", "run", false)
	if err != nil {
		t.Fatal(err)
	}
	ungrow := maxFileSize(t, 4096)
	failed := r.add(eval.Row{ID: "a", Answer: strings.Repeat("x", 8000)})
	ungrow()
	if failed == nil || !strings.Contains(failed.Error(), "file too large; nothing is kept: make room, or name a file elsewhere with --out FILE") {
		t.Errorf("%v", failed)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}

// maxFileSize limits how long a file may become, until the returned function is
// called.
func maxFileSize(t *testing.T, bytes uint64) func() {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Skipf("no limits here: %v", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: was.Max}); err != nil {
		t.Skipf("no limits here: %v", err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}
