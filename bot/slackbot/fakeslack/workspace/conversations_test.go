package workspace

import (
	"slices"
	"strings"
	"testing"
)

// names returns the names, or else the ids, of the channels in an answer.
func names(answer map[string]any) []string {
	var all []string
	for _, c := range answer["channels"].([]any) {
		name, _ := dig(c, "name").(string)
		if name == "" {
			name, _ = dig(c, "id").(string)
		}
		all = append(all, name)
	}
	return all
}

func TestChannelLists(t *testing.T) {
	r := newRoom(t)
	r.AddChannel(Channel{Name: "outside"})
	r.AddChannel(Channel{Name: "old", Archived: true, Members: []string{BotUserID}})
	r.AddChannel(Channel{Name: "secret", Private: true, Members: []string{BotUserID, r.person}})
	r.AddChannel(Channel{Name: "hidden", Private: true, Members: []string{r.person}})
	dm := r.DM(r.person)
	for _, test := range []struct {
		method string
		args   []string
		want   []string
	}{
		{"conversations.list", nil, []string{"help", "outside", "old"}},
		{"conversations.list", []string{"exclude_archived", "true"}, []string{"help", "outside"}},
		{"conversations.list", []string{"types", "private_channel, im"}, []string{"secret", dm}},
		{"users.conversations", nil, []string{"help", "old"}},
		{"users.conversations", []string{"user", r.person, "types", "public_channel,private_channel"}, []string{"help", "secret"}},
	} {
		if got := names(r.must(test.method, test.args...)); !slices.Equal(got, test.want) {
			t.Errorf("%s %q: %q, want %q", test.method, test.args, got, test.want)
		}
	}
	if got := r.call("conversations.list", "types", "public"); got["error"] != "invalid_types" {
		t.Errorf("got %v", got)
	}
}

func TestMembersGroupsAndOpening(t *testing.T) {
	r := newRoom(t)
	if got := r.must("conversations.members", "channel", r.channel)["members"]; string(asJSON(got)) != `["`+r.person+`","`+BotUserID+`"]` {
		t.Errorf("members %v", got)
	}
	if got := r.must("usergroups.users.list", "usergroup", r.AddGroup(r.person))["users"]; string(asJSON(got)) != `["`+r.person+`"]` {
		t.Errorf("group %v", got)
	}
	if got := dig(r.must("conversations.open", "users", r.person), "channel", "id"); got != r.DM(r.person) {
		t.Errorf("opened %v", got)
	}
	other := r.AddUser(User{Name: "bob"})
	group := dig(r.must("conversations.open", "users", r.person+","+other), "channel", "id").(string)
	if got := r.must("conversations.info", "channel", group, "include_num_members", "true"); dig(got, "channel", "num_members") != float64(3) || dig(got, "channel", "is_mpim") != true {
		t.Errorf("group conversation %v", got)
	}
	r.SetUser(other, func(u *User) { u.Deleted = true })
	for users, want := range map[string]string{other: "user_disabled", "U0NONE": "user_not_found", "": "users_list_not_supplied"} {
		if got := r.call("conversations.open", "users", users); got["error"] != want {
			t.Errorf("open %q: %v, want %s", users, got, want)
		}
	}
}

func TestPermalink(t *testing.T) {
	r := newRoom(t)
	root := r.say("", "question")
	ts := r.post(root)
	got, _ := r.must("chat.getPermalink", "channel", r.channel, "message_ts", ts)["permalink"].(string)
	if !strings.Contains(got, "/archives/"+r.channel+"/p"+strings.ReplaceAll(ts, ".", "")+"?thread_ts="+root) {
		t.Errorf("permalink %s", got)
	}
}

