package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"footnote/rag"
	"footnote/rag/ragtest"
)

// TestMain makes the program available to scripts, with vectors that are bags of
// words. For everything else it is the real program.
func TestMain(m *testing.M) {
	testscript.Main(leaks{m}, map[string]func(){"footnote": func() {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, embedder: testEmbedder, now: time.Now, retryAfter: time.Millisecond}
		os.Exit(p.run(ctx, os.Args[1:]))
	}})
}

// leaks runs the tests and looks for goroutines that are left.
type leaks struct{ *testing.M }

func (l leaks) Run() int {
	code := l.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func testEmbedder() (rag.Embedder, error) {
	switch how := os.Getenv("TEST_EMBEDDER"); how {
	case "":
		return &ragtest.Embedder{}, nil
	case "broken":
		return nil, errors.New("the weights are damaged")
	default:
		return stuck{Embedder: &ragtest.Embedder{}, file: how}, nil
	}
}

// stuck makes a file when it should make vectors for passages, and then none.
type stuck struct {
	*ragtest.Embedder
	file string
}

func (s stuck) EmbedPassages(ctx context.Context, _ []string) ([]rag.Vector, error) {
	if err := os.WriteFile(s.file, nil, 0o644); err != nil {
		return nil, err
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestScripts(t *testing.T) {
	commands := endpointCommands()
	commands["exits"], commands["awaits"] = exits, awaits
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE") != "",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("TERM", "xterm")
			env.Setenv("GORACE", "atexit_sleep_ms=10") // a second otherwise, for each command
			return nil
		},
		Cmds: commands,
	})
}

// exits N COMMAND... runs a command that must exit with N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// awaits FILE waits until a file is there.
func awaits(ts *testscript.TestScript, _ bool, args []string) {
	for range 500 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s did not appear", args[0])
}
