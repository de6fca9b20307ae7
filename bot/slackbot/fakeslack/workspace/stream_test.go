package workspace

import (
	"strings"
	"testing"
	"time"
)

func TestStreamGrowsAndEnds(t *testing.T) {
	r := newRoom(t)
	root := r.say("", "question")
	ts := r.stream(root)
	r.must("chat.appendStream", "channel", r.channel, "ts", ts, "markdown_text", "one ")
	r.must("chat.appendStream", "channel", r.channel, "ts", ts, "chunks", `[{"type":"markdown_text","text":"two"}]`)
	r.must("chat.stopStream", "channel", r.channel, "ts", ts, "markdown_text", ".", "blocks", `[{"type":"divider"}]`,
		"metadata", `{"event_type":"answer","event_payload":{"id":"1"}}`)
	m, _ := r.Message(r.channel, ts)
	if m.Markdown != "one two." || m.StreamingState != "completed" || m.Metadata == nil || m.ThreadTS != root {
		t.Errorf("got %+v", m)
	}
	if len(m.Blocks) != 2 || m.Blocks[0]["text"] != "one two." || m.Blocks[1]["type"] != "divider" {
		t.Errorf("blocks %v", m.Blocks)
	}
	if got := r.Faults(); got != nil {
		t.Errorf("faults %q", got)
	}
	if got := r.call("chat.appendStream", "channel", r.channel, "ts", ts, "markdown_text", "x"); got["error"] != "message_not_in_streaming_state" {
		t.Errorf("append after the end: %v", got)
	}
	if got := r.Faults(); len(got) != 1 {
		t.Errorf("append after the end is no fault: %q", got)
	}
}

func TestStreamRefusesMetadataBeforeItsEnd(t *testing.T) {
	r := newRoom(t)
	r.call("chat.startStream", "channel", r.channel, "thread_ts", r.say("", "q"), "recipient_team_id", TeamID,
		"recipient_user_id", r.person, "metadata", `{"event_type":"answer","event_payload":{}}`)
	if got := r.Faults(); len(got) != 1 || !strings.Contains(got[0], "metadata") {
		t.Errorf("faults %q", got)
	}
}

func TestStreamDiesAfterFiveMinutesWithTraffic(t *testing.T) {
	r := newRoom(t)
	ts := r.stream(r.say("", "question"))
	for range 4 {
		r.clock.Advance(time.Minute)
		r.must("chat.appendStream", "channel", r.channel, "ts", ts, "markdown_text", "x")
	}
	r.clock.Advance(time.Minute)
	for _, method := range []string{"chat.appendStream", "chat.stopStream"} {
		if got := r.call(method, "channel", r.channel, "ts", ts, "markdown_text", "x"); got["error"] != "message_not_in_streaming_state" {
			t.Errorf("%s: %v", method, got)
		}
	}
	r.must("chat.update", "channel", r.channel, "ts", ts, "markdown_text", "the whole answer")
}

func TestPersonStopsAStream(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	root := r.say("", "question")
	l.ack(l.next())
	ts := r.stream(root)
	l.ack(l.next())
	if err := r.Stop(r.person, r.channel, ts); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	l.ack(e)
	event := dig(e, "payload", "event")
	if dig(event, "type") != "agent_session_stopped" || dig(event, "thread_ts") != root ||
		dig(event, "user") != r.person || string(asJSON(dig(event, "streaming_message_ts"))) != `["`+ts+`"]` {
		t.Errorf("event %v", event)
	}
	if got := r.call("chat.appendStream", "channel", r.channel, "ts", ts, "markdown_text", "x"); got["error"] != "stopped_by_user" {
		t.Errorf("append: %v", got)
	}
	if got := r.Faults(); got != nil {
		t.Errorf("one append may be under way when the button is pressed: %q", got)
	}
	r.call("chat.appendStream", "channel", r.channel, "ts", ts, "markdown_text", "x")
	if got := r.Faults(); len(got) != 1 {
		t.Errorf("faults %q", got)
	}
	r.must("chat.stopStream", "channel", r.channel, "ts", ts)
}

func TestDirectStreamNeedsNoRecipient(t *testing.T) {
	r := newRoom(t)
	dm, root := r.OpenPanel(r.person, r.channel)
	r.must("chat.startStream", "channel", dm, "thread_ts", root, "markdown_text", "hello")
}

func TestStatusLivesTwoMinutesOrUntilAPost(t *testing.T) {
	r := newRoom(t)
	root := r.say("", "question")
	set := func() {
		r.must("assistant.threads.setStatus", "channel_id", r.channel, "thread_ts", root, "status", "is thinking…")
	}
	for name, end := range map[string]func(){
		"time":   func() { r.clock.Advance(time.Second) },
		"post":   func() { r.post(root) },
		"stream": func() { r.stream(root) },
		"empty": func() {
			r.must("assistant.threads.setStatus", "channel_id", r.channel, "thread_ts", root, "status", "")
		},
	} {
		set()
		r.clock.Advance(2*time.Minute - time.Second)
		if got := r.Status(r.channel, root); got != "is thinking…" {
			t.Errorf("%s: status %q", name, got)
		}
		end()
		if got := r.Status(r.channel, root); got != "" {
			t.Errorf("%s: status still %q", name, got)
		}
	}
}

func TestSessionAndPrompts(t *testing.T) {
	r := newRoom(t)
	root := r.say("", "question")
	r.must("agents.sessions.setStatus", "channel_id", r.channel, "thread_ts", root, "status", "processing", "title", "Keys")
	if got := r.Session(r.channel, root); got != (Session{"processing", "Keys"}) {
		t.Errorf("session %+v", got)
	}
	dm := r.DM(r.person)
	r.must("assistant.threads.setSuggestedPrompts", "channel_id", dm, "prompts", `[{"title":"Keys","message":"Where is the key?"}]`)
	if got := r.Suggested(dm, ""); len(got.Prompts) != 1 || got.Prompts[0].Message != "Where is the key?" {
		t.Errorf("prompts %+v", got)
	}
}
