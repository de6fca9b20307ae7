package slackbot

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// What Slack tells is decoded here, leniently and by this package's own few
// fields: an event with an unknown type, or a block that no library knows yet, is
// still acknowledged and understood as far as it matters.

// A heard is what an event asks of the bot: asked, deleted, stopped, opened,
// reshared, clicked, explained or ignored.
type heard any

type (
	// asked is a question.
	asked struct {
		Team, Channel, User string
		UserTeam            string // of the user: another one in a shared channel
		TS                  string // of the message; empty for a slash command
		Thread              string // ts of the thread's first message, which may be the question's own
		Text                string
		Via                 via
		Shared              bool // Slack says that the channel is shared with another organisation
		Files               bool
		ToOther             bool   // it begins with somebody else's name
		ResponseURL         string // of a slash command
		Trigger             string
	}
	// deleted tells that a message is gone.
	deleted struct{ Team, Channel, TS string }
	// stopped tells that somebody pressed the stop button.
	stopped struct{ Channel, Thread string }
	// opened tells that somebody looks at the assistant's panel or tab.
	opened struct{ Channel, Thread, User string }
	// reshared tells that it may have changed who reads a channel.
	reshared struct{ Channel string }
	// clicked is a button.
	clicked struct {
		Team, Channel, User, UserTeam string
		Message, Thread               string
		Text                          string // of the message
		Ephemeral                     bool
		Action, Value                 string
		Trigger, ResponseURL          string
	}
	// explained is a reason for Not helpful, from the form.
	explained struct{ Team, User, AnswerID, Reason string }
	// ignored is everything else, and why.
	ignored struct{ Why string }
)

// A via is a way to ask.
type via string

const (
	mention   via = "mention"
	direct    via = "direct"    // a direct message, or the assistant's panel
	command   via = "command"   // /ask
	overheard via = "overheard" // a message in a channel that does not mention the bot
)

// reply tells whether the question stands in a thread that began before it.
func (a asked) reply() bool { return a.Thread != a.TS }

// addressed tells whether somebody waits for an outcome.
func (a asked) addressed() bool { return a.Via != overheard }

// key is the same for all events that tell of a question: a mention comes as a
// message and as an app_mention, with two event IDs and one ts.
func (a asked) key() string {
	if a.TS == "" {
		return a.Team + "/" + a.Channel + "/" + a.Trigger
	}
	return messageKey(a.Team, a.Channel, a.TS)
}

func messageKey(team, channel, ts string) string { return team + "/" + channel + "/" + ts }

// A self is who the bot is, by auth.test.
type self struct{ Team, User, Bot string }

// The kinds of envelopes.
const (
	eventsAPI    = "events_api"
	interactive  = "interactive"
	slashCommand = "slash_commands"
)

// decode returns what the payload of an envelope asks of the bot. It has no
// opinion on whether that is allowed.
func decode(kind string, payload json.RawMessage, me self) heard {
	var h heard
	var err error
	switch kind {
	case eventsAPI:
		h, err = decodeEvent(payload, me)
	case interactive:
		h, err = decodeInteraction(payload)
	case slashCommand:
		h, err = decodeCommand(payload)
	default:
		return ignored{"an envelope of type " + kind}
	}
	if err != nil {
		return ignored{fmt.Sprintf("cannot be read: %v", err)}
	}
	return h
}

// outerEvent is an event of the Events API.
type outerEvent struct {
	TeamID             string          `json:"team_id"`
	IsExtSharedChannel bool            `json:"is_ext_shared_channel"`
	Event              json.RawMessage `json:"event"`
}

// innerEvent has the fields of all events that matter.
type innerEvent struct {
	Type, Subtype, User, Text, Tab string
	BotID                          string `json:"bot_id"`
	Team                           string
	UserTeam                       string `json:"user_team"`
	TS                             string
	ThreadTS                       string          `json:"thread_ts"`
	DeletedTS                      string          `json:"deleted_ts"`
	ChannelType                    string          `json:"channel_type"`
	Channel                        json.RawMessage // an ID, or an object in some events
	Edited                         json.RawMessage
	Files                          []json.RawMessage
	AssistantThread                struct {
		UserID    string `json:"user_id"`
		ChannelID string `json:"channel_id"`
		ThreadTS  string `json:"thread_ts"`
	} `json:"assistant_thread"`
}

func (e innerEvent) channel() string {
	var id string
	if json.Unmarshal(e.Channel, &id) == nil {
		return id
	}
	var object struct{ ID string }
	if json.Unmarshal(e.Channel, &object) == nil {
		return object.ID
	}
	return ""
}

