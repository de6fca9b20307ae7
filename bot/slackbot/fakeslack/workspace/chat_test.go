package workspace

import (
	"fmt"
	"strings"
	"testing"
)

// blocks returns n copies of a block as JSON.
func blocks(n int, block string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(block+",", n), ",") + "]"
}

func section(n int) string {
	return fmt.Sprintf(`{"type":"section","text":{"type":"mrkdwn","text":%q}}`, long(n))
}

func markdown(n int) string { return fmt.Sprintf(`{"type":"markdown","text":%q}`, long(n)) }

func button(id, value string) string {
	return fmt.Sprintf(`{"type":"button","action_id":%q,"value":%q,"text":{"type":"plain_text","text":"b"}}`, id, value)
}

func actions(elements ...string) string {
	return `{"type":"actions","elements":[` + strings.Join(elements, ",") + `]}`
}

func buttons(n int) []string {
	var all []string
	for i := range n {
		all = append(all, button(fmt.Sprint("a", i), "v"))
	}
	return all
}

func contextOf(n int) string {
	return `{"type":"context","elements":` + blocks(n, `{"type":"mrkdwn","text":"t"}`) + `}`
}

// TestLimits has each limit from both sides: what just passes and what just fails.
func TestLimits(t *testing.T) {
	header := func(n int) string {
		return fmt.Sprintf(`[{"type":"header","text":{"type":"plain_text","text":%q}}]`, long(n))
	}
	feedback := func(value string) string {
		b := fmt.Sprintf(`{"text":{"type":"plain_text","text":"Good"},"value":%q}`, value)
		return `[{"type":"context_actions","elements":[{"type":"feedback_buttons","action_id":"f","positive_button":` + b + `,"negative_button":` + b + `}]}]`
	}
	for _, test := range []struct {
		name, arg, value, want string
		at                     string // what response_metadata points to
	}{
		{"50 blocks", "blocks", blocks(50, section(1)), "", ""},
		{"51 blocks", "blocks", blocks(51, section(1)), "invalid_blocks", "/blocks"},
		{"section 3000", "blocks", blocks(1, section(3000)), "", ""},
		{"section 3001", "blocks", blocks(1, section(3001)), "invalid_blocks", "/blocks/0/text/text"},
		{"section empty", "blocks", blocks(1, section(0)), "invalid_blocks", "/blocks/0/text/text"},
		{"header 150", "blocks", header(150), "", ""},
		{"header 151", "blocks", header(151), "invalid_blocks", "/blocks/0/text/text"},
		{"context 10", "blocks", blocks(1, contextOf(10)), "", ""},
		{"context 11", "blocks", blocks(1, contextOf(11)), "invalid_blocks", "/blocks/0/elements"},
		{"actions 25", "blocks", blocks(1, actions(buttons(25)...)), "", ""},
		{"actions 26", "blocks", blocks(1, actions(buttons(26)...)), "invalid_blocks", "/blocks/0/elements"},
		{"value 2000", "blocks", blocks(1, actions(button("a", long(2000)))), "", ""},
		{"value 2001", "blocks", blocks(1, actions(button("a", long(2001)))), "invalid_blocks", "/blocks/0/elements/0/value"},
		{"action_id 255", "blocks", blocks(1, actions(button(long(255), "v"))), "", ""},
		{"action_id 256", "blocks", blocks(1, actions(button(long(256), "v"))), "invalid_blocks", "/blocks/0/elements/0/action_id"},
		{"action_id twice", "blocks", blocks(1, actions(button("a", "v"), button("a", "w"))), "invalid_blocks", "/blocks/0/elements/1/action_id"},
		{"block_id twice", "blocks", blocks(2, `{"type":"divider","block_id":"d"}`), "invalid_blocks", "/blocks/1/block_id"},
		{"feedback", "blocks", feedback("up"), "", ""},
		{"feedback without value", "blocks", feedback(""), "invalid_blocks", "/blocks/0/elements/0/positive_button/value"},
		{"markdown 12000", "blocks", blocks(1, markdown(12000)), "", ""},
		{"markdown 12001", "blocks", blocks(1, markdown(12001)), "invalid_blocks", "/blocks/0/text"},
		{"sum 13100", "blocks", blocks(2, markdown(6550)), "", ""},
		{"sum 13102", "blocks", blocks(2, markdown(6551)), "msg_blocks_too_long", ""},
		{"sum with sections", "blocks", blocks(5, section(2700)), "msg_blocks_too_long", ""},
		{"table 100", "blocks", blocks(1, `{"type":"table","rows":`+blocks(100, `[{"type":"raw_text","text":"c"}]`)+`}`), "", ""},
		{"table 101", "blocks", blocks(1, `{"type":"table","rows":`+blocks(101, `[{"type":"raw_text","text":"c"}]`)+`}`), "invalid_blocks", "/blocks/0/rows"},
		{"unknown block", "blocks", `[{"type":"sektion"}]`, "invalid_blocks", "/blocks/0/type"},
		{"no array", "blocks", `{"type":"divider"}`, "invalid_blocks_format", ""},
		{"no JSON", "blocks", `[`, "invalid_blocks_format", ""},
		{"runes, not bytes", "blocks", blocks(1, fmt.Sprintf(`{"type":"section","text":{"type":"mrkdwn","text":%q}}`, strings.Repeat("ä", 3000))), "", ""},
		{"markdown_text 12000", "markdown_text", long(12000), "", ""},
		{"markdown_text 12001", "markdown_text", long(12001), "msg_too_long", ""},
		{"no text", "text", "", "no_text", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRoom(t)
			got := r.call("chat.postMessage", "channel", r.channel, test.arg, test.value)
			if name, _ := got["error"].(string); name != test.want {
				t.Fatalf("got %v, want error %q", got, test.want)
			}
			if test.at != "" && !strings.Contains(string(asJSON(got["response_metadata"])), "[json-pointer:"+test.at+"]") {
				t.Errorf("got %v, want a pointer to %s", got["response_metadata"], test.at)
			}
		})
	}
}

