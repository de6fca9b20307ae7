package chat

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/reeflective/readline"
	"github.com/reeflective/readline/inputrc"
	"golang.org/x/term"
)

// Editor reads lines from the terminal of this process, with editing, history
// and pasting that never submits.
type Editor struct {
	shell  *readline.Shell
	prompt string
}

// NewEditor returns an Editor. A nil history keeps none.
func NewEditor(h *History) (*Editor, error) {
	e := &Editor{shell: readline.NewShell()}
	for name, value := range map[string]any{
		"enable-bracketed-paste": true,
		"history-autosuggest":    false,
		"autocomplete":           false,
		"autopairs":              false,
	} {
		if err := e.shell.Config.Set(name, value); err != nil {
			return nil, fmt.Errorf("set up the line editor: %s: %w", name, err)
		}
	}
	e.bind()
	e.shell.Prompt.Primary(func() string { return e.prompt })
	e.shell.AcceptMultiline = func(line []rune) bool { return !open(string(line)) }
	e.shell.PasteTransformer = printable
	e.shell.Completer = func(line []rune, cursor int) readline.Completions {
		return readline.CompleteValues(completions(string(line[:cursor]))...)
	}
	if h != nil {
		e.shell.History.Add("history", h)
	}
	return e, nil
}

// bind gives Ctrl-D what a terminal's own lines give it: the end, if nothing is
// typed. At the end of a line it does nothing: the library would delete the
// character before it.
func (e *Editor) bind() {
	const name = "leave-or-delete"
	leave, remove := e.shell.Keymap.Commands()["end-of-file"], e.shell.Keymap.Commands()["delete-char"]
	e.shell.Keymap.Register(map[string]func(){name: func() {
		switch {
		case e.shell.Line().Len() == 0:
			leave()
		case e.shell.Cursor().Pos() < e.shell.Line().Len():
			remove()
		}
	}})
	ctrlD := inputrc.Unescape(`\C-d`)
	for _, keys := range e.shell.Config.Binds {
		switch keys[ctrlD].Action {
		case "end-of-file", "delete-char", "vi-eof-maybe":
			keys[ctrlD] = inputrc.Bind{Action: name}
		}
	}
}

// Read implements Lines. If ctx ends first, the terminal is put back as it was;
// the library's read cannot be stopped, and ends with the process.
func (e *Editor) Read(ctx context.Context, prompt string) (string, error) {
	e.prompt = prompt
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("ask the terminal for its state: %w", err)
	}
	done := make(chan result, 1)
	go func() {
		line, err := e.shell.Readline()
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		if errors.Is(r.err, readline.ErrInterrupt) {
			r.err = ErrInterrupt
		}
		return r.line, r.err
	case <-ctx.Done():
		fmt.Print("\x1b[?2004l\r\n") // bracketed paste off
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

// printable drops what a pasted text could do to the terminal.
func printable(s string) string {
	kept := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r == '\t':
			kept = append(kept, ' ')
		case r == '\n' || visible(r) >= 0:
			kept = append(kept, r)
		}
	}
	return string(kept)
}
