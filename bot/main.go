// Footnote answers questions from your documents and cites every sentence.
//
//	footnote index | ask | chat | slack [manifest|check] | sources [FILE] | feedback export | eval [init|review|export] | version
//
// Each command is a short file of this package. open.go joins the parts of rag;
// problem.go turns errors into sentences and exit codes.
package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"footnote/bot/config"
	"footnote/rag"
	"footnote/rag/bge"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{
		stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv,
		embedder: func() (rag.Embedder, error) { return bge.New() }, now: time.Now,
	}
	return p.run(ctx, args)
}

// A program is one run: where it reads and writes, and what the user chose.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	embedder       func() (rag.Embedder, error) // the built-in one
	now            func() time.Time
	readEvery      time.Duration // how long the documents rest while the bot runs; 0: a minute
	retryAfter     time.Duration // how long eval waits before it asks a model again, the first time; 0: two seconds

	args    []string
	cfg     *config.Config
	log     *slog.Logger
	started bool // the command line was understood
}

func (p *program) run(ctx context.Context, args []string) int {
	p.args, p.cfg, p.log = args, config.New(), slog.New(slog.DiscardHandler)
	root := p.commands()
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !p.started {
		err = usageError{commandError(root, err)}
	}
	return p.report(err)
}

// again returns the program as it would be if it were started now with the same
// arguments: settings that have changed in the environment or the file are new.
func (p *program) again() (*program, error) {
	fresh := *p
	fresh.cfg = config.New()
	cmd, rest, err := fresh.commands().Find(p.args)
	if err != nil {
		return nil, err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return nil, err
	}
	return &fresh, fresh.cfg.Load(cmd.Flags(), p.getenv)
}
