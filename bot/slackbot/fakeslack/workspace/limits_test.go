package workspace

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestScopes(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.Scopes = []string{"chat:write", "channels:history"} })
	private := r.AddChannel(Channel{Name: "p", Private: true, Members: []string{BotUserID}})
	for _, test := range []struct{ method, arg, value, needed string }{
		{"conversations.history", "channel", r.channel, ""},
		{"conversations.history", "channel", private, "groups:history"},
		{"conversations.info", "channel", r.channel, "channels:read"},
		{"users.info", "user", r.person, "users:read"},
	} {
		got := r.call(test.method, test.arg, test.value)
		if needed, _ := got["needed"].(string); needed != test.needed {
			t.Errorf("%s: needed %q, want %q (%v)", test.method, needed, test.needed, got)
		}
		if test.needed != "" && (got["error"] != "missing_scope" || got["provided"] != "chat:write,channels:history") {
			t.Errorf("%s: %v", test.method, got)
		}
	}
	response, _ := r.request("auth.test", r.BotToken())
	if got := response.Header.Get("X-OAuth-Scopes"); got != "chat:write,channels:history" {
		t.Errorf("X-OAuth-Scopes %q", got)
	}
	for token, want := range map[string]string{"": "not_authed", "xoxb-other": "invalid_auth", r.AppToken(): "not_allowed_token_type"} {
		if _, got := r.request("auth.test", token); got["error"] != want {
			t.Errorf("token %q: %v, want %s", token, got["error"], want)
		}
	}
}

func TestUnknownArgumentsAreFaults(t *testing.T) {
	r := newRoom(t)
	r.must("chat.postMessage", "channel", r.channel, "text", "x", "unfurl_link", "false")
	if got := r.Faults(); !slices.Equal(got, []string{"chat.postMessage: unknown argument unfurl_link"}) {
		t.Errorf("faults %q", got)
	}
}

func TestBotPostLooksLikeARealOne(t *testing.T) {
	r := newRoom(t)
	m := r.must("chat.postMessage", "channel", r.channel, "text", "x")["message"]
	for name, want := range map[string]string{"user": BotUserID, "bot_id": BotID, "app_id": AppID, "team": TeamID, "type": "message"} {
		if dig(m, name) != want {
			t.Errorf("%s is %v, want %s", name, dig(m, name), want)
		}
	}
}

func TestRings(t *testing.T) {
	for _, test := range []struct {
		name, arg, value string
		want             []string
	}{
		{"text", "text", "hi <!here> and <@U0ADA>", []string{"text <!here>", "text <@U0ADA>"}},
		{"escaped", "text", "hi &lt;!here&gt;", nil},
		{"mrkdwn", "blocks", `[{"type":"section","text":{"type":"mrkdwn","text":"<!channel|x>"}}]`, []string{"section <!channel|x>"}},
		{"plain text", "blocks", `[{"type":"section","text":{"type":"plain_text","text":"<!channel>"}}]`, nil},
		{"markdown block", "blocks", `[{"type":"markdown","text":"<!subteam^S012>"}]`, []string{"markdown <!subteam^S012>"}},
		{"context", "blocks", `[{"type":"context","elements":[{"type":"mrkdwn","text":"<!everyone>"}]}]`, []string{"context <!everyone>"}},
		{"rich text", "blocks", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"here"}]}]}]`, []string{"rich_text <!here>"}},
		{"markdown_text", "markdown_text", "<@U0ADA>", []string{"text <@U0ADA>", "markdown <@U0ADA>"}},
		{"a bare name", "text", "@here", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRoom(t)
			r.must("chat.postMessage", "channel", r.channel, test.arg, test.value)
			var got []string
			for _, ring := range r.Rings() {
				got = append(got, ring.Where+" "+ring.Token)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRateLimits(t *testing.T) {
	r := newRoom(t, func(o *Options) { o.RateLimits = true })
	ts := r.say("", "question")
	for i := range 50 {
		r.call("reactions.add", "channel", r.channel, "timestamp", ts, "name", fmt.Sprint("e", i))
	}
	response, got := r.request("reactions.add", r.BotToken(), "channel", r.channel, "timestamp", ts, "name", "last")
	if response.StatusCode != 429 || response.Header.Get("Retry-After") != "60" || got["error"] != "ratelimited" {
		t.Errorf("status %d, Retry-After %q, %v", response.StatusCode, response.Header.Get("Retry-After"), got)
	}
	r.clock.Advance(time.Minute)
	r.must("reactions.add", "channel", r.channel, "timestamp", ts, "name", "last")
	for range 3 {
		r.must("chat.postMessage", "channel", r.channel, "text", "x")
	}
	if got := r.call("chat.postMessage", "channel", r.channel, "text", "x"); got["error"] != "ratelimited" {
		t.Errorf("a fourth post in one second: %v", got)
	}
}

func TestPlannedFaults(t *testing.T) {
	r := newRoom(t)
	r.FailNext("chat.postMessage", Fault{Status: 429, RetryAfter: 7 * time.Second, Error: "ratelimited"})
	r.FailNext("chat.postMessage", Fault{Error: "rate_limited", Times: 2})
	r.FailNext("chat.postMessage", Fault{Drop: true, Perform: true})
	post := []string{"channel", r.channel, "text", "x"}
	if response, _ := r.request("chat.postMessage", r.BotToken(), post...); response.StatusCode != 429 || response.Header.Get("Retry-After") != "7" {
		t.Errorf("status %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}
	for range 2 {
		if got := r.call("chat.postMessage", post...); got["error"] != "rate_limited" {
			t.Errorf("got %v", got)
		}
	}
	if len(r.Messages(r.channel)) != 0 {
		t.Error("a planned fault posted")
	}
	if _, err := httpPost(r, "chat.postMessage", post...); err == nil {
		t.Error("the answer was not lost")
	}
	if len(r.Messages(r.channel)) != 1 {
		t.Error("the call was not done")
	}
	r.must("chat.postMessage", post...)
	if n := len(r.Calls("chat.postMessage")); n != 5 {
		t.Errorf("%d calls are recorded, want 5", n)
	}
}

func TestJSONBodyAndHeaderToken(t *testing.T) {
	r := newRoom(t)
	body, err := json.Marshal(map[string]any{"channel": r.channel, "blocks": []any{map[string]any{"type": "divider"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := postJSON(r, "chat.postMessage", string(body)); got["ok"] != true {
		t.Errorf("got %v", got)
	}
	if got := postJSON(r, "users.info", `{"user":"`+r.person+`"}`); got["error"] != "invalid_arguments" {
		t.Errorf("a method without JSON took it: %v", got)
	}
}
