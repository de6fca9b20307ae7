package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/slackbot"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/local"
	"footnote/rag/ragtest"
)

// offline returns a program on documents of its own, in a working folder of its
// own, and what it writes.
func offline(t *testing.T, stdin string, docs map[string]string) (p *program, stdout, stderr *bytes.Buffer) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range docs {
		path := filepath.Join("seeds", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	return &program{
		stdin: strings.NewReader(stdin), stdout: stdout, stderr: stderr,
		getenv:   func(string) string { return "" },
		embedder: func() (rag.Embedder, error) { return &ragtest.Embedder{}, nil },
	}, stdout, stderr
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{errIncomplete, 1},
		{noticef("x"), 1},
		{fmt.Errorf("ask: %w", usagef("x")), 2},
		{&db.Error{Path: "x", Err: db.ErrDamaged}, 3},
		{fmt.Errorf("open: %w", local.ErrDamaged), 3},
		{fmt.Errorf("open: %w", local.ErrNewer), 3},
		{notice{config.ErrNoPlace}, 3},
		{notice{fmt.Errorf("%w in x", slackbot.ErrTokens)}, 4},
		{errAbstained, 10},
		{errors.Join(errAbstained, nil), 10},
		{errors.Join(errAbstained, errors.New("x")), 1},
		{fmt.Errorf("embed: %w", context.Canceled), 130},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("it broke."), "it broke."},
		{errors.Join(errors.New("one"), errors.New("two")), "one; two."},
		{errors.New("bad \x1b[2J name"), "bad [2J name."},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, "open x: permission denied; check who may read and write there."},
	} {
		if got := sentence(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

// TestReference has one for what broke, under which --verbose logs details.
func TestReference(t *testing.T) {
	var log strings.Builder
	p := &program{log: slog.New(slog.NewTextHandler(&log, nil))}
	if got := p.problem(noticef("no documents in x")); got != "no documents in x." || log.Len() > 0 {
		t.Errorf("a notice: %q, logged %q", got, &log)
	}
	got := p.problem(errors.New("it broke"))
	ref, ok := strings.CutPrefix(got, "it broke. Reference ")
	if ref = strings.TrimSuffix(ref, "."); !ok || len(ref) != 4 || !strings.Contains(log.String(), "reference="+ref) {
		t.Errorf("an error: %q, logged %q", got, &log)
	}
}

// TestReport says what the output has not said, and only that.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.Join(errAbstained, nil), ""},
		{errors.Join(errIncomplete, nil), ""},
		{errors.Join(errAbstained, noticef("close index.db: disk full")), "footnote: close index.db: disk full.\n"},
		{errors.Join(errors.Join(errIncomplete, nil), noticef("x")), "footnote: x.\n"},
		{errors.Join(errAbstained, context.Canceled), "footnote: stopped\n"},
	} {
		var stderr strings.Builder
		p := &program{stderr: &stderr, log: slog.New(slog.DiscardHandler)}
		if p.report(c.err); stderr.String() != c.want {
			t.Errorf("%v: %q, want %q", c.err, &stderr, c.want)
		}
	}
}

