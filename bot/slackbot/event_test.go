package slackbot

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// A mention is told of twice, with two event IDs: it is one question.
func TestMentionTwice(t *testing.T) {
	var keys []string
	for _, r := range recorded(t) {
		if r.name == "raw_webhook_bodies 00" || r.name == "raw_webhook_bodies 01" {
			keys = append(keys, decode(r.kind, r.payload, r.me).(asked).key())
		}
	}
	if len(keys) != 2 || keys[0] != keys[1] {
		t.Errorf("message and app_mention of one message have the keys %q", keys)
	}
}

func TestDecode(t *testing.T) {
	me := self{Team: "T1", User: "UBOT", Bot: "BBOT"}
	event := func(inner string) string { return `{"team_id":"T1","event":` + inner + `}` }
	base := asked{Team: "T1", Channel: "C1", User: "U1", UserTeam: "T1", TS: "1.2", Thread: "1.2", Text: "How long?", Via: mention}
	with := func(change func(*asked)) asked {
		a := base
		change(&a)
		return a
	}
	for _, c := range []struct {
		name, kind, payload string
		want                heard
	}{
		{"mention", eventsAPI, event(`{"type":"app_mention","user":"U1","channel":"C1","ts":"1.2","text":"<@UBOT> How long?"}`), base},
		{"mention in a message", eventsAPI, event(`{"type":"message","channel_type":"channel","user":"U1","channel":"C1","ts":"1.2","text":"How <@UBOT|footnote> long?"}`),
			with(func(a *asked) { a.Text = "How  long?" })},
		{"reply", eventsAPI, event(`{"type":"message","user":"U1","channel":"C1","ts":"1.3","thread_ts":"1.2","text":"How long?"}`),
			with(func(a *asked) { a.TS, a.Via = "1.3", overheard })},
		{"to somebody else", eventsAPI, event(`{"type":"message","user":"U1","channel":"C1","ts":"1.2","text":"<@U2> How long?"}`),
			with(func(a *asked) { a.Text, a.Via, a.ToOther = "How long?", overheard, true })},
		{"direct", eventsAPI, event(`{"type":"message","channel_type":"im","user":"U1","channel":"D1","ts":"1.2","text":"How long?"}`),
			with(func(a *asked) { a.Channel, a.Via = "D1", direct })},
		{"with a file", eventsAPI, event(`{"type":"message","subtype":"file_share","channel_type":"im","user":"U1","channel":"D1","ts":"1.2","text":"","files":[{"id":"F1"}]}`),
			with(func(a *asked) { a.Channel, a.Via, a.Text, a.Files = "D1", direct, "", true })},
		{"from another organisation", eventsAPI, `{"team_id":"T1","is_ext_shared_channel":true,"event":{"type":"app_mention","user":"U1","user_team":"T2","channel":"C1","ts":"1.2","text":"<@UBOT> How long?"}}`,
			with(func(a *asked) { a.UserTeam, a.Shared = "T2", true })},
		{"deleted", eventsAPI, event(`{"type":"message","subtype":"message_deleted","channel":"C1","ts":"1.9","deleted_ts":"1.2"}`), deleted{"T1", "C1", "1.2"}},
		{"edited mention", eventsAPI, event(`{"type":"app_mention","user":"U1","channel":"C1","ts":"1.2","text":"<@UBOT> x","edited":{"user":"U1"}}`), ignored{"an edit"}},
		{"joined", eventsAPI, event(`{"type":"message","subtype":"channel_join","user":"U1","channel":"C1","ts":"1.2"}`), ignored{"a message of subtype channel_join"}},
		{"without a user", eventsAPI, event(`{"type":"app_mention","channel":"C1","ts":"1.2","text":"<@UBOT> x"}`), ignored{"a message without user, channel or ts"}},
		{"its own", eventsAPI, event(`{"type":"message","bot_id":"BBOT","user":"U9","channel":"C1","ts":"1.2","text":"<@UBOT> x"}`), ignored{"its own message"}},
		{"stopped", eventsAPI, event(`{"type":"agent_session_stopped","channel":"C1","thread_ts":"1.2","streaming_message_ts":["1.3"]}`), stopped{"C1", "1.2"}},
		{"panel", eventsAPI, event(`{"type":"assistant_thread_started","assistant_thread":{"user_id":"U1","channel_id":"D1","thread_ts":"1.1"}}`), opened{"D1", "1.1", "U1"}},
		{"shared", eventsAPI, event(`{"type":"channel_shared","channel":"C1","connected_team_id":"T2"}`), reshared{"C1"}},
		{"channel as an object", eventsAPI, event(`{"type":"channel_unshared","channel":{"id":"C1"}}`), reshared{"C1"}},
		{"unknown event", eventsAPI, event(`{"type":"message_stream_sprouted","blocks":[{"type":"hologram"}]}`), ignored{"an event of type message_stream_sprouted"}},
		{"unknown envelope", "carrier_pigeon", `{}`, ignored{"an envelope of type carrier_pigeon"}},
		{"command", slashCommand, `{"team_id":"T1","channel_id":"C1","user_id":"U1","text":"How long?","trigger_id":"7.7","response_url":"https://x/1"}`,
			asked{Team: "T1", Channel: "C1", User: "U1", UserTeam: "T1", Text: "How long?", Via: command, ResponseURL: "https://x/1", Trigger: "7.7"}},
		{"reason", interactive, `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"reason","private_metadata":"a1","state":{"values":{"reason":{"reason":{"value":" too long "}}}}}}`,
			explained{Team: "T1", User: "U1", AnswerID: "a1", Reason: "too long"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, decode(c.kind, json.RawMessage(c.payload), me)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if h, ok := decode(eventsAPI, json.RawMessage(`{"event":`), me).(ignored); !ok || !strings.HasPrefix(h.Why, "cannot be read") {
		t.Errorf("broken JSON: %v", h)
	}
}

func TestTyped(t *testing.T) {
	for _, c := range []struct {
		in, want string
		own      bool
	}{
		{"<@UBOT> How long?", "How long?", true},
		{"How <@UBOT|bot> long?", "How  long?", true},
		{"<@U2|ann> knows", "@ann knows", false},
		{"<@U2> knows", "knows", false},
		{"in <#C1|general> and <#C2>", "in #general and", false},
		{"see <https://a.example/x?a=1&amp;b=2>", "see https://a.example/x?a=1&b=2", false},
		{"see <https://a.example|the page>", "see the page", false},
		{"mail <mailto:a@b.example|a@b.example>", "mail a@b.example", false},
		{"<!here> and <!subteam^S1|@team>", "and @team", false},
		{"<!date^1^{date}|1 May>", "1 May", false},
		{"a &lt; b &amp;&amp; b &gt; c", "a < b && b > c", false},
		{"&amp;lt;", "&lt;", false},
		{"open < end", "open < end", false},
		{"a\u202eb\x1b[31m", "ab[31m", false},
	} {
		if got, own := typed(c.in, "UBOT"); got != c.want || own != c.own {
			t.Errorf("typed(%q) = %q, %v, want %q, %v", c.in, got, own, c.want, c.own)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(eventsAPI, []byte(`{"team_id":"T1","event":{"type":"app_mention","user":"U1","channel":"C1","ts":"1.2","text":"<@UBOT> x"}}`))
	f.Add(interactive, []byte(`{"type":"block_actions","actions":[{"action_id":"share","value":"a"}]}`))
	f.Add(slashCommand, []byte(`{"channel_id":"C1","user_id":"U1","text":"<!here>"}`))
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		h := decode(kind, payload, self{Team: "T1", User: "UBOT", Bot: "BBOT"})
		if h == nil {
			t.Fatal("nothing was heard")
		}
		a, ok := h.(asked)
		if !ok {
			return
		}
		if a.User == "" || a.Channel == "" || a.User == "UBOT" {
			t.Errorf("a question of nobody, or its own: %+v", a)
		}
		if !utf8.ValidString(a.Text) {
			t.Errorf("the text is not UTF-8: %q", a.Text)
		}
	})
}