// TestErrors has the errors a bot meets, by what leads to them.
func TestErrors(t *testing.T) {
	type args = []string
	for _, test := range []struct {
		name   string
		method string
		args   func(r *room) args
		want   string
	}{
		{"unknown method", "chat.postMassage", func(r *room) args { return nil }, "unknown_method"},
		{"missing argument", "chat.postMessage", func(r *room) args { return args{"text", "x"} }, "invalid_arguments"},
		{"no channel", "chat.postMessage", func(r *room) args { return args{"channel", "C0NONE", "text", "x"} }, "channel_not_found"},
		{"not in it", "chat.postMessage", func(r *room) args {
			return args{"channel", r.AddChannel(Channel{Name: "x"}), "text", "x"}
		}, "not_in_channel"},
		{"private and not in it", "chat.postMessage", func(r *room) args {
			return args{"channel", r.AddChannel(Channel{Name: "x", Private: true}), "text", "x"}
		}, "channel_not_found"},
		{"archived", "chat.postMessage", func(r *room) args {
			r.SetChannel(r.channel, func(c *Channel) { c.Archived = true })
			return args{"channel", r.channel, "text", "x"}
		}, "is_archived"},
		{"two texts", "chat.postMessage", func(r *room) args {
			return args{"channel", r.channel, "text", "x", "markdown_text", "y"}
		}, "markdown_text_conflict"},
		{"metadata without type", "chat.postMessage", func(r *room) args {
			return args{"channel", r.channel, "text", "x", "metadata", `{"event_payload":{"a":1}}`}
		}, "invalid_metadata_schema"},
		{"ephemeral to an outsider", "chat.postEphemeral", func(r *room) args {
			return args{"channel", r.channel, "user", r.AddUser(User{Name: "eve"}), "text", "x"}
		}, "user_not_in_channel"},
		{"update of another's", "chat.update", func(r *room) args {
			return args{"channel", r.channel, "ts", r.say("", "mine"), "text", "x"}
		}, "cant_update_message"},
		{"update of nothing", "chat.update", func(r *room) args { return args{"channel", r.channel, "ts", "1.000001", "text", "x"} }, "message_not_found"},
		{"long update", "chat.update", func(r *room) args { return args{"channel", r.channel, "ts", r.post(""), "text", long(4001)} }, "msg_too_long"},
		{"update that fits", "chat.update", func(r *room) args { return args{"channel", r.channel, "ts", r.post(""), "text", long(4000)} }, ""},
		{"update of a stream", "chat.update", func(r *room) args {
			return args{"channel", r.channel, "ts", r.stream(r.say("", "q")), "text", "x"}
		}, "streaming_state_conflict"},
		{"delete another's", "chat.delete", func(r *room) args { return args{"channel", r.channel, "ts", r.say("", "mine")} }, "cant_delete_message"},
		{"react twice", "reactions.add", func(r *room) args {
			ts := r.say("", "q")
			r.must("reactions.add", "channel", r.channel, "timestamp", ts, "name", "eyes")
			return args{"channel", r.channel, "timestamp", ts, "name", "eyes"}
		}, "already_reacted"},
		{"remove no reaction", "reactions.remove", func(r *room) args {
			return args{"channel", r.channel, "timestamp", r.say("", "q"), "name", "eyes"}
		}, "no_reaction"},
		{"replies of nothing", "conversations.replies", func(r *room) args { return args{"channel", r.channel, "ts", "1.000001"} }, "thread_not_found"},
		{"history from outside", "conversations.history", func(r *room) args {
			return args{"channel", r.AddChannel(Channel{Name: "x"})}
		}, "not_in_channel"},
		{"no user", "users.info", func(r *room) args { return args{"user", "U0NONE"} }, "user_not_found"},
		{"no group", "usergroups.users.list", func(r *room) args { return args{"usergroup", "S0NONE"} }, "no_such_subteam"},
		{"status of no thread", "assistant.threads.setStatus", func(r *room) args {
			return args{"channel_id", r.channel, "thread_ts", "1.000001", "status", "x"}
		}, "invalid_thread_ts"},
		{"loading message too long", "assistant.threads.setStatus", func(r *room) args {
			return args{"channel_id", r.channel, "thread_ts", r.say("", "q"), "status", "x", "loading_messages", `["` + long(51) + `"]`}
		}, "invalid_arguments"},
		{"five prompts", "assistant.threads.setSuggestedPrompts", func(r *room) args {
			return args{"channel_id", r.DM(r.person), "prompts", blocks(5, `{"title":"t","message":"m"}`)}
		}, "invalid_arguments"},
		{"session without thread", "agents.sessions.setStatus", func(r *room) args {
			return args{"channel_id", r.channel, "status", "active"}
		}, "thread_ts_required"},
		{"stream without thread", "chat.startStream", func(r *room) args {
			return args{"channel", r.channel, "recipient_team_id", TeamID, "recipient_user_id", r.person}
		}, "invalid_arguments"},
		{"stream without team", "chat.startStream", func(r *room) args { return args{"channel", r.channel, "thread_ts", r.say("", "q")} }, "missing_recipient_team_id"},
		{"stream without user", "chat.startStream", func(r *room) args {
			return args{"channel", r.channel, "thread_ts", r.say("", "q"), "recipient_team_id", TeamID}
		}, "missing_recipient_user_id"},
		{"stream long text", "chat.appendStream", func(r *room) args {
			return args{"channel", r.channel, "ts", r.stream(r.say("", "q")), "markdown_text", long(12001)}
		}, "msg_too_long"},
		{"append nothing", "chat.appendStream", func(r *room) args { return args{"channel", r.channel, "ts", r.stream(r.say("", "q"))} }, "no_text"},
		{"modal without trigger", "views.open", func(r *room) args { return args{"trigger_id", "x", "view", `{"type":"modal"}`} }, "invalid_arguments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRoom(t)
			got := r.call(test.method, test.args(r)...)
			if name, _ := got["error"].(string); name != test.want {
				t.Errorf("got %v, want error %q", got, test.want)
			}
		})
	}
}