// TestFolderGone answers from what was read before, and says when that was.
func TestFolderGone(t *testing.T) {
	p, stdout, stderr := offline(t, "Is there a sabbatical?\n", map[string]string{"rules.txt": "The office closes at six."})
	again := func(args ...string) string {
		t.Helper()
		stdout.Reset()
		stderr.Reset()
		if code := p.run(t.Context(), args); code != 0 {
			t.Fatalf("%v: exit %d, %s%s", args, code, stdout, stderr)
		}
		return stdout.String()
	}
	again("index")
	c, err := p.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	err = c.index.SetSynced(t.Context(), time.Now().Add(-72*time.Hour))
	if err := errors.Join(err, c.close()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename("seeds", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ask", "Is there a sabbatical?"}, {"chat"}} {
		got := again(args...)
		if strings.Contains(got, "just now") || !strings.Contains(got, "read 3 days ago") {
			t.Errorf("%v: %s", args, got)
		}
	}
	if err := os.Rename("elsewhere", "seeds"); err != nil {
		t.Fatal(err)
	}
	if got := again("ask", "Is there a sabbatical?"); !strings.Contains(got, "read just now") {
		t.Errorf("when it is back: %s", got)
	}
}

func TestVote(t *testing.T) {
	p, stdout, stderr := offline(t, "When does the office close?\n/good\n/bad it is five\nexit\n",
		map[string]string{"rules.txt": "The office closes at six."})
	if code := p.run(t.Context(), []string{"chat"}); code != 0 || strings.Count(stdout.String(), "Noted.") != 2 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	dir, err := p.cfg.Place(".", "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	all, err := d.AllFeedback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		got = append(got, fmt.Sprintf("%s %s %+d %q %d", f.Question, f.Verdict, f.Vote, f.Comment, len(f.AnswerID)))
	}
	want := []string{`When does the office close? answered +1 "" 16`, `When does the office close? answered -1 "it is five" 16`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCancelled ends while documents are read, and while vectors are made.
func TestCancelled(t *testing.T) {
	for _, command := range []string{"ask", "index", "chat"} {
		p, stdout, stderr := offline(t, "", map[string]string{"rules.txt": "The office closes at six."})
		stuckAt := filepath.Join(t.TempDir(), "stuck")
		p.embedder = func() (rag.Embedder, error) { return stuck{Embedder: &ragtest.Embedder{}, file: stuckAt}, nil }
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for {
				if _, err := os.Stat(stuckAt); err == nil {
					cancel()
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		args := []string{command}
		if command == "ask" {
			args = append(args, "When?")
		}
		if code := p.run(ctx, args); code != exitInterrupted || stdout.Len() > 0 || !strings.HasSuffix(stderr.String(), "footnote: stopped\n") {
			t.Errorf("%s: exit %d, %q, %q", command, code, stdout, stderr)
		}
	}
}

// TestCancelledWhileOpening does not wait for the weights.
func TestCancelledWhileOpening(t *testing.T) {
	p, stdout, stderr := offline(t, "", map[string]string{"rules.txt": "The office closes at six."})
	ctx, cancel := context.WithCancel(t.Context())
	unpacked := make(chan struct{})
	defer close(unpacked)
	p.embedder = func() (rag.Embedder, error) {
		cancel()
		<-unpacked
		return &ragtest.Embedder{}, nil
	}
	if code := p.run(ctx, []string{"chat"}); code != exitInterrupted || stdout.Len() > 0 || stderr.String() != "footnote: stopped\n" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

func TestAbout(t *testing.T) {
	for _, c := range []struct{ lang, heading, want string }{
		{"", "Leave", `What about "Leave"?`},
		{"de", "Elternzeit", "Was gilt für „Elternzeit“?"},
		{"sv", "Ledighet", "Ledighet"},
		{"en", "a\x1b[2J\nb", `What about "a[2J b"?`},
	} {
		if got := about(c.heading, c.lang); got != c.want {
			t.Errorf("about(%q, %q) = %q, want %q", c.heading, c.lang, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	files := map[string]rag.FileState{"refused.png": {Refused: "no reader"}, "empty.md": {}}
	for _, id := range []string{"a/1", "a/2", "a/3", "b/1", "c/1", "c/2"} {
		files[id] = rag.FileState{ID: id, Passages: 1}
	}
	if diff := cmp.Diff([]string{"a/1", "b/1", "c/1", "a/2", "c/2", "a/3"}, spread(files, 4*maxExamples)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWordsFirst(t *testing.T) {
	en, err := prompts.In("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		with, all int
		want      string
	}{
		{0, 0, ""}, {7, 7, ""}, {8, 7, ""},
		{31, 100, "31 % of passages have vectors so far; answers use words only for the rest."},
		{1, 1000, "<1 % of passages have vectors so far; answers use words only for the rest."},
		{0, 7, "No passages have vectors so far; answers use words only."},
	} {
		if got := (stock{passages: c.all, withVectors: c.with}).wordsFirst(en.Words); got != c.want {
			t.Errorf("%d of %d: %q", c.with, c.all, got)
		}
	}
}

func TestVersion(t *testing.T) {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}}
	if got, want := version(info), "(devel) (0123456789ab with changes, go1."; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := version(nil); !strings.HasPrefix(got, "(unknown) (go1.") {
		t.Errorf("got %q", got)
	}
}

func TestMeterLines(t *testing.T) {
	now := time.Now()
	m := &meter{began: now.Add(-10 * time.Second)}
	for _, c := range []struct {
		p    rag.Progress
		want string
	}{
		{rag.Progress{Phase: rag.Reading, Done: 1}, "Reading: 1 file"},
		{rag.Progress{Phase: rag.Embedding, Total: 2386}, "Vectors: 0 of 2386 passages"},
		{rag.Progress{Phase: rag.Embedding, Done: 61, Total: 2386}, "Vectors: 61 of 2386 passages, 6.1 a second, about 6m21s left"},
		{rag.Progress{Phase: rag.Embedding, Done: 1061, Total: 2386}, "Vectors: 1061 of 2386 passages, 6.1 a second, about 3m37s left"},
	} {
		m.from = c.p.Done / 1000 * 1000 // of a former run
		if got := m.line(c.p, now); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestMeter shows lines where nothing may be redrawn, none for what is quick,
// and none after its end.
func TestMeter(t *testing.T) {
	var out strings.Builder
	m := &meter{out: &out}
	done := 4
	step := func(ago time.Duration) {
		done++
		m.show(rag.Progress{Phase: rag.Embedding, Done: done, Total: 10})
		m.began, m.shownAt = m.began.Add(-ago), m.shownAt.Add(-ago)
	}
	step(time.Second)
	step(15 * time.Second)
	if out.Len() > 0 {
		t.Errorf("too early: %q", out.String())
	}
	step(0)
	step(15 * time.Second)
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "Vectors: 7 of 10 passages, 0.1 a second") {
		t.Errorf("got %q", got)
	}
	m.end()
	step(0)
	if got := out.String(); strings.Count(got, "\n") != 1 {
		t.Errorf("after the end: %q", got)
	}
}
