package db

import (
	"bufio"
	"fmt"
	"os"
	process "os/exec"
	"testing"
	"time"
)

// TestKilled kills a process that writes. What it had written before is there, and
// all rows are whole.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("WRITE_UNTIL_KILLED"); dir != "" {
		writeUntilKilled(t, dir)
	}
	dir := t.TempDir()
	for round := range 5 {
		cmd := process.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "WRITE_UNTIL_KILLED="+dir, fmt.Sprint("ROUND=", round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := ""
		lines := bufio.NewScanner(out)
		for range 10 + 7*round {
			if !lines.Scan() {
				t.Fatal("it ended by itself")
			}
			last = lines.Text()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			last = lines.Text()
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("it was not killed")
		}
		d := open(t, dir)
		qs, err := d.Questions(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		fs, err := d.AllFeedback(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, q := range qs {
			if q.ID == last {
				found++
			}
		}
		for _, f := range fs {
			if f.AnswerID == last && f.Vote == 1 {
				found++
			}
		}
		if found != 2 {
			t.Errorf("of the last question and its vote, %s, %d are left", last, found)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// writeUntilKilled says on standard output what it has written.
func writeUntilKilled(t *testing.T, dir string) {
	d := open(t, dir)
	for i := range 1_000_000 {
		id := fmt.Sprint(os.Getenv("ROUND"), "-", i)
		addQuestion(t, d, Question{ID: id, At: noon().Add(time.Duration(i) * time.Minute), Text: id})
		addFeedback(t, d, Feedback{AnswerID: id, Vote: -1, User: "u", At: noon().Add(time.Duration(i) * time.Minute)})
		addFeedback(t, d, Feedback{AnswerID: id, Vote: 1, User: "u", At: noon().Add(time.Duration(i+1) * time.Minute)})
		fmt.Println(id)
		if err := d.Forget(t.Context(), noon().Add(time.Duration(i-5)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
}
