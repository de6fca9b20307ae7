package workspace

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// keys returns the sorted keys of the object at a path.
func keys(v any, path ...string) []string {
	m, _ := dig(v, path...).(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

// TestEventsHaveTheRecordedShape compares keys with payloads recorded from Slack.
func TestEventsHaveTheRecordedShape(t *testing.T) {
	data, err := os.ReadFile("testdata/recorded_keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct{ Callback, Event []string }
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	r := newRoom(t)
	l := r.connect()
	take := func(name string) {
		t.Helper()
		e := l.next()
		l.ack(e)
		if got := keys(e, "payload"); !slices.Equal(got, want[name].Callback) {
			t.Errorf("%s: callback has\n%q, recorded\n%q", name, got, want[name].Callback)
		}
		if got := keys(e, "payload", "event"); !slices.Equal(got, want[name].Event) {
			t.Errorf("%s: event has\n%q, recorded\n%q", name, got, want[name].Event)
		}
	}
	root := r.say("", "<@"+BotUserID+"> 1")
	take("message")
	take("app_mention")
	ts := r.post(root)
	take("own_reply")
	r.say(root, "2")
	take("reply")
	r.must("chat.update", "channel", r.channel, "ts", ts, "text", "changed")
	take("message_changed")
	if _, err := r.Say(r.person, r.DM(r.person), "", "hello"); err != nil {
		t.Fatal(err)
	}
	take("message_im")
	r.wait("acks", func() bool { return r.Pending() == 0 })
}

func TestWhichEventsAreSent(t *testing.T) {
	mention := "<@" + BotUserID + "> hi"
	for _, test := range []struct {
		name   string
		change func(*Options)
		do     func(*room)
		want   []string
	}{
		{"message only", func(o *Options) { o.Events = []string{"message.channels"} }, func(r *room) { r.say("", mention) }, []string{"message"}},
		{"mention only", func(o *Options) { o.Events = []string{"app_mention"} }, func(r *room) { r.say("", mention); r.say("", "hi") }, []string{"app_mention"}},
		{"no scope", func(o *Options) { o.Scopes = []string{"channels:history"} }, func(r *room) { r.say("", mention) }, []string{"message"}},
		{"not a member", nil, func(r *room) {
			c := r.AddChannel(Channel{Name: "x", Members: []string{r.person}})
			_, _ = r.Say(r.person, c, "", mention)
		}, nil},
		{"invited", nil, func(r *room) {
			c := r.AddChannel(Channel{Name: "x", Members: []string{r.person}})
			r.SetChannel(c, func(c *Channel) { c.Members = append(c.Members, BotUserID) })
		}, []string{"member_joined_channel"}},
		{"shared and unshared", nil, func(r *room) {
			r.SetChannel(r.channel, func(c *Channel) { c.ExtShared = true })
			r.SetChannel(r.channel, func(c *Channel) { c.ExtShared = false })
		}, []string{"channel_shared", "channel_unshared"}},
		{"no mention in a DM", nil, func(r *room) { _, _ = r.Say(r.person, r.DM(r.person), "", mention) }, []string{"message"}},
		{"mention edited in", nil, func(r *room) { _ = r.Edit(r.person, r.channel, r.say("", "hi"), mention) }, []string{"message", "message", "app_mention"}},
		{"edit of a mention", nil, func(r *room) { _ = r.Edit(r.person, r.channel, r.say("", mention), mention+"!") }, []string{"message", "app_mention", "message"}},
		{"delete", nil, func(r *room) { _ = r.Delete(r.person, r.channel, r.say("", "hi")) }, []string{"message", "message"}},
		{"panel", func(o *Options) { o.Events = []string{"assistant_thread_started", "assistant_thread_context_changed"} }, func(r *room) {
			_, ts := r.OpenPanel(r.person, r.channel)
			r.MovePanel(r.person, "", ts)
		}, []string{"assistant_thread_started", "assistant_thread_context_changed"}},
		{"home", nil, func(r *room) { r.OpenHome(r.person) }, []string{"app_home_opened"}},
		{"file", nil, func(r *room) { _, _ = r.Upload(r.person, r.channel, "", "look", "a.pdf") }, []string{"message"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			change := func(*Options) {}
			if test.change != nil {
				change = test.change
			}
			r := newRoom(t, change)
			l := r.connect()
			test.do(r)
			var got []string
			for range test.want {
				e := l.next()
				l.ack(e)
				got = append(got, dig(e, "payload", "event", "type").(string))
			}
			r.wait("acks", func() bool { return r.Pending() == 0 })
			if !slices.Equal(got, test.want) || len(r.Acks()) != len(test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSharedChannelShowsInEverything(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	r.SetChannel(r.channel, func(c *Channel) { c.ExtShared = true })
	l.ack(l.next())
	stranger := r.AddUser(User{Name: "eve", Team: "T0OTHERTEAM"})
	r.SetChannel(r.channel, func(c *Channel) { c.Members = append(c.Members, stranger) })
	l.ack(l.next())
	if _, err := r.Say(stranger, r.channel, "", "hello"); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	l.ack(e)
	if dig(e, "payload", "is_ext_shared_channel") != true || dig(e, "payload", "event", "user_team") != "T0OTHERTEAM" || dig(e, "payload", "team_id") != TeamID {
		t.Errorf("payload %v", e["payload"])
	}
	if got := r.must("conversations.info", "channel", r.channel); dig(got, "channel", "is_ext_shared") != true {
		t.Errorf("info %v", got)
	}
	user := r.must("users.info", "user", stranger)["user"]
	if dig(user, "team_id") != "T0OTHERTEAM" || dig(user, "is_stranger") != true {
		t.Errorf("user %v", user)
	}
}

func TestHistoryPages(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.Events = []string{} })
	for range 5 {
		r.say("", "x")
	}
	got := r.must("conversations.history", "channel", r.channel, "limit", "3")
	next, _ := dig(got, "response_metadata", "next_cursor").(string)
	if len(got["messages"].([]any)) != 3 || next == "" || got["has_more"] != true {
		t.Fatalf("got %v", got)
	}
	got = r.must("conversations.history", "channel", r.channel, "limit", "3", "cursor", next)
	if len(got["messages"].([]any)) != 2 || got["has_more"] != false {
		t.Errorf("got %v", got)
	}
	if got := r.call("conversations.history", "channel", r.channel, "cursor", "what"); got["error"] != "invalid_cursor" {
		t.Errorf("got %v", got)
	}
}

func TestHistoryLeavesRepliesOut(t *testing.T) {
	r := newRoom(t)
	root := r.say("", "question")
	r.post(root)
	r.must("chat.postMessage", "channel", r.channel, "thread_ts", root, "text", "to all", "reply_broadcast", "true")
	got := r.must("conversations.history", "channel", r.channel)["messages"].([]any)
	if len(got) != 2 || dig(got[0], "subtype") != "thread_broadcast" || dig(got[1], "reply_count") != float64(2) {
		t.Errorf("got %v", got)
	}
}
