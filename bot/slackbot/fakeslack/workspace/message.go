package workspace

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

// Block is one block of Block Kit, as JSON has it.
type Block = map[string]any

// Message is a message as Slack's API returns it, with what the API hides.
type Message struct {
	Type           string           `json:"type"`
	Subtype        string           `json:"subtype,omitempty"`
	User           string           `json:"user,omitempty"`
	BotID          string           `json:"bot_id,omitempty"`
	AppID          string           `json:"app_id,omitempty"`
	BotProfile     map[string]any   `json:"bot_profile,omitempty"`
	ClientMsgID    string           `json:"client_msg_id,omitempty"`
	Text           string           `json:"text"`
	Team           string           `json:"team,omitempty"`
	UserTeam       string           `json:"user_team,omitempty"`
	SourceTeam     string           `json:"source_team,omitempty"`
	TS             string           `json:"ts"`
	ThreadTS       string           `json:"thread_ts,omitempty"`
	ParentUserID   string           `json:"parent_user_id,omitempty"`
	ReplyCount     int              `json:"reply_count,omitempty"`
	ReplyUsers     []string         `json:"reply_users,omitempty"`
	LatestReply    string           `json:"latest_reply,omitempty"`
	Blocks         []Block          `json:"blocks,omitempty"`
	Attachments    []map[string]any `json:"attachments,omitempty"`
	Files          []map[string]any `json:"files,omitempty"`
	Upload         *bool            `json:"upload,omitempty"`
	Edited         *Edited          `json:"edited,omitempty"`
	Reactions      []Reaction       `json:"reactions,omitempty"`
	Metadata       *Metadata        `json:"metadata,omitempty"`
	StreamingState string           `json:"streaming_state,omitempty"` // in_progress, then completed

	Channel  string `json:"-"`
	Markdown string `json:"-"` // the markdown_text it was sent or streamed as
	Only     string `json:"-"` // the one user who sees it, for an ephemeral message
	Plain    bool   `json:"-"` // its blocks were made from Text, not sent
	NoUnfurl bool   `json:"-"` // sent with unfurl_links and unfurl_media false
}

// Edited says who last changed a message, and when.
type Edited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// Reaction is one emoji under a message.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// Metadata is what an app attaches to its message for machines to read.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// copied returns m without sharing what later calls change in place.
func (m *Message) copied() Message {
	c := *m
	c.Blocks = slices.Clone(m.Blocks)
	c.ReplyUsers = slices.Clone(m.ReplyUsers)
	c.Reactions = slices.Clone(m.Reactions)
	for i := range c.Reactions {
		c.Reactions[i].Users = slices.Clone(c.Reactions[i].Users)
	}
	return c
}

// Find returns the block with that type, or nil.
func (m Message) Find(blockType string) Block {
	for _, b := range m.Blocks {
		if b["type"] == blockType {
			return b
		}
	}
	return nil
}

// isReply reports whether m is inside a thread and not its root.
func (m *Message) isReply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// find returns the message with that ts, or nil.
func (w *Workspace) find(channel, ts string) *Message {
	h := w.history[channel]
	i := sort.Search(len(h), func(i int) bool { return h[i].TS >= ts })
	if i < len(h) && h[i].TS == ts {
		return h[i]
	}
	return nil
}

// put files m under its channel, and under its thread's root if it has one.
func (w *Workspace) put(m *Message) {
	w.history[m.Channel] = append(w.history[m.Channel], m)
	if !m.isReply() {
		return
	}
	root := w.find(m.Channel, m.ThreadTS)
	m.ParentUserID = root.User
	root.ThreadTS = root.TS
	w.count(root)
}

// count sets what a root says of its replies.
func (w *Workspace) count(root *Message) {
	root.ReplyCount, root.ReplyUsers, root.LatestReply = 0, nil, ""
	for _, m := range w.history[root.Channel] {
		if !m.isReply() || m.ThreadTS != root.TS {
			continue
		}
		root.ReplyCount++
		root.LatestReply = m.TS
		if !slices.Contains(root.ReplyUsers, m.User) {
			root.ReplyUsers = append(root.ReplyUsers, m.User)
		}
	}
	if root.ReplyCount == 0 {
		root.ThreadTS = ""
	}
}

