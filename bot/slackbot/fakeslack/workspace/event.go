package workspace

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// scopeOf returns the scope an event needs besides its subscription; "" means none.
func scopeOf(subscription string) string {
	kind, isMessage := strings.CutPrefix(subscription, "message.")
	switch {
	case isMessage:
		return kind + ":history"
	case subscription == "app_mention":
		return "app_mentions:read"
	case strings.HasPrefix(subscription, "assistant_thread"):
		return "assistant:write"
	case strings.HasPrefix(subscription, "reaction"):
		return "reactions:read"
	}
	return ""
}

// raise sends the app an event of channel c, if it is subscribed, has the scope and is
// in the channel. It fills in type and event_ts.
func (w *Workspace) raise(c *Channel, name string, event map[string]any) {
	subscription := name
	if name == "message" {
		subscription = "message." + c.kind()
	}
	if !slices.Contains(w.opts.Events, subscription) || !c.has(BotUserID) {
		return
	}
	if scope := scopeOf(subscription); scope != "" && !slices.Contains(w.opts.Scopes, scope) {
		return
	}
	event["type"] = name
	if event["event_ts"] == nil {
		event["event_ts"] = w.ts()
	}
	id := w.id("Ev")
	w.deliver(&delivery{kind: "events_api", eventID: id, event: name, payload: w.callback(c, id, event)})
}

// callback wraps an event as the Events API does.
func (w *Workspace) callback(c *Channel, id string, event map[string]any) map[string]any {
	name, _ := event["type"].(string)
	context := asJSON(map[string]any{"et": name, "tid": TeamID, "aid": AppID, "cid": c.ID})
	payload := map[string]any{
		"token": "fake-verification-token", "team_id": TeamID, "api_app_id": AppID, "event": event,
		"type": "event_callback", "event_id": id, "event_time": w.clock.Now().Unix(),
		"authorizations": []any{map[string]any{
			"enterprise_id": nil, "team_id": TeamID, "user_id": BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
		"is_ext_shared_channel": c.ExtShared,
		"event_context":         "4-" + base64.RawURLEncoding.EncodeToString(context),
	}
	if name != "app_mention" {
		payload["context_team_id"], payload["context_enterprise_id"] = TeamID, nil
	}
	return payload
}

// plain returns v as JSON decodes it.
func plain(v any) map[string]any {
	var m map[string]any
	if err := json.Unmarshal(asJSON(v), &m); err != nil {
		panic("what is no JSON object: " + err.Error())
	}
	return m
}

// inner returns m as the event of a message has it: without the counts of its thread.
func inner(m *Message) map[string]any {
	event := plain(m)
	for _, name := range []string{"reply_count", "reply_users", "latest_reply", "metadata", "reactions"} {
		delete(event, name)
	}
	if m.ThreadTS == m.TS {
		delete(event, "thread_ts")
	}
	return event
}

// raiseMessage raises message for a new message.
func (w *Workspace) raiseMessage(c *Channel, m *Message) {
	event := inner(m)
	event["channel"], event["channel_type"], event["event_ts"] = c.ID, c.typeName(), m.TS
	if c.IM && m.isReply() && m.BotID == "" {
		if root := w.find(c.ID, m.ThreadTS); root != nil && root.Subtype == "assistant_app_thread" {
			event["assistant_thread"] = map[string]any{"action_token": "fake-action-token"}
		}
	}
	w.raise(c, "message", event)
}

// raiseMention raises app_mention beside message: the same ts, another event_id, no
// channel_type. Slack sends none for direct messages.
func (w *Workspace) raiseMention(c *Channel, m *Message) {
	if c.IM || !strings.Contains(m.Text, "<@"+BotUserID+">") && !strings.Contains(m.Text, "<@"+BotUserID+"|") {
		return
	}
	event := inner(m)
	delete(event, "subtype")
	delete(event, "parent_user_id")
	event["channel"], event["event_ts"] = c.ID, m.TS
	if m.Edited != nil {
		event["event_ts"] = m.Edited.TS
	}
	w.raise(c, "app_mention", event)
}

// raiseChanged raises message_changed. before is how m was.
func (w *Workspace) raiseChanged(c *Channel, m *Message, before Message) {
	now := inner(m)
	if m.Subtype == "tombstone" {
		now["hidden"] = true
	} else {
		now["source_team"], now["user_team"] = m.Team, m.Team
	}
	ts := w.ts()
	w.raise(c, "message", map[string]any{
		"subtype": "message_changed", "message": now, "previous_message": inner(&before), "hidden": true,
		"channel": c.ID, "channel_type": c.typeName(), "ts": ts, "event_ts": ts,
	})
}

func (w *Workspace) raiseDeleted(c *Channel, before Message) {
	ts := w.ts()
	w.raise(c, "message", map[string]any{
		"subtype": "message_deleted", "previous_message": inner(&before), "hidden": true, "deleted_ts": before.TS,
		"channel": c.ID, "channel_type": c.typeName(), "ts": ts, "event_ts": ts,
	})
}
