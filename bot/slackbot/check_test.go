package slackbot

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"footnote/bot/config"
	"footnote/bot/slackbot/fakeslack/workspace"
)

// What is said where all is well.
const (
	botTokenFine = "ok: SLACK_BOT_TOKEN is that of footnote in Footnote test.\n"
	scopesFine   = "ok: All 13 scopes are granted.\n"
	socketFine   = "ok: SLACK_APP_TOKEN may open sockets.\nok: A socket is open: Slack said hello.\n"
	inOneChannel = "ok: The bot is in 1 channel.\n"
)

// What to do about tokens and scopes.
const (
	getBotToken = "    It begins with xoxb-: in the app's settings, OAuth & Permissions > Install to Workspace shows it as Bot User OAuth Token. Then: export SLACK_BOT_TOKEN=xoxb-...\n"
	getAppToken = "    It begins with xapp-: in the app's settings, Basic Information > App-Level Tokens > Generate Token and Scopes, with the scope connections:write. Then: export SLACK_APP_TOKEN=xapp-...\n"
	newBotToken = "    Install the app again and take the new token: in the app's settings, OAuth & Permissions > Install to Workspace shows it as Bot User OAuth Token.\n"
	newAppToken = "    Make another one: in the app's settings, Basic Information > App-Level Tokens > Generate Token and Scopes, with the scope connections:write.\n"
	grantScopes = "    In the app's settings, OAuth & Permissions > Bot Token Scopes, add them, then Reinstall to Workspace. Or paste what footnote slack manifest prints into App Manifest, then reinstall.\n"
	tryLater    = "    Try again later; status.slack.com tells of disruptions.\n"
	network     = "    Check the network and the proxy (HTTPS_PROXY).\n"
	invite      = "    In a channel where it is to answer, write: /invite @footnote. Direct messages and /ask work without.\n"
	letThemRead = "    If the other organisation may read the answers, list the channel in the settings with external: true.\n"
	inviteThere = "    In that channel, write: /invite @footnote. If the channel is archived or deleted, take it off the list.\n"
)

// A checkup is a workspace and what Check says of it, HOST being its address.
type checkup struct {
	name    string
	rules   config.Slack
	without string                                   // a scope
	change  func(w *workspace.Workspace, o *Options) // of channel C01, in which the bot is
	want    string
}

