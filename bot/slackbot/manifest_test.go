package slackbot

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"footnote/bot/config"
)

// everyday are the scopes and events that the bot needs whatever the settings.
var (
	everydayScopes = []string{"app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
		"groups:history", "groups:read", "im:history", "im:read", "mpim:history", "mpim:read", "reactions:write"}
	everydayEvents = []string{"agent_session_stopped", "app_home_opened", "app_mention", "channel_shared", "channel_unshared", "message.im"}
	overhearing    = []string{"message.channels", "message.groups", "message.mpim"}
)

// A permit is what the app asks for under some rules, beyond the everyday.
type permit struct {
	name           string
	rules          config.Slack
	scopes, events []string
}

func permits() []permit {
	open := config.Channel{All: true, AutoReply: config.AutoReplyOff, Guests: true}
	with := func(change func(*config.Channel)) *config.Channel {
		c := open
		change(&c)
		return &c
	}
	auto := with(func(c *config.Channel) { c.AutoReply = config.AutoReplyQuestions })
	follow := with(func(c *config.Channel) { c.FollowUps = true })
	noGuests := with(func(c *config.Channel) { c.Guests = false })
	groups := with(func(c *config.Channel) { c.Groups = []string{"S01"} })
	return []permit{
		{name: "no channels listed"},
		{name: "an empty list", rules: config.Slack{Listed: true}},
		{name: "channels that need no more", rules: config.Slack{Listed: true, Channels: map[string]config.Channel{"C01": open},
			Direct: with(func(c *config.Channel) { c.Users = []string{"U01"} }), Default: with(func(c *config.Channel) { c.External, c.Ephemeral = true, true })}},
		{name: "auto-reply in one", rules: config.Slack{Listed: true, Channels: map[string]config.Channel{"C01": open, "C02": *auto}}, events: overhearing},
		{name: "auto-reply in the others", rules: config.Slack{Listed: true, Default: auto}, events: overhearing},
		{name: "follow-ups", rules: config.Slack{Listed: true, Channels: map[string]config.Channel{"C01": *follow}}, events: overhearing},
		{name: "no guests", rules: config.Slack{Listed: true, Direct: noGuests}, scopes: []string{"users:read"}},
		{name: "groups", rules: config.Slack{Listed: true, Channels: map[string]config.Channel{"C01": *groups}}, scopes: []string{"usergroups:read"}},
		{name: "everything", rules: config.Slack{Listed: true, Channels: map[string]config.Channel{"C01": *auto, "C02": *follow, "C03": *noGuests}, Direct: groups},
			scopes: []string{"users:read", "usergroups:read"}, events: overhearing},
	}
}

func sorted(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return all
}

func TestNeeds(t *testing.T) {
	for _, p := range permits() {
		scopes, events := Needs(p.rules)
		if diff := cmp.Diff(sorted(everydayScopes, p.scopes), scopes); diff != "" {
			t.Errorf("%s: scopes (-want +got):\n%s", p.name, diff)
		}
		if diff := cmp.Diff(sorted(everydayEvents, p.events), sorted(events)); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", p.name, diff)
		}
	}
}

// TestManifest holds manifests against both versions of Slack's own schema, from
// https://github.com/slackapi/manifest-schema.
func TestManifest(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		schema := manifestSchema(t, version)
		for _, p := range permits() {
			m, err := Manifest(p.rules)
			if err != nil {
				t.Fatal(err)
			}
			if err := valid(schema, m); err != nil {
				t.Errorf("%s, schema %s: %v", p.name, version, err)
			}
		}
		m, err := Manifest(config.Slack{})
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range [][2]string{{`"messages_tab_enabled"`, `"messages_tab"`}, {"Answers questions from your documents and", strings.Repeat("long ", 50)}, {`"/ask"`, `7`}} {
			changed := bytes.Replace(m, []byte(wrong[0]), []byte(wrong[1]), 1)
			if valid(schema, changed) == nil {
				t.Errorf("schema %s takes %s for %s", version, wrong[1], wrong[0])
			}
		}
	}
}

