package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wanted is a filter of the list of questions and how many it is to show.
type wanted struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Count int    `json:"count"`
}

// wantedOf counts, over the rows themselves, what filters are to show.
func wantedOf(r Report) []wanted {
	count := func(holds func(Row) bool) int {
		n := 0
		for _, row := range r.Rows {
			if holds(row) {
				n++
			}
		}
		return n
	}
	changed := func(row Row) string {
		then, ok := r.BaselineRows[row.ID]
		if !ok {
			return changeNovel
		}
		return compareReplies(row, then)
	}
	return []wanted{
		{"judged", "right", count(func(r Row) bool { return r.Error == "" && r.Metrics["passed"] == 1 })},
		{"judged", "wrong", count(func(r Row) bool { return r.Error == "" && r.Metrics["passed"] == 0 })},
		{"judged", "failed", count(func(r Row) bool { return r.Error != "" })},
		{"verdict", "not in the documents", count(func(r Row) bool { return r.Abstained })},
		{"type", "adversarial", count(func(r Row) bool { return r.Type == "adversarial" })},
		{"tag", "critical", count(func(r Row) bool { return len(r.Tags) > 0 })},
		{"change", "won", count(func(r Row) bool { return changed(r) == changeWon })},
		{"change", "any change", count(func(r Row) bool { return changed(r) != changeNone && changed(r) != changeNovel })},
		{"words", "CASE-0123", 1},
		{"words", "no such words anywhere", 0},
		{"words", "größe handbook", count(func(r Row) bool {
			all := r.Question + r.Answer + strings.Join(r.Answers, " ")
			return strings.Contains(strings.ToLower(all), "größe")
		})},
	}
}

// TestReportBrowser needs Chromium, Node and the packages of testdata/browser. With
// SCREENSHOTS=DIR it leaves pictures there, to be looked at.
func TestReportBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	if _, err := os.Stat("testdata/browser/node_modules/playwright-core/package.json"); err != nil {
		t.Skip("Playwright is not installed: run npm ci in rag/eval/testdata/browser")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node on the PATH; Playwright needs Node 20 or later")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium on the PATH")
	}
	dir, sample := t.TempDir(), sampleReport(2000)
	want, err := json.Marshal(wantedOf(sample))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"check.mjs", browser}
	for _, f := range []struct{ name, text string }{
		{"report.html", written(t, sample)}, {"hostile.html", written(t, hostileReport())}, {"want.json", string(want)},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if shots := os.Getenv("SCREENSHOTS"); shots != "" {
		args = append(args, shots)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = filepath.Join("testdata", "browser")
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("check.mjs: %v\n%s", err, &out)
	}
}