// thread returns the root and the replies that carry threadTS; none if it has no root.
func (w *Workspace) thread(channel, threadTS string) []*Message {
	if w.find(channel, threadTS) == nil {
		return nil
	}
	var thread []*Message
	for _, m := range w.history[channel] {
		if m.TS == threadTS || m.ThreadTS == threadTS {
			thread = append(thread, m)
		}
	}
	return thread
}

// remove takes m away. A root with replies leaves a tombstone, as in Slack; remove
// reports whether it did.
func (w *Workspace) remove(m *Message) (tombstone bool) {
	delete(w.streams, key{m.Channel, m.TS})
	if m.ReplyCount > 0 {
		*m = Message{
			Type: "message", Subtype: "tombstone", User: "USLACKBOT", Text: "This message was deleted.", Channel: m.Channel,
			TS: m.TS, ThreadTS: m.ThreadTS, ReplyCount: m.ReplyCount, ReplyUsers: m.ReplyUsers, LatestReply: m.LatestReply,
		}
		return true
	}
	w.deleted[key{m.Channel, m.TS}] = true
	w.history[m.Channel] = slices.DeleteFunc(w.history[m.Channel], func(o *Message) bool { return o == m })
	if m.isReply() {
		if root := w.find(m.Channel, m.ThreadTS); root != nil {
			w.count(root)
		}
	}
	return false
}

// botMessage returns an empty message from the app.
func (w *Workspace) botMessage(channel string) *Message {
	return &Message{
		Type: "message", User: BotUserID, BotID: BotID, AppID: AppID, Team: TeamID, Channel: channel, TS: w.ts(),
		BotProfile: map[string]any{
			"id": BotID, "deleted": false, "name": w.opts.BotName, "updated": 1766422444,
			"app_id": AppID, "user_id": BotUserID, "team_id": TeamID,
			"icons": map[string]any{"image_36": "", "image_48": "", "image_72": ""},
		},
	}
}

// richText returns the rich_text block Slack makes of a text with tokens in it; none
// for no text, as when a file is shared without a word.
func (w *Workspace) richText(text string) []Block {
	if text == "" {
		return nil
	}
	var elements []any
	say := func(s string) {
		if s != "" {
			elements = append(elements, Block{"type": "text", "text": unescape(s)})
		}
	}
	for text != "" {
		before, token, after, ok := cutToken(text)
		say(before)
		if !ok {
			break
		}
		elements = append(elements, tokenElement(token))
		text = after
	}
	section := Block{"type": "rich_text_section", "elements": elements}
	return []Block{{"type": "rich_text", "block_id": w.id("b"), "elements": []any{section}}}
}

// cutToken splits text around its first <token>. Without one, before is all of it.
func cutToken(text string) (before, token, after string, ok bool) {
	before, rest, ok := strings.Cut(text, "<")
	if !ok {
		return text, "", "", false
	}
	token, after, ok = strings.Cut(rest, ">")
	if !ok {
		return text, "", "", false
	}
	return before, token, after, true
}

func tokenElement(token string) Block {
	name, label, _ := strings.Cut(token, "|")
	switch {
	case strings.HasPrefix(name, "@"):
		return Block{"type": "user", "user_id": name[1:]}
	case strings.HasPrefix(name, "#"):
		return Block{"type": "channel", "channel_id": name[1:]}
	case strings.HasPrefix(name, "!subteam^"):
		return Block{"type": "usergroup", "usergroup_id": strings.TrimPrefix(name, "!subteam^")}
	case strings.HasPrefix(name, "!"):
		return Block{"type": "broadcast", "range": name[1:]}
	}
	link := Block{"type": "link", "url": unescape(name)}
	if label != "" {
		link["text"] = unescape(label)
	}
	return link
}

func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// Escape returns s as Slack carries what a person typed: with &, < and > escaped.
func Escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// withIDs returns copies of blocks in which each has a block_id and each interactive
// element an action_id, as Slack fills them in.
func (w *Workspace) withIDs(blocks []Block) []Block {
	filled := make([]Block, len(blocks))
	for i, b := range blocks {
		b = maps.Clone(b)
		if id, _ := b["block_id"].(string); id == "" {
			b["block_id"] = w.id("b")
		}
		filled[i] = b
	}
	return filled
}
