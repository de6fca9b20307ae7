package chat

import (
	"strings"
	"testing"
)

func TestCompletions(t *testing.T) {
	for typed, want := range map[string]string{
		"":           "",
		"who":        "",
		"/so":        "/sources",
		"/s":         "/sources /stats /save ",
		"/o":         "/open ",
		"/sources 1": "",
		"/h":         "/help",
	} {
		if got := strings.Join(completions(typed), " "); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	if n := len(completions("/")); n != len(commands())-1 {
		t.Errorf("/ may become %d commands", n)
	}
}

// TestCtrlD holds that it deletes what is under the cursor, and nothing at the end of
// a line.
func TestCtrlD(t *testing.T) {
	e, err := NewEditor(nil)
	if err != nil {
		t.Fatal(err)
	}
	bound := e.shell.Config.Binds["emacs"]["\x04"].Action
	press := e.shell.Keymap.Commands()[bound]
	if press == nil {
		t.Fatalf("Ctrl-D does %q", bound)
	}
	e.shell.Line().Set([]rune("who")...)
	for _, c := range []struct {
		at   int
		want string
	}{{3, "who"}, {0, "ho"}, {2, "ho"}, {1, "h"}, {1, "h"}} {
		e.shell.Cursor().Set(c.at)
		if press(); string(*e.shell.Line()) != c.want {
			t.Errorf("at %d: %q, want %q", c.at, string(*e.shell.Line()), c.want)
		}
	}
}
