package workspace

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// person returns a user as interactions have it.
func (w *Workspace) person(id string) map[string]any {
	u := w.users[id]
	return map[string]any{"id": id, "username": u.Name, "name": u.Name, "team_id": u.Team}
}

func (w *Workspace) interaction(kind, user string) map[string]any {
	return map[string]any{
		"type": kind, "user": w.person(user), "api_app_id": AppID, "token": "fake-verification-token",
		"trigger_id": w.trigger(user), "team": map[string]any{"id": TeamID, "domain": domain},
		"enterprise": nil, "is_enterprise_install": false,
	}
}

// Slash runs a command such as /ask as user. It fails at once when no socket is open;
// an acknowledgement that does not come shows user an ephemeral error after 3 seconds.
func (w *Workspace) Slash(user, channel, command, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.place(user, channel)
	if err != nil {
		return err
	}
	if !w.granted("commands") {
		return fmt.Errorf("%s is not a valid command: the app lacks the scope commands", command)
	}
	name := c.Name
	if c.IM {
		name = "directmessage"
	}
	response := w.respond(&response{user: user, channel: channel})
	payload := map[string]any{
		"token": "fake-verification-token", "team_id": TeamID, "team_domain": domain, "channel_id": channel,
		"channel_name": name, "user_id": user, "user_name": w.users[user].Name, "command": command, "text": text,
		"api_app_id": AppID, "is_enterprise_install": "false", "trigger_id": w.trigger(user),
		"response_url": w.responseURL(response),
	}
	return w.ask(&delivery{
		kind: "slash_commands", event: command, payload: payload,
		answer: func(answer map[string]any) {
			if len(answer) > 0 {
				w.answerWith(response, answer)
			}
		},
		failed: func() { w.slackbot(user, channel, command+" failed because the app did not respond.") },
	})
}

// ask delivers what is not sent again, if a socket is open.
func (w *Workspace) ask(d *delivery) error {
	defer w.broadcast()
	if w.nextSocket() == nil {
		return errors.New("the app has no socket open, so Slack shows an error to the user")
	}
	w.deliver(d)
	return nil
}

// slackbot shows user an error of Slack's own.
func (w *Workspace) slackbot(user, channel, text string) {
	w.whisper(&Message{Type: "message", User: "USLACKBOT", Text: text, Channel: channel, TS: w.ts(), Only: user, Team: TeamID})
}

// Click uses the element with an action_id in a message, also an ephemeral one, as
// user. value picks among feedback buttons and options; without one the first is
// taken. It raises block_actions.
func (w *Workspace) Click(user, channel, ts, actionID string, value ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.visible(user, channel, ts)
	if m == nil {
		return fmt.Errorf("%s sees no message %s in %s", user, ts, channel)
	}
	action := w.action(m.Blocks, actionID, strings.Join(value, ""))
	if action == nil {
		return fmt.Errorf("message %s has no element %s with value %q", ts, actionID, value)
	}
	container := map[string]any{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": m.Only != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload := w.interaction("block_actions", user)
	payload["container"], payload["actions"] = container, []any{action}
	payload["state"] = map[string]any{"values": map[string]any{}}
	payload["response_url"] = w.responseURL(w.respond(&response{user: user, channel: channel, thread: m.ThreadTS, about: m}))
	name := w.channels[channel].Name
	if w.channels[channel].IM {
		name = "directmessage"
	}
	payload["channel"] = map[string]any{"id": channel, "name": name}
	if m.Only == "" {
		payload["message"] = plain(m)
	}
	return w.ask(&delivery{kind: "interactive", event: "block_actions", payload: payload})
}

// visible returns the message if user sees it.
func (w *Workspace) visible(user, channel, ts string) *Message {
	for _, m := range w.ephemeral {
		if m.Channel == channel && m.TS == ts && m.Only == user {
			return m
		}
	}
	if c := w.channels[channel]; c == nil || !c.has(user) {
		return nil
	}
	return w.find(channel, ts)
}

// action returns what a click on an element says, or nil if there is none.
func (w *Workspace) action(blocks []Block, actionID, value string) map[string]any {
	for _, b := range blocks {
		elements, _ := b["elements"].([]any)
		if accessory := b["accessory"]; accessory != nil {
			elements = []any{accessory}
		}
		for _, e := range elements {
			element, _ := e.(map[string]any)
			if element["action_id"] != actionID {
				continue
			}
			action := chosen(element, value)
			if action == nil {
				continue
			}
			action["action_id"], action["block_id"], action["action_ts"] = actionID, b["block_id"], w.ts()
			return action
		}
	}
	return nil
}

// chosen returns the choice of value in an element as an action, or nil.
func chosen(element map[string]any, value string) map[string]any {
	action := map[string]any{"type": element["type"]}
	switch element["type"] {
	case "feedback_buttons":
		for _, name := range []string{"positive_button", "negative_button"} {
			button, _ := element[name].(map[string]any)
			if value == "" || button["value"] == value {
				action["text"], action["value"] = button["text"], button["value"]
				return action
			}
		}
		return nil
	case "static_select", "overflow", "radio_buttons":
		option := pick(element, value)
		if option == nil {
			return nil
		}
		action["selected_option"] = option
		return action
	}
	if value != "" && element["value"] != value {
		return nil
	}
	for _, name := range []string{"text", "value", "style", "url"} {
		if element[name] != nil {
			action[name] = element[name]
		}
	}
	return action
}

// pick returns the option with that value, or the first for "".
func pick(element map[string]any, value string) any {
	options, _ := element["options"].([]any)
	i := slices.IndexFunc(options, func(o any) bool {
		option, _ := o.(map[string]any)
		return value == "" || option["value"] == value
	})
	if i < 0 {
		return nil
	}
	return options[i]
}
