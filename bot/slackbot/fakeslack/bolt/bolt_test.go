// Package bolt proves fakeslack with Slack's own client: a bot on Bolt does against it
// what it does against Slack.
package bolt

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"footnote/bot/slackbot/fakeslack/workspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the bot until the test ends and returns when its socket is open.
func start(t *testing.T, w *workspace.Workspace) {
	t.Helper()
	if _, err := os.Stat("node_modules/@slack/bolt/package.json"); err != nil {
		t.Skip("Bolt is not installed: run npm ci in bot/slackbot/fakeslack/bolt")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node on the PATH; Bolt needs Node 20 or later")
	}
	cmd := exec.Command(node, "bot.js")
	cmd.Env = append(os.Environ(),
		"SLACK_BOT_TOKEN="+w.BotToken(), "SLACK_APP_TOKEN="+w.AppToken(), "SLACK_API_URL="+w.URL())
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the bot: %v", err)
		}
		if said := output.String(); strings.Contains(said, "bot error:") {
			t.Errorf("the bot said:\n%s", said)
		}
	})
	wait(t, w, "Bolt's socket", func() bool { return w.Sockets() == 1 })
}

func wait(t *testing.T, w *workspace.Workspace, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := w.Wait(ctx, cond); err != nil {
		t.Fatalf("%s: %v; calls %v; faults %q", what, err, w.Calls(""), w.Faults())
	}
}

// room is a workspace with Bolt in it, a channel and a person.
func room(t *testing.T) (w *workspace.Workspace, channel, person string) {
	t.Helper()
	w, err := workspace.New(workspace.Options{PingEvery: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	person = w.AddUser(workspace.User{Name: "ada"})
	channel = w.AddChannel(workspace.Channel{Name: "help", Members: []string{person, workspace.BotUserID}})
	start(t, w)
	t.Cleanup(func() {
		if got := w.Faults(); got != nil {
			t.Errorf("faults: %q", got)
		}
		if got := w.Lost(); got != nil {
			t.Errorf("not acknowledged: %q", got)
		}
	})
	return w, channel, person
}

func TestMentionStreamButtonModal(t *testing.T) {
	w, channel, person := room(t)
	root, err := w.Say(person, channel, "", "<@"+workspace.BotUserID+"> where is the key?")
	if err != nil {
		t.Fatal(err)
	}
	answered := func() bool {
		thread := w.Thread(channel, root)
		return len(thread) == 3 && thread[2].StreamingState == "completed"
	}
	wait(t, w, "a reply and a stream", answered)
	thread := w.Thread(channel, root)
	if got, want := thread[1].Text, "Hello <@"+person+">"; got != want {
		t.Errorf("reply %q, want %q", got, want)
	}
	if got, want := thread[2].Markdown, "The key is **under the mat**, as the handbook says."; got != want {
		t.Errorf("stream %q, want %q", got, want)
	}
	if len(w.Calls("assistant.threads.setStatus")) != 1 || w.Status(channel, root) != "" {
		t.Errorf("status set %d times and now %q", len(w.Calls("assistant.threads.setStatus")), w.Status(channel, root))
	}
	for _, method := range []string{"chat.startStream", "chat.stopStream"} {
		if n := len(w.Calls(method)); n != 1 {
			t.Errorf("%s called %d times", method, n)
		}
	}
	modal(t, w, channel, person, thread[2].TS)
	for _, ack := range w.Acks() {
		if ack.Latency > 3*time.Second {
			t.Errorf("%s acknowledged after %v", ack.Event, ack.Latency)
		}
	}
}

// modal clicks the button, makes a mistake in the modal, and mends it.
func modal(t *testing.T, w *workspace.Workspace, channel, person, ts string) {
	t.Helper()
	if err := w.Click(person, channel, ts, "why"); err != nil {
		t.Fatal(err)
	}
	wait(t, w, "the modal", func() bool { return len(w.OpenViews(person)) == 1 })
	view := w.OpenViews(person)[0].ID
	if err := w.Submit(person, view, map[string]string{"reason": "no"}); err != nil {
		t.Fatal(err)
	}
	wait(t, w, "the modal's error", func() bool {
		open := w.OpenViews(person)
		return len(open) == 1 && open[0].Errors["reason"] == "Say a little more."
	})
	if err := w.Submit(person, view, map[string]string{"reason": "it is not there"}); err != nil {
		t.Fatal(err)
	}
	wait(t, w, "the modal's end", func() bool {
		return len(w.OpenViews(person)) == 0 && len(w.Ephemeral(person, channel)) == 1
	})
	if got := w.Ephemeral(person, channel)[0].Text; got != "Noted: it is not there" {
		t.Errorf("ephemeral %q", got)
	}
}

func TestCommandAndDirectMessage(t *testing.T) {
	w, channel, person := room(t)
	if err := w.Slash(person, channel, "/ask", "who has the key?"); err != nil {
		t.Fatal(err)
	}
	wait(t, w, "the answer to /ask", func() bool { return len(w.Ephemeral(person, channel)) == 1 })
	if got := w.Ephemeral(person, channel)[0].Text; got != "You asked: who has the key?" {
		t.Errorf("ephemeral %q", got)
	}
	dm := w.DM(person)
	if _, err := w.Say(person, dm, "", "direct question"); err != nil {
		t.Fatal(err)
	}
	wait(t, w, "the answer in the DM", func() bool { return len(w.Messages(dm)) == 2 })
	if got := w.Messages(dm)[1].Text; got != "direct to you, im" {
		t.Errorf("answer %q", got)
	}
}

func TestBoltReconnects(t *testing.T) {
	if testing.Short() {
		t.Skip("Bolt waits 5 s before it connects again")
	}
	for _, end := range []string{"refresh_requested", "cut"} {
		t.Run(end, func(t *testing.T) {
			w, channel, person := room(t)
			before := len(w.Calls("apps.connections.open"))
			if end == "cut" {
				w.Cut()
			} else {
				w.Disconnect(end)
			}
			wait(t, w, "a new socket", func() bool {
				return len(w.Calls("apps.connections.open")) > before && w.Sockets() == 1
			})
			if err := w.Slash(person, channel, "/ask", "still there?"); err != nil {
				t.Fatal(err)
			}
			wait(t, w, "an answer", func() bool { return len(w.Ephemeral(person, channel)) == 1 })
		})
	}
}