func checkups() []checkup {
	listed := func(id string, c config.Channel) config.Slack {
		return config.Slack{Listed: true, Channels: map[string]config.Channel{id: c}}
	}
	fails := func(method, name string, times int) func(*workspace.Workspace, *Options) {
		return func(w *workspace.Workspace, _ *Options) {
			w.FailNext(method, workspace.Fault{Error: name, Times: times})
		}
	}
	shared := func(w *workspace.Workspace, _ *Options) {
		w.SetChannel("C01", func(c *workspace.Channel) { c.ExtShared = true })
	}
	return []checkup{
		{name: "all is well", want: botTokenFine + scopesFine + socketFine + inOneChannel},
		{name: "no tokens", change: func(_ *workspace.Workspace, o *Options) { o.BotToken, o.AppToken = "", "" },
			want: "missing: SLACK_BOT_TOKEN is not set.\n" + getBotToken + "missing: SLACK_APP_TOKEN is not set.\n" + getAppToken},
		{name: "swapped", change: func(_ *workspace.Workspace, o *Options) { o.BotToken, o.AppToken = o.AppToken, o.BotToken },
			want: "missing: SLACK_BOT_TOKEN holds another kind of token.\n" + getBotToken + "missing: SLACK_APP_TOKEN holds another kind of token.\n" + getAppToken},
		{name: "bot token refused", change: func(_ *workspace.Workspace, o *Options) { o.BotToken += "x" },
			want: "missing: Slack refuses SLACK_BOT_TOKEN (invalid_auth).\n" + newBotToken + socketFine},
		{name: "bot token revoked", change: fails("auth.test", "token_revoked", 1),
			want: "missing: Slack refuses SLACK_BOT_TOKEN (token_revoked).\n" + newBotToken + socketFine},
		{name: "app token refused", change: func(_ *workspace.Workspace, o *Options) { o.AppToken += "x" },
			want: botTokenFine + scopesFine + "missing: Slack refuses SLACK_APP_TOKEN (invalid_auth).\n" + newAppToken + inOneChannel},
		{name: "app token without scope", change: fails("apps.connections.open", "missing_scope", 1),
			want: botTokenFine + scopesFine + "missing: SLACK_APP_TOKEN has no scope connections:write.\n" + newAppToken + inOneChannel},
		{name: "sockets refused", change: fails("apps.connections.open", "forbidden_team", 1),
			want: botTokenFine + scopesFine + "missing: Slack opens no socket (forbidden_team).\n    In the app's settings, Socket Mode must be on. If it is, try again later.\n" + inOneChannel},
		{name: "a scope missing", without: "reactions:write",
			want: botTokenFine + "missing: Scopes are missing: reactions:write.\n" + grantScopes + socketFine + inOneChannel},
		{name: "scopes of new settings missing", change: func(_ *workspace.Workspace, o *Options) {
			o.Rules = config.Slack{Listed: true, Default: &config.Channel{Groups: []string{"S01"}}}
		}, want: botTokenFine + "missing: Scopes are missing: usergroups:read, users:read.\n" + grantScopes + socketFine + inOneChannel},
		{name: "channels unknown", without: "groups:read",
			want: botTokenFine + "missing: Scopes are missing: groups:read.\n" + grantScopes + socketFine +
				"missing: Slack does not say in which channels the bot is (missing_scope).\n    Grant the scopes channels:read and groups:read, then reinstall.\n"},
		{name: "channels not told", change: fails("users.conversations", "internal_error", 1),
			want: botTokenFine + scopesFine + socketFine + "missing: Slack answers with an error (internal_error).\n" + tryLater},
		{name: "in no channel", change: func(w *workspace.Workspace, _ *Options) {
			w.SetChannel("C01", func(c *workspace.Channel) { c.Members = nil })
		},
			want: botTokenFine + scopesFine + socketFine + "missing: The bot is in no channel.\n" + invite},
		{name: "in an archived channel", change: func(w *workspace.Workspace, _ *Options) {
			w.SetChannel("C01", func(c *workspace.Channel) { c.Archived = true })
		},
			want: botTokenFine + scopesFine + socketFine + "missing: The bot is in no channel.\n" + invite},
		{name: "listed and joined", rules: listed("C01", config.Channel{Guests: true}), want: botTokenFine + scopesFine + socketFine + inOneChannel},
		{name: "listed, not joined", rules: listed("C02", config.Channel{Guests: true}),
			want: botTokenFine + scopesFine + socketFine + inOneChannel + "missing: The bot is not in channel C02, which is listed.\n" + inviteThere},
		{name: "listed, in no channel", rules: listed("C02", config.Channel{Guests: true}),
			change: func(w *workspace.Workspace, _ *Options) {
				w.SetChannel("C01", func(c *workspace.Channel) { c.Members = nil })
			},
			want: botTokenFine + scopesFine + socketFine + "missing: The bot is not in channel C02, which is listed.\n" + inviteThere},
		{name: "shared", rules: listed("C01", config.Channel{Guests: true}), change: shared,
			want: botTokenFine + scopesFine + socketFine + inOneChannel + "missing: Channel C01 (#help) is shared with another organisation: the bot refuses there.\n" +
				letThemRead},
		{name: "shared, not listed", change: shared,
			want: botTokenFine + scopesFine + socketFine + inOneChannel + "ok: Channel C01 (#help) is shared with another organisation: the bot refuses there.\n" + letThemRead},
		{name: "shared on purpose", rules: listed("C01", config.Channel{Guests: true, External: true}), change: shared,
			want: botTokenFine + scopesFine + socketFine + inOneChannel},
		{name: "Slack is ill", change: fails("auth.test", "internal_error", 1),
			want: "missing: Slack answers with an error (internal_error).\n" + tryLater + socketFine},
		{name: "Slack is gone", change: func(w *workspace.Workspace, _ *Options) { w.Close() },
			want: "missing: Slack cannot be reached (Post \"http://HOST/api/auth.test\": dial tcp HOST: connect: connection refused).\n" + network +
				"missing: Slack cannot be reached (Post \"http://HOST/api/apps.connections.open\": dial tcp HOST: connect: connection refused).\n" + network},
	}
}

