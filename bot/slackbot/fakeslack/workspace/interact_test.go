package workspace

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// respond posts to a response_url and returns the status.
func (r *room) respond(url any, body string) int {
	r.t.Helper()
	response, err := http.Post(url.(string), "application/json", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

func TestSlashAndItsResponseURL(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	if err := r.Slash(r.person, r.channel, "/ask", "where?"); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	if e["type"] != "slash_commands" || e["accepts_response_payload"] != true || dig(e, "payload", "is_enterprise_install") != "false" {
		t.Errorf("envelope %v", e)
	}
	l.ack(e, map[string]any{"text": "looking"})
	r.wait("the ack's answer", func() bool { return len(r.Ephemeral(r.person, r.channel)) == 1 })
	url := dig(e, "payload", "response_url")
	for i, want := range []int{200, 200, 200, 200, 200, 404} {
		if got := r.respond(url, `{"text":"in channel","response_type":"in_channel"}`); got != want {
			t.Errorf("use %d: status %d, want %d", i+1, got, want)
		}
	}
	if n := len(r.Messages(r.channel)); n != 5 {
		t.Errorf("%d messages", n)
	}
}

func TestResponseURLExpires(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	if err := r.Slash(r.person, r.channel, "/ask", "where?"); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	l.ack(e)
	r.wait("the ack", func() bool { return len(r.Acks()) == 1 })
	r.clock.Advance(31 * time.Minute)
	if got := r.respond(dig(e, "payload", "response_url"), `{"text":"late"}`); got != 404 {
		t.Errorf("status %d", got)
	}
}

func TestCommandNobodyAcknowledges(t *testing.T) {
	r := newRoom(t)
	if err := r.Slash(r.person, r.channel, "/ask", "where?"); err == nil {
		t.Error("a command with no socket open succeeded")
	}
	l := r.connect()
	if err := r.Slash(r.person, r.channel, "/ask", "where?"); err != nil {
		t.Fatal(err)
	}
	l.next()
	r.clock.Advance(3 * time.Second)
	r.wait("the error", func() bool { return len(r.Ephemeral(r.person, r.channel)) == 1 })
	if got := r.Lost(); len(got) != 1 {
		t.Errorf("lost %q", got)
	}
}

const twoButtons = `[{"type":"actions","block_id":"acts","elements":[
 {"type":"button","action_id":"a","value":"1","text":{"type":"plain_text","text":"A"}},
 {"type":"button","action_id":"b","value":"2","text":{"type":"plain_text","text":"B"}}]},
 {"type":"context_actions","elements":[{"type":"feedback_buttons","action_id":"f",
  "positive_button":{"text":{"type":"plain_text","text":"Good"},"value":"up"},
  "negative_button":{"text":{"type":"plain_text","text":"Bad"},"value":"down"}}]}]`

func TestClick(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	root := r.say("", "question")
	l.ack(l.next())
	ts := r.must("chat.postMessage", "channel", r.channel, "thread_ts", root, "text", "x", "blocks", twoButtons)["ts"].(string)
	l.ack(l.next())
	if err := r.Click(r.person, r.channel, ts, "nothing"); err == nil {
		t.Error("clicked what is not there")
	}
	for _, test := range []struct{ id, value, kind, want string }{{"b", "", "button", "2"}, {"f", "down", "feedback_buttons", "down"}} {
		if err := r.Click(r.person, r.channel, ts, test.id, test.value); err != nil {
			t.Fatal(err)
		}
		e := l.next()
		l.ack(e)
		action := dig(e, "payload", "actions").([]any)[0]
		if dig(action, "type") != test.kind || dig(action, "value") != test.want || dig(action, "action_id") != test.id {
			t.Errorf("action %v", action)
		}
		if dig(e, "payload", "container", "thread_ts") != root || dig(e, "payload", "message", "ts") != ts {
			t.Errorf("payload %v", e["payload"])
		}
	}
	r.wait("acks", func() bool { return r.Pending() == 0 })
}

func TestResponseURLOfAClick(t *testing.T) {
	for name, ephemeral := range map[string]bool{"ephemeral": true, "message": false} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, func(o *Options) { o.Events = []string{} })
			l := r.connect()
			method, args, field := "chat.postMessage", []string{"channel", r.channel, "text", "x", "blocks", twoButtons}, "ts"
			if ephemeral {
				method, args, field = "chat.postEphemeral", append(args, "user", r.person), "message_ts"
			}
			ts := r.must(method, args...)[field].(string)
			if err := r.Click(r.person, r.channel, ts, "a"); err != nil {
				t.Fatal(err)
			}
			e := l.next()
			l.ack(e)
			url := dig(e, "payload", "response_url")
			if has := dig(e, "payload", "message") != nil; has == ephemeral {
				t.Errorf("message in the payload: %v", has)
			}
			shown := func() []Message {
				if ephemeral {
					return r.Ephemeral(r.person, r.channel)
				}
				return r.Messages(r.channel)
			}
			r.respond(url, `{"text":"replaced","replace_original":true}`)
			if got := shown(); len(got) != 1 || got[0].Text != "replaced" {
				t.Errorf("after replace_original: %v", got)
			}
			r.respond(url, `{"delete_original":true}`)
			if got := shown(); len(got) != 0 {
				t.Errorf("after delete_original: %v", got)
			}
			r.wait("acks", func() bool { return r.Pending() == 0 })
		})
	}
}