func TestReactionsComeAndGo(t *testing.T) {
	r := newRoom(t, func(o *Options) {
		o.Events = []string{"reaction_added"}
		o.Scopes = append(DefaultScopes(), "reactions:read")
	})
	l := r.connect()
	ts := r.post("")
	if err := r.React(r.person, r.channel, ts, "eyes"); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	l.ack(e)
	if dig(e, "payload", "event", "item", "ts") != ts || dig(e, "payload", "event", "item_user") != BotUserID {
		t.Errorf("event %v", dig(e, "payload", "event"))
	}
	item := []string{"channel", r.channel, "timestamp", ts, "name", "eyes"}
	r.must("reactions.add", item...)
	if m, _ := r.Message(r.channel, ts); m.Reactions[0].Count != 2 {
		t.Errorf("reactions %v", m.Reactions)
	}
	r.must("reactions.remove", item...)
	if m, _ := r.Message(r.channel, ts); m.Reactions[0].Count != 1 {
		t.Errorf("reactions %v", m.Reactions)
	}
	r.wait("the ack", func() bool { return r.Pending() == 0 })
}

func TestWhoSpeaks(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.Events = []string{"message.channels"} })
	l := r.connect()
	for _, test := range []struct {
		option func(*Message)
		field  string
		want   string
	}{
		{AsBot("B0OTHER"), "bot_id", "B0OTHER"},
		{AsSystem(), "user", "USLACK"},
		{WithSubtype("channel_topic"), "subtype", "channel_topic"},
	} {
		if _, err := r.Say(r.person, r.channel, "", "x", test.option); err != nil {
			t.Fatal(err)
		}
		e := l.next()
		l.ack(e)
		if got := dig(e, "payload", "event", test.field); got != test.want {
			t.Errorf("%s is %v, want %s", test.field, got, test.want)
		}
	}
	r.wait("acks", func() bool { return r.Pending() == 0 })
}

func TestRedeliverAndReplay(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	r.Replay(map[string]any{"type": "event_callback", "event_id": "Ev1", "event": map[string]any{"type": "message", "text": "as recorded"}})
	first := l.next()
	if n := r.Redeliver(); n != 1 {
		t.Errorf("%d redelivered", n)
	}
	again := l.next()
	if again["retry_attempt"] != float64(1) || again["envelope_id"] == first["envelope_id"] ||
		dig(again, "payload", "event", "text") != "as recorded" {
		t.Errorf("got %v", again)
	}
	l.ack(first) // too late, and no fault
	l.ack(again)
	r.wait("the ack", func() bool { return r.Pending() == 0 })
	if got := r.Faults(); got != nil {
		t.Errorf("faults %q", got)
	}
}

func TestAskingSlackToFindNamesRings(t *testing.T) {
	r := newRoom(t)
	r.must("chat.postMessage", "channel", r.channel, "text", "@here", "link_names", "true")
	if got := r.Rings(); len(got) != 1 || got[0].Token != "@here" {
		t.Errorf("rings %v", got)
	}
}

func TestModalWithChoices(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.Events = []string{} })
	l := r.connect()
	options := `"options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}]`
	input := func(id, kind string) string {
		return `{"type":"input","block_id":"` + id + `","label":{"type":"plain_text","text":"L"},"element":{"type":"` + kind + `","action_id":"x",` + options + `}}`
	}
	view := strings.Replace(modal, `"blocks":[`, `"blocks":[`+input("s", "static_select")+","+input("c", "checkboxes")+",", 1)
	body := r.must("views.open", "trigger_id", r.trigger(l), "view", view)["view"]
	id := dig(body, "id").(string)
	if got := r.call("views.update", "view_id", id, "hash", "old", "view", view); got["error"] != "hash_conflict" {
		t.Errorf("got %v", got)
	}
	r.must("views.update", "view_id", id, "hash", dig(body, "hash").(string), "view", view)
	if err := r.Submit(r.person, id, map[string]string{"s": "b", "c": "a,b", "reason": "why"}); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	values := dig(e, "payload", "view", "state", "values")
	if got := dig(values, "s", "x", "selected_option", "value"); got != "b" {
		t.Errorf("select %v", got)
	}
	if got := dig(values, "c", "x", "selected_options").([]any); len(got) != 2 {
		t.Errorf("checkboxes %v", got)
	}
	l.ack(e, map[string]any{"response_action": "update", "view": map[string]any{
		"type": "modal", "title": map[string]any{"type": "plain_text", "text": "Thanks"}, "blocks": []any{},
	}})
	r.wait("the new view", func() bool {
		open := r.OpenViews(r.person)
		return len(open) == 1 && dig(open[0].Body, "title", "text") == "Thanks"
	})
}