func TestCheck(t *testing.T) {
	for _, c := range checkups() {
		t.Run(c.name, func(t *testing.T) {
			w, o := clinic(t, c.rules, c.without)
			if c.change != nil {
				c.change(w, &o)
			}
			if diff := cmp.Diff(c.want, findings(Check(t.Context(), o), o.URL)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(w.Calls("chat.postMessage")) + len(w.Calls("chat.postEphemeral")); n > 0 {
				t.Errorf("%d messages were posted", n)
			}
			for _, fault := range w.Faults() {
				t.Errorf("the app broke a rule: %s", fault)
			}
			if o.BotToken != "" && strings.Contains(c.want, o.BotToken) {
				t.Error("a token is shown")
			}
		})
	}
}

// clinic is a workspace whose app has the scopes that some rules need, less one.
func clinic(t *testing.T, rules config.Slack, without string) (*workspace.Workspace, Options) {
	t.Helper()
	scopes, events := Needs(rules)
	w, err := workspace.New(workspace.Options{Scopes: strings.Fields(strings.ReplaceAll(strings.Join(scopes, " "), without, "")), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.AddChannel(workspace.Channel{ID: "C01", Name: "help", Members: []string{workspace.BotUserID}})
	w.AddChannel(workspace.Channel{ID: "C02", Name: "leads", Private: true})
	return w, Options{BotToken: w.BotToken(), AppToken: w.AppToken(), URL: w.URL(), Rules: rules}
}

// findings are a line each, with a remedy below.
func findings(all []Finding, api string) string {
	var b strings.Builder
	for _, f := range all {
		mark := "missing"
		if f.OK {
			mark = "ok"
		}
		fmt.Fprintf(&b, "%s: %s\n", mark, f.What)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "    %s\n", f.Remedy)
		}
	}
	u, _ := url.Parse(api)
	return strings.ReplaceAll(b.String(), u.Host, "HOST")
}

// TestCheckSocket ends when it may wait no longer, and when Slack takes the token back
// between two calls.
func TestCheckSocket(t *testing.T) {
	w, o := clinic(t, config.Slack{}, "")
	c := slack.New(o.BotToken, slack.OptionAppLevelToken(o.AppToken), slack.OptionAPIURL(o.URL))
	const want = "No socket could be opened."
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if f := checkSocket(gone, c); f.OK || f.What != want || f.Remedy == "" {
		t.Errorf("cancelled: %+v", f)
	}
	w.FailNext("apps.connections.open", workspace.Fault{Error: "token_revoked"})
	if f := checkSocket(t.Context(), c); f.OK || f.What != want {
		t.Errorf("revoked: %+v", f)
	}
	if f := checkSocket(t.Context(), c); !f.OK {
		t.Errorf("now: %+v", f)
	}
	if err := w.Wait(t.Context(), func() bool { return w.Sockets() == 0 }); err != nil {
		t.Errorf("a socket is still open: %v", err)
	}
}

// TestCheckPages looks at all channels, however many there are.
func TestCheckPages(t *testing.T) {
	w, o := clinic(t, config.Slack{}, "")
	for range 450 {
		w.AddChannel(workspace.Channel{Members: []string{workspace.BotUserID}})
	}
	if got := findings(Check(t.Context(), o), o.URL); !strings.Contains(got, "ok: The bot is in 451 channels.") {
		t.Error(got)
	}
}