const modal = `{"type":"modal","callback_id":"why","notify_on_close":true,"title":{"type":"plain_text","text":"Why"},
 "submit":{"type":"plain_text","text":"Send"},"blocks":[{"type":"input","block_id":"reason",
 "label":{"type":"plain_text","text":"Reason"},"element":{"type":"plain_text_input","action_id":"text"}}]}`

// trigger clicks a button and returns the trigger_id.
func (r *room) trigger(l *link) string {
	r.t.Helper()
	ts := r.must("chat.postMessage", "channel", r.channel, "text", "x", "blocks", twoButtons)["ts"].(string)
	if err := r.Click(r.person, r.channel, ts, "a"); err != nil {
		r.t.Fatal(err)
	}
	e := l.next()
	l.ack(e)
	return dig(e, "payload", "trigger_id").(string)
}

func TestModal(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.Events = []string{} })
	l := r.connect()
	trigger := r.trigger(l)
	id := dig(r.must("views.open", "trigger_id", trigger, "view", modal), "view", "id").(string)
	if got := r.call("views.open", "trigger_id", trigger, "view", modal); got["error"] != "exchanged_trigger_id" {
		t.Errorf("second use of a trigger: %v", got)
	}
	if err := r.Submit(r.person, id, nil); err == nil {
		t.Error("submitted without the required value")
	}
	if err := r.Submit(r.person, id, map[string]string{"reason": "wrong page"}); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	if got := dig(e, "payload", "view", "state", "values", "reason", "text", "value"); got != "wrong page" {
		t.Errorf("value %v", got)
	}
	l.ack(e, map[string]any{"response_action": "errors", "errors": map[string]any{"reason": "more"}})
	r.wait("the error", func() bool { return r.OpenViews(r.person)[0].Errors["reason"] == "more" })
	if err := r.CloseView(r.person, id); err != nil {
		t.Fatal(err)
	}
	e = l.next()
	l.ack(e)
	if dig(e, "payload", "type") != "view_closed" {
		t.Errorf("got %v", e)
	}
	r.wait("acks", func() bool { return r.Pending() == 0 && len(r.OpenViews(r.person)) == 0 })
}

func TestTriggerExpires(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.Events = []string{} })
	l := r.connect()
	trigger := r.trigger(l)
	r.wait("the ack", func() bool { return r.Pending() == 0 })
	r.clock.Advance(3*time.Second + time.Millisecond)
	if got := r.call("views.open", "trigger_id", trigger, "view", modal); got["error"] != "expired_trigger_id" {
		t.Errorf("got %v", got)
	}
}