func manifestSchema(t *testing.T, version string) *jsonschema.Schema {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "slack", "manifest.schema."+version+".json")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no schema of Slack's manifests here: %v", err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(compilePattern)
	schema, err := c.Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// compilePattern takes patterns with a lookahead, which Go has not, to match anything.
// The schemas use them for domains alone, and the manifest names none.
func compilePattern(s string) (jsonschema.Regexp, error) {
	if strings.Contains(s, "(?!") {
		s = ""
	}
	return regexp.Compile(s)
}

func valid(schema *jsonschema.Schema, manifest []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(manifest))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// methods are the Web API's methods that the bot calls, by their names in slack-go, and
// the scopes that each needs for all kinds of conversations, as
// https://docs.slack.dev/reference/methods gives them (August 2026).
func methods() map[string][]string {
	return map[string][]string{
		"AuthTest":                            nil, // auth.test
		"StartSocketMode":                     nil, // apps.connections.open: the other token's
		"OpenView":                            nil, // views.open
		"PostMessage":                         {"chat:write"},
		"PostMessageWithResponse":             {"chat:write"},
		"SendMessage":                         {"chat:write"}, // a response_url, which needs none
		"PostEphemeral":                       {"chat:write"},
		"UpdateMessage":                       {"chat:write"},
		"DeleteMessage":                       {"chat:write"},
		"StartStream":                         {"chat:write"},
		"AppendStream":                        {"chat:write"},
		"StopStream":                          {"chat:write"},
		"SetAssistantThreadsStatus":           {"chat:write"},
		"SetAssistantThreadsSuggestedPrompts": {"assistant:write"},
		"AddReaction":                         {"reactions:write"},
		"RemoveReaction":                      {"reactions:write"},
		"GetConversationInfo":                 {"channels:read", "groups:read", "im:read", "mpim:read"},
		"GetConversationReplies":              {"channels:history", "groups:history", "im:history", "mpim:history"},
		"GetConversationsForUser":             {"channels:read", "groups:read"}, // users.conversations, of those kinds
		"GetUserInfo":                         {"users:read"},                   // only with guests: false
		"GetUserGroupMembers":                 {"usergroups:read"},              // usergroups.users.list, only with groups
	}
}

// eventScopes are the scopes that events need, from https://docs.slack.dev/reference/events.
func eventScopes() map[string]string {
	return map[string]string{"app_mention": "app_mentions:read", "message.im": "im:history", "message.channels": "channels:history",
		"message.groups": "groups:history", "message.mpim": "mpim:history", "channel_shared": "channels:read", "channel_unshared": "channels:read",
		"app_home_opened": "", "agent_session_stopped": ""}
}

// TestScopes holds that the app asks for the scopes of the methods that it calls and of
// the events that it hears, and for no others but that of its command.
func TestScopes(t *testing.T) {
	all := permits()
	scopes, events := Needs(all[len(all)-1].rules)
	need := map[string]bool{"commands": true}
	called := calls(t)
	for method, of := range methods() {
		if !called[method] {
			t.Errorf("%s is not called", method)
		}
		for _, s := range of {
			need[s] = true
		}
	}
	for method := range called {
		if _, ok := methods()[method]; !ok {
			t.Errorf("nobody knows the scopes of %s", method)
		}
	}
	for _, e := range events {
		s, ok := eventScopes()[e]
		if !ok {
			t.Errorf("nobody knows the scope of %s", e)
		}
		if s != "" {
			need[s] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(need)), scopes); diff != "" {
		t.Errorf("scopes (-needed +asked for):\n%s", diff)
	}
}

// calls returns the methods of slack-go, less "Context", that this package calls.
func calls(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if of, ok := call.Fun.(*ast.SelectorExpr); ok {
					if method, ok := strings.CutSuffix(of.Sel.Name, "Context"); ok && method != "Run" {
						called[method] = true
					}
				}
			}
			return true
		})
	}
	return called
}