// post posts as the app and returns the ts.
func (r *room) post(threadTS string) string {
	r.t.Helper()
	return r.must("chat.postMessage", "channel", r.channel, "thread_ts", threadTS, "text", "answer")["ts"].(string)
}

// stream starts a stream in a thread and returns its ts.
func (r *room) stream(threadTS string) string {
	r.t.Helper()
	return r.must("chat.startStream", "channel", r.channel, "thread_ts", threadTS,
		"recipient_team_id", TeamID, "recipient_user_id", r.person)["ts"].(string)
}

func TestTextIsCutAt40000(t *testing.T) {
	r := newRoom(t)
	got := r.must("chat.postMessage", "channel", r.channel, "text", long(40001))
	if got["warning"] != "message_truncated" {
		t.Errorf("warning %v", got["warning"])
	}
	if n := len(r.Messages(r.channel)[0].Text); n != 40000 {
		t.Errorf("%d characters are left", n)
	}
}

func TestReplyToADeletedQuestionLandsInTheChannel(t *testing.T) {
	r := newRoom(t)
	ts := r.say("", "question")
	if err := r.Delete(r.person, r.channel, ts); err != nil {
		t.Fatal(err)
	}
	got := r.must("chat.postMessage", "channel", r.channel, "thread_ts", ts, "text", "answer")
	if dig(got, "message", "thread_ts") != nil {
		t.Error("the answer claims a thread")
	}
	if m := r.Messages(r.channel); len(m) != 1 || m[0].ThreadTS != "" {
		t.Errorf("channel holds %v", m)
	}
}

