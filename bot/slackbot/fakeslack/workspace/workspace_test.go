package workspace

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestManyAtOnce is for the race detector: people, calls and looks at the same time.
func TestManyAtOnce(t *testing.T) {
	r := newRoom(t)
	links := []*link{r.connect(), r.connect(), r.connect()}
	for _, l := range links {
		go func() {
			for {
				frame := map[string]any{}
				if l.ReadJSON(&frame) != nil {
					return
				}
				if frame["envelope_id"] != nil {
					_ = l.WriteJSON(map[string]any{"envelope_id": frame["envelope_id"]})
				}
			}
		}()
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			root, err := r.Say(r.person, r.channel, "", fmt.Sprintf("<@%s> %d", BotUserID, i))
			if err != nil {
				t.Error(err)
				return
			}
			ts := r.stream(root)
			r.must("chat.appendStream", "channel", r.channel, "ts", ts, "markdown_text", "x")
			r.must("chat.stopStream", "channel", r.channel, "ts", ts)
			r.must("conversations.replies", "channel", r.channel, "ts", root)
			_ = asJSON(r.Messages(r.channel))
			_, _, _ = r.Acks(), r.Calls(""), r.Rings()
		})
	}
	all.Wait()
	// message and app_mention of each question; of each stream its start and its end.
	r.wait("every event acknowledged", func() bool { return r.Pending() == 0 && len(r.Acks()) == 80 })
	seen := map[string]bool{}
	for _, m := range r.Messages(r.channel) {
		if seen[m.TS] {
			t.Errorf("two messages have the ts %s", m.TS)
		}
		seen[m.TS] = true
	}
}

func TestCloseEndsACallUnderWay(t *testing.T) {
	r := newRoom(t)
	r.FailNext("auth.test", Fault{Delay: time.Hour})
	done := make(chan error, 1)
	go func() {
		_, err := httpPost(r, "auth.test")
		done <- err
	}()
	r.wait("the call", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.planned["auth.test"]) == 0
	})
	r.Close()
	if err := <-done; err == nil {
		t.Error("the call was answered")
	}
}

func TestWaitEnds(t *testing.T) {
	r := newRoom(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Wait(ctx, func() bool { return false }); err == nil {
		t.Error("Wait outlived its context")
	}
	r.Close()
	if err := r.Wait(context.Background(), func() bool { return false }); err == nil {
		t.Error("Wait outlived the workspace")
	}
}

func TestStatusEndWakesWait(t *testing.T) {
	r := newRoom(t)
	root := r.say("", "question")
	r.must("assistant.threads.setStatus", "channel_id", r.channel, "thread_ts", root, "status", "is thinking…", "loading_messages", "a,b")
	if got := r.Loading(r.channel, root); len(got) != 2 {
		t.Errorf("loading messages %q", got)
	}
	go r.clock.Advance(2 * time.Minute)
	r.wait("the status to end", func() bool { return r.Status(r.channel, root) == "" })
}
