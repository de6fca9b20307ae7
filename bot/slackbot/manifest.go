package slackbot

import (
	"encoding/json"
	"fmt"
	"slices"

	"footnote/bot/config"
)

// Needs are the scopes of the bot's token, and the events that the app subscribes
// to, that some rules need: no more.
func Needs(rules config.Slack) (scopes, events []string) {
	scopes = []string{
		"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "reactions:write",
		"channels:history", "groups:history", "mpim:history", // threads in which it is asked
		"channels:read", "groups:read", "im:read", "mpim:read", // whether another organisation shares the channel
	}
	events = []string{"app_mention", "message.im", "app_home_opened", "agent_session_stopped", "channel_shared", "channel_unshared"}
	unaddressed, guests, groups := false, false, false
	for _, c := range rules.All() {
		unaddressed = unaddressed || c.FollowUps || c.AutoReply != config.AutoReplyOff
		guests = guests || !c.Guests
		groups = groups || len(c.Groups) > 0
	}
	if unaddressed {
		events = append(events, "message.channels", "message.groups", "message.mpim")
	}
	if guests {
		scopes = append(scopes, "users:read")
	}
	if groups {
		scopes = append(scopes, "usergroups:read")
	}
	slices.Sort(scopes)
	return scopes, events
}

// Manifest returns the manifest of the Slack app that some rules need, as JSON. Its
// form is that of https://docs.slack.dev/reference/app-manifest.
func Manifest(rules config.Slack) ([]byte, error) {
	scopes, events := Needs(rules)
	type object map[string]any
	m := object{
		"display_information": object{
			"name":             "Footnote",
			"description":      "Answers questions from your documents and cites every sentence",
			"background_color": "#1f3a5f",
		},
		"features": object{
			// Without the second key nobody can write to the bot.
			"app_home": object{"home_tab_enabled": false, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
			"bot_user": object{"display_name": "footnote", "always_online": true},
			"slash_commands": []object{{"command": "/ask", "description": "Ask the documents; only you see the answer",
				"usage_hint": "How long is parental leave?", "should_escape": true}},
			"agent_view": object{"agent_description": "Answers questions from your team's documents. It cites every sentence, and says so when something is not in the documents."},
		},
		"oauth_config": object{"scopes": object{"bot": scopes}},
		"settings": object{
			"event_subscriptions":    object{"bot_events": events},
			"interactivity":          object{"is_enabled": true},
			"org_deploy_enabled":     false,
			"socket_mode_enabled":    true,
			"token_rotation_enabled": false,
		},
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return append(b, '\n'), nil
}