func decodeEvent(payload json.RawMessage, me self) (heard, error) {
	var outer outerEvent
	if err := json.Unmarshal(payload, &outer); err != nil {
		return nil, err
	}
	var e innerEvent
	if err := json.Unmarshal(outer.Event, &e); err != nil {
		return nil, err
	}
	switch e.Type {
	case "message", "app_mention":
		return decodeMessage(outer, e, me), nil
	case "agent_session_stopped", "message_stream_stopped":
		return stopped{e.channel(), e.ThreadTS}, nil
	case "assistant_thread_started":
		t := e.AssistantThread
		return opened{t.ChannelID, t.ThreadTS, t.UserID}, nil
	case "app_home_opened":
		if e.Tab != "messages" {
			return ignored{"the home tab"}, nil
		}
		return opened{Channel: e.channel(), User: e.User}, nil
	case "channel_shared", "channel_unshared":
		return reshared{e.channel()}, nil
	}
	return ignored{"an event of type " + e.Type}, nil
}

func decodeMessage(outer outerEvent, e innerEvent, me self) heard {
	a := asked{Team: outer.TeamID, Channel: e.channel(), User: e.User, UserTeam: cmp.Or(e.UserTeam, e.Team, outer.TeamID), TS: e.TS,
		Thread: cmp.Or(e.ThreadTS, e.TS), Shared: outer.IsExtSharedChannel, Files: len(e.Files) > 0}
	switch {
	case e.Subtype == "message_deleted":
		return deleted{outer.TeamID, a.Channel, e.DeletedTS}
	case e.Subtype == "message_changed" || len(e.Edited) > 0 && string(e.Edited) != "null":
		return ignored{"an edit"}
	case e.Subtype != "" && e.Subtype != "file_share" && e.Subtype != "thread_broadcast":
		return ignored{"a message of subtype " + e.Subtype}
	case e.User == me.User || e.BotID != "" && e.BotID == me.Bot:
		return ignored{"its own message"}
	case e.BotID != "":
		return ignored{"another bot's message"}
	case e.User == "USLACKBOT" || e.User == "USLACK":
		return ignored{"Slack's own message"}
	case e.User == "" || e.TS == "" || a.Channel == "":
		return ignored{"a message without user, channel or ts"}
	}
	text, mentioned := typed(e.Text, me.User)
	a.Text = text
	a.ToOther = !mentioned && strings.HasPrefix(strings.TrimSpace(e.Text), "<@")
	switch {
	case e.ChannelType == "im" || strings.HasPrefix(a.Channel, "D"):
		a.Via = direct
	case mentioned || e.Type == "app_mention":
		a.Via = mention
	default:
		a.Via = overheard
	}
	return a
}

func decodeInteraction(payload json.RawMessage) (heard, error) {
	type id struct {
		ID     string
		TeamID string `json:"team_id"`
	}
	var in struct {
		Type        string
		Team        id
		User        id
		Channel     id
		Message     struct{ Text string }
		TriggerID   string `json:"trigger_id"`
		ResponseURL string `json:"response_url"`
		Container   struct {
			MessageTS   string `json:"message_ts"`
			ThreadTS    string `json:"thread_ts"`
			ChannelID   string `json:"channel_id"`
			IsEphemeral bool   `json:"is_ephemeral"`
		}
		Actions []struct {
			ActionID string `json:"action_id"`
			Value    string
		}
		View struct {
			CallbackID      string `json:"callback_id"`
			PrivateMetadata string `json:"private_metadata"`
			State           struct {
				Values map[string]map[string]struct{ Value string }
			}
		}
	}
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, err
	}
	switch {
	case in.Type == "block_actions" && len(in.Actions) > 0:
		a := in.Actions[0]
		return clicked{Team: in.Team.ID, Channel: cmp.Or(in.Channel.ID, in.Container.ChannelID), User: in.User.ID,
			UserTeam: cmp.Or(in.User.TeamID, in.Team.ID), Message: in.Container.MessageTS, Thread: in.Container.ThreadTS, Text: in.Message.Text,
			Ephemeral: in.Container.IsEphemeral, Action: a.ActionID, Value: a.Value, Trigger: in.TriggerID, ResponseURL: in.ResponseURL}, nil
	case in.Type == "view_submission" && in.View.CallbackID == reasonCallback:
		e := explained{Team: in.Team.ID, User: in.User.ID, AnswerID: in.View.PrivateMetadata}
		for _, block := range in.View.State.Values {
			for _, input := range block {
				e.Reason = cmp.Or(e.Reason, strings.TrimSpace(input.Value))
			}
		}
		return e, nil
	}
	return ignored{"an interaction of type " + in.Type}, nil
}

func decodeCommand(payload json.RawMessage) (heard, error) {
	var c struct {
		TeamID      string `json:"team_id"`
		ChannelID   string `json:"channel_id"`
		UserID      string `json:"user_id"`
		Text        string
		TriggerID   string `json:"trigger_id"`
		ResponseURL string `json:"response_url"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, err
	}
	if c.ChannelID == "" || c.UserID == "" {
		return ignored{"a command without channel or user"}, nil
	}
	text, _ := typed(c.Text, "")
	return asked{Team: c.TeamID, Channel: c.ChannelID, User: c.UserID, UserTeam: c.TeamID, Text: text, Via: command,
		ResponseURL: c.ResponseURL, Trigger: c.TriggerID}, nil
}
