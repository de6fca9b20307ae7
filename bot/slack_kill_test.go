//go:build unix

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot/slackbot/fakeslack/workspace"
)

// slowModel writes two sentences, a piece at a time.
func slowModel(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		for _, piece := range []string{"ANSWER\n", "Parents take 16 weeks of leave", " at full pay [1]. ", "Leave may begin up to four weeks", " before the due date [1]."} {
			delta(w, map[string]string{"content": piece}, nil)
			if r.Context().Err() != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(15 * time.Millisecond)
		}
		delta(w, map[string]string{}, "stop")
		fmt.Fprint(w, "data: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	return s
}

// TestKillSlack kills the bot with SIGKILL at random moments, most of them in the
// middle of an answer. After it all, each question in a channel, a thread or a direct
// message has exactly one answer, and it is whole.
func TestKillSlack(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 6
	}
	w, err := workspace.New(workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ann := w.AddUser(workspace.User{Name: "ann"})
	var channels, roots []string // several: Slack takes one message a second in each
	for range 5 {
		c := w.AddChannel(workspace.Channel{Members: []string{ann, workspace.BotUserID}})
		root, err := w.Say(ann, c, "", "Good morning")
		if err != nil {
			t.Fatal(err)
		}
		channels, roots = append(channels, c), append(roots, root)
	}
	work := t.TempDir()
	if err := os.WriteFile(filepath.Join(work, "leave.md"), []byte("# Leave\n\nEvery parent takes 16 weeks of leave at full pay. Leave may begin up to four weeks before the due date.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	model := slowModel(t)
	start := func() *exec.Cmd {
		t.Helper()
		cmd := exec.Command("footnote", "slack", "--docs", work, "--db", filepath.Join(work, "db"), "--llm-model", "slow", "--llm-url", model.URL+"/v1")
		cmd.Env = append(os.Environ(), "SLACK_BOT_TOKEN="+w.BotToken(), "SLACK_APP_TOKEN="+w.AppToken(), "SLACK_API_URL="+w.URL(), "HOME="+work)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait(t, w, "a socket is open", func() bool { return w.Sockets() > 0 })
		return cmd
	}
	type question struct{ channel, thread, ts string }
	var asked []question
	ask := func(person, channel, thread string) {
		t.Helper()
		text := "How long is leave for parents?"
		if channel[0] != 'D' {
			text = "<@" + workspace.BotUserID + "> " + text
		}
		ts, err := w.Say(person, channel, thread, text)
		if err != nil {
			t.Fatal(err)
		}
		if thread == "" {
			thread = ts
		}
		asked = append(asked, question{channel, thread, ts})
	}
	own := func(q question) (answers []workspace.Message) {
		for _, m := range w.Thread(q.channel, q.thread) {
			if m.User == workspace.BotUserID && fmt.Sprint(m.Metadata) != "map[]" && strings.Contains(fmt.Sprint(m.Metadata), q.ts) {
				answers = append(answers, m)
			}
		}
		return answers
	}
	answered := func() {
		t.Helper()
		var last time.Time
		wait(t, w, "every question has an answer", func() bool {
			if w.Pending() > 0 && time.Since(last) > 500*time.Millisecond {
				last = time.Now()
				w.Redeliver()
			}
			return w.Pending() == 0 && !slices.ContainsFunc(asked, func(q question) bool { return len(own(q)) == 0 })
		})
	}
	inAnswer := 0
	for i := range kills {
		channel, root := channels[i%len(channels)], roots[i%len(roots)]
		cmd := start()
		starts, stops := len(w.Calls("chat.startStream")), len(w.Calls("chat.stopStream"))
		somebody := w.AddUser(workspace.User{}) // one alone may not have so many questions waiting
		w.SetChannel(channel, func(c *workspace.Channel) { c.Members = append(c.Members, somebody) })
		ask(somebody, channel, "")
		ask(somebody, channel, root)
		ask(somebody, w.DM(somebody), "")
		if i%10 == 9 { // or more would wait than the bot takes on
			answered()
		}
		time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
		if len(w.Calls("chat.startStream"))-starts > len(w.Calls("chat.stopStream"))-stops {
			inAnswer++
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		wait(t, w, "the socket is gone", func() bool { return w.Sockets() == 0 })
	}
	t.Logf("%d questions; at least %d of %d kills while a message was being streamed", len(asked), inAnswer, kills)
	if inAnswer == 0 && kills > 10 {
		t.Error("no kill came in the middle of an answer")
	}

	cmd := start()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	answered()
	for i, q := range asked {
		answers := own(q)
		if len(answers) != 1 {
			t.Errorf("question %d has %d answers", i, len(answers))
			continue
		}
		if s := fmt.Sprint(answers[0].Text, answers[0].Markdown, answers[0].Blocks); !strings.Contains(s, "16 weeks") || !strings.Contains(s, "due date") || !strings.Contains(s, "Sources") {
			t.Errorf("the answer to question %d is not whole: %s", i, s)
		}
	}
	// Nothing else of the bot stands anywhere.
	said := map[string]bool{}
	for _, q := range asked {
		for _, m := range w.Thread(q.channel, q.thread) {
			if m.User == workspace.BotUserID {
				said[q.channel+m.TS] = true
			}
		}
	}
	if len(said) != len(asked) {
		t.Errorf("%d messages of the bot for %d questions", len(said), len(asked))
	}
}

// wait waits for something to become true of a workspace.
func wait(t *testing.T, w *workspace.Workspace, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(4 * time.Minute)
	for !cond() {
		select {
		case <-w.Changed():
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}