func TestDeletedQuestionWithRepliesLeavesATombstone(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	ts := r.say("", "question")
	l.ack(l.next())
	r.post(ts)
	l.ack(l.next())
	if err := r.Delete(r.person, r.channel, ts); err != nil {
		t.Fatal(err)
	}
	e := l.next()
	l.ack(e)
	if got := dig(e, "payload", "event", "message", "subtype"); got != "tombstone" {
		t.Errorf("inner subtype %v", got)
	}
	if n := len(r.Thread(r.channel, ts)); n != 2 {
		t.Errorf("the thread has %d messages, want 2", n)
	}
}

func TestMetadataComesBackOnRequest(t *testing.T) {
	r := newRoom(t)
	ts := r.say("", "question")
	r.must("chat.postMessage", "channel", r.channel, "thread_ts", ts, "text", "a", "metadata", `{"event_type":"answer","event_payload":{"id":"7"}}`)
	for _, want := range []bool{false, true} {
		got := r.must("conversations.replies", "channel", r.channel, "ts", ts, "include_all_metadata", fmt.Sprint(want))
		messages := got["messages"].([]any)
		if has := dig(messages[1], "metadata") != nil; has != want {
			t.Errorf("include_all_metadata=%v: metadata there: %v", want, has)
		}
	}
}

func TestEphemeralIsSeenByOneAndNotInReplies(t *testing.T) {
	r := newRoom(t)
	other := r.AddUser(User{Name: "bob"})
	r.SetChannel(r.channel, func(c *Channel) { c.Members = append(c.Members, other) })
	ts := r.say("", "question")
	r.must("chat.postEphemeral", "channel", r.channel, "user", r.person, "thread_ts", ts, "text", "psst")
	if len(r.Ephemeral(r.person, r.channel)) != 1 || len(r.Ephemeral(other, r.channel)) != 0 {
		t.Error("the wrong people see it")
	}
	if got := r.must("conversations.replies", "channel", r.channel, "ts", ts)["messages"].([]any); len(got) != 1 {
		t.Errorf("replies show it: %v", got)
	}
}
