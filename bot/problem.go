package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/show"
	"footnote/bot/slackbot"
	"footnote/rag"
	"footnote/rag/local"
)

// Exit codes.
const (
	exitError       = 1
	exitUsage       = 2
	exitIndex       = 3
	exitAuth        = 4 // this one to exitTimeout: where a model had to answer, or Slack refuses a token
	exitUnreachable = 5
	exitRateLimited = 6
	exitTimeout     = 7
	exitAbstained   = 10
	exitGate        = 20
	exitUnanswered  = 21
	exitInterrupted = 130
)

// errAbstained ends ask with --fail-on-abstain. The answer has said it all.
var errAbstained = errors.New("not in the documents")

// errIncomplete ends index where a folder could not be read. The summary has
// said which.
var errIncomplete = errors.New("not all folders could be read")

// errGate ends eval where a gate is shut, and errUnanswered where too many questions
// could not be asked. The figures have said which.
var (
	errGate       = errors.New("a gate failed")
	errUnanswered = errors.New("not all questions could be asked")
)

// A usageError is about what the user typed or set.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// A notice says why a command did nothing though nothing broke: there is no more
// to look up.
type notice struct{ error }

func (n notice) Unwrap() error { return n.error }

func noticef(format string, args ...any) error { return notice{fmt.Errorf(format, args...)} }

// exitCode returns what a script sees.
func exitCode(err error) int {
	var usage usageError
	var place *db.Error
	var model *rag.ModelError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return exitUsage
	case unsaid(err) == nil && errors.Is(err, errAbstained):
		return exitAbstained
	case unsaid(err) == nil && errors.Is(err, errUnanswered):
		return exitUnanswered
	case unsaid(err) == nil && errors.Is(err, errGate):
		return exitGate
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &place), errors.As(err, &errNoVectors{}), errors.Is(err, config.ErrNoPlace), errors.Is(err, local.ErrDamaged), errors.Is(err, local.ErrNewer):
		return exitIndex
	case errors.Is(err, slackbot.ErrTokens):
		return exitAuth
	case errors.As(err, &model):
		return modelExit(model.Fault)
	}
	return exitError
}

func modelExit(f rag.Fault) int {
	switch f {
	case rag.Auth:
		return exitAuth
	case rag.Unreachable, rag.BadTLS:
		return exitUnreachable
	case rag.RateLimited, rag.Quota:
		return exitRateLimited
	case rag.Timeout:
		return exitTimeout
	}
	return exitError
}

// unsaid returns what of err, which may be joined from several, the output has
// not said.
func unsaid(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, e := range joined.Unwrap() {
			rest = append(rest, unsaid(e))
		}
		return errors.Join(rest...)
	}
	if errors.Is(err, errAbstained) || errors.Is(err, errIncomplete) || errors.Is(err, errMissing) ||
		errors.Is(err, errGate) || errors.Is(err, errUnanswered) {
		return nil
	}
	return err
}

// report says once what went wrong, and returns the exit code.
func (p *program) report(err error) int {
	code := exitCode(err)
	err = unsaid(err)
	switch {
	case err == nil:
	case code == exitInterrupted:
		p.tell("footnote: stopped")
	case code == exitUsage:
		p.tell("footnote: %v", err)
	default:
		p.tell("footnote: %s", p.problem(err))
	}
	return code
}

// problem returns what went wrong as a sentence, with a reference under which
// --verbose tells more if something broke.
func (p *program) problem(err error) string {
	var n notice
	if errors.As(err, &n) || errors.Is(err, rag.ErrNoQuestion) {
		return sentence(err)
	}
	ref := reference()
	p.log.Error("problem", "reference", ref, "error", err)
	return fmt.Sprintf("%s Reference %s.", sentence(err), ref)
}

// sentence returns an error as one sentence. Most remedies are in the errors
// themselves: who finds a file unusable knows what to do about it.
func sentence(err error) string {
	said := show.Line(strings.ReplaceAll(err.Error(), "\n", "; ")) // joined errors have a line each
	if errors.Is(err, fs.ErrPermission) && !strings.Contains(said, ";") {
		said += "; check who may read and write there"
	}
	return strings.TrimRight(said, ".") + "."
}

// reference returns four hex digits that a user can quote.
func reference() string {
	var b [2]byte
	rand.Read(b[:]) // never fails, by its documentation
	return fmt.Sprintf("%X", b)
}
