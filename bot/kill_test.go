//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKillIndex kills `footnote index` with SIGKILL at random moments. Each time
// the next run opens what is left, finishes, and the answers are those of an
// index that was built in peace.
func TestKillIndex(t *testing.T) {
	kills := 30
	if testing.Short() {
		kills = 5
	}
	docs := manyDocuments(t)
	start := time.Now()
	want := answersAfterIndex(t, docs, t.TempDir())
	whole := time.Since(start) // longer than an index takes, as answers are in it
	interrupted := 0
	for i := range kills {
		dir := t.TempDir()
		if kill(t, docs, dir, rand.N(whole/2)) {
			interrupted++
		}
		if diff := cmp.Diff(want, answersAfterIndex(t, docs, dir)); diff != "" {
			t.Fatalf("after kill %d the answers differ (-want +got):\n%s", i+1, diff)
		}
	}
	t.Logf("%d of %d runs were killed before their end", interrupted, kills)
	if interrupted == 0 {
		t.Error("no run was killed before its end: give it more documents")
	}
}

// TestInterruptStart presses Ctrl-C while chat waits for its first vectors.
func TestInterruptStart(t *testing.T) {
	work := t.TempDir()
	stuckAt := filepath.Join(work, "stuck")
	cmd := exec.Command("footnote", "chat", "--docs", manyDocuments(t), "--db", filepath.Join(work, "db"))
	cmd.Env = append(os.Environ(), "TEST_EMBEDDER="+stuckAt)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if _, err := os.Stat(stuckAt); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || stdout.Len() > 0 || stderr.String() != "footnote: stopped\n" {
		t.Errorf("%v, exit %d, %q, %q", err, code, &stdout, &stderr)
	}
}

// manyDocuments writes documents that take a while to index.
func manyDocuments(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 60 {
		text := fmt.Sprintf("# Machine %d\n", i)
		for j := range 8 {
			text += fmt.Sprintf("\nPart %d of machine %d weighs %d grams and costs %d euros.\n", j, i, 100*i+j, i+10*j)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("machine-%02d.md", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// kill starts to index and kills that after a while; false if it had ended.
func kill(t *testing.T, docs, dir string, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command("footnote", "index", "--docs", docs, "--db", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	cmd.Process.Kill()
	return cmd.Wait() != nil
}

// answersAfterIndex finishes the index in dir and returns what it answers, less
// what differs from run to run.
func answersAfterIndex(t *testing.T, docs, dir string) []map[string]any {
	t.Helper()
	if out, err := exec.Command("footnote", "index", "--docs", docs, "--db", dir).CombinedOutput(); err != nil {
		t.Fatalf("index: %v\n%s", err, out)
	}
	var answers []map[string]any
	for _, q := range []string{"What does part 3 of machine 41 weigh?", "Which part costs 57 euros?", "Who invented the machine?"} {
		out, err := exec.Command("footnote", "ask", "--json", "--docs", docs, "--db", dir, q).Output()
		if err != nil {
			t.Fatalf("ask: %v", err)
		}
		var a map[string]any
		if err := json.Unmarshal(out, &a); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"answer_id", "as_of", "latency_ms"} {
			delete(a, key)
		}
		answers = append(answers, a)
	}
	return answers
}
