package workspace

import (
	"fmt"
	"slices"
	"strings"
)

// Say posts text as user and returns its ts. text is in the form Slack carries it:
// <@U…> for a mention, and Escape for what a person typed. threadTS may be empty.
// Options change the message before it is sent.
func (w *Workspace) Say(user, channel, threadTS, text string, options ...func(*Message)) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.place(user, channel)
	if err != nil {
		return "", err
	}
	m := &Message{
		Type: "message", User: user, Text: text, Team: w.users[user].Team, Channel: channel, TS: w.ts(),
		ClientMsgID: fmt.Sprintf("00000000-0000-4000-8000-%012d", w.serial+1), Blocks: w.richText(text), Plain: true,
	}
	if c.ExtShared {
		m.UserTeam, m.SourceTeam = m.Team, m.Team
	}
	for _, option := range options {
		option(m)
	}
	if m.User == "USLACK" {
		m.ClientMsgID, m.Blocks = "", nil
	}
	if threadTS != "" {
		if w.find(channel, threadTS) == nil {
			return "", fmt.Errorf("there is no thread %s in %s", threadTS, channel)
		}
		m.ThreadTS = threadTS
	}
	w.put(m)
	w.raiseMessage(c, m)
	w.raiseMention(c, m)
	w.broadcast()
	return m.TS, nil
}

// AsBot makes a message one of another app's bot.
func AsBot(botID string) func(*Message) {
	return func(m *Message) { m.BotID, m.AppID, m.ClientMsgID = botID, "A0OTHERAPP1", "" }
}

// WithSubtype gives a message a subtype, such as channel_topic or thread_broadcast.
func WithSubtype(subtype string) func(*Message) {
	return func(m *Message) { m.Subtype = subtype }
}

// AsSystem makes a message one of Slack's own, which has no subtype and no bot.
func AsSystem() func(*Message) { return func(m *Message) { m.User = "USLACK" } }

// Upload shares a file with a comment, which may be empty.
func (w *Workspace) Upload(user, channel, threadTS, text, name string) (string, error) {
	no := false
	return w.Say(user, channel, threadTS, text, func(m *Message) {
		m.Subtype, m.Upload = "file_share", &no
		m.Files = []map[string]any{{
			"id": w.id("F"), "name": name, "title": name, "mimetype": "application/octet-stream", "user": user,
			"user_team": TeamID, "size": 1, "mode": "hosted", "is_external": false, "is_public": true, "file_access": "visible",
		}}
	})
}

// Edit changes the text of user's own message.
func (w *Workspace) Edit(user, channel, ts, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil || m.User != user {
		return fmt.Errorf("%s has no message %s in %s", user, ts, channel)
	}
	before := m.copied()
	m.Text, m.Blocks = text, w.richText(text)
	m.Edited = &Edited{User: user, TS: w.ts()}
	c := w.channels[channel]
	w.raiseChanged(c, m, before)
	if mention := "<@" + BotUserID; !strings.Contains(before.Text, mention) {
		w.raiseMention(c, m)
	}
	w.broadcast()
	return nil
}

// Delete removes a message. One with replies becomes a tombstone and raises
// message_changed, any other is gone and raises message_deleted.
func (w *Workspace) Delete(user, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil || m.User != user {
		return fmt.Errorf("%s has no message %s in %s", user, ts, channel)
	}
	w.deleteMessage(m)
	w.broadcast()
	return nil
}

func (w *Workspace) deleteMessage(m *Message) {
	c, before := w.channels[m.Channel], m.copied()
	if w.remove(m) {
		w.raiseChanged(c, m, before)
		return
	}
	w.raiseDeleted(c, before)
}

// React adds user's reaction to a message, and raises reaction_added.
func (w *Workspace) React(user, channel, ts, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return fmt.Errorf("there is no message %s in %s", ts, channel)
	}
	if m.react(user, name) {
		w.raise(w.channels[channel], "reaction_added", map[string]any{
			"user": user, "reaction": name, "item_user": m.User,
			"item": map[string]any{"type": "message", "channel": channel, "ts": ts},
		})
	}
	w.broadcast()
	return nil
}

// react reports whether user had not reacted so before.
func (m *Message) react(user, name string) bool {
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	if i < 0 {
		m.Reactions = append(m.Reactions, Reaction{Name: name, Users: []string{user}, Count: 1})
		return true
	}
	r := &m.Reactions[i]
	if slices.Contains(r.Users, user) {
		return false
	}
	r.Users = append(r.Users, user)
	r.Count++
	return true
}

// OpenPanel opens the assistant panel of user over a channel, which may be empty, and
// raises assistant_thread_started. It returns the DM and the root of the new thread.
func (w *Workspace) OpenPanel(user, over string) (channel, threadTS string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.dm(user)
	root := w.botMessage(c.ID)
	root.Text, root.Subtype = "New Assistant Thread", "assistant_app_thread"
	w.put(root)
	w.raise(c, "assistant_thread_started", map[string]any{"assistant_thread": w.panel(user, over, c.ID, root.TS)})
	w.broadcast()
	return c.ID, root.TS
}

// MovePanel tells the app that user now looks at another channel.
func (w *Workspace) MovePanel(user, over, threadTS string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.dm(user)
	w.raise(c, "assistant_thread_context_changed", map[string]any{"assistant_thread": w.panel(user, over, c.ID, threadTS)})
	w.broadcast()
}

func (w *Workspace) panel(user, over, channel, threadTS string) map[string]any {
	context := map[string]any{}
	if over != "" {
		context = map[string]any{"channel_id": over, "team_id": TeamID, "enterprise_id": nil}
	}
	return map[string]any{"user_id": user, "context": context, "channel_id": channel, "thread_ts": threadTS}
}

// OpenHome opens the messages tab of the app and raises app_home_opened.
func (w *Workspace) OpenHome(user string) (channel string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.dm(user)
	w.raise(c, "app_home_opened", map[string]any{"user": user, "channel": c.ID, "tab": "messages"})
	w.broadcast()
	return c.ID
}

// Stop presses the stop button. ts is a streaming message, or the root of a thread
// in which all streams end. agent_session_stopped lists the streams that ended.
func (w *Workspace) Stop(user, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return fmt.Errorf("there is no message %s in %s", ts, channel)
	}
	root := ts
	if m.isReply() {
		root = m.ThreadTS
	}
	stopped := []string{}
	for _, m := range w.thread(channel, root) {
		if s := w.streams[key{channel, m.TS}]; s != nil && s.live(w) && (ts == root || ts == m.TS) {
			s.stopped = true
			m.StreamingState = "completed"
			stopped = append(stopped, m.TS)
		}
	}
	w.raise(w.channels[channel], "agent_session_stopped", map[string]any{
		"channel": channel, "thread_ts": root, "user": user, "streaming_message_ts": stopped,
	})
	w.broadcast()
	return nil
}
