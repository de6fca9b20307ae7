package workspace

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Slack's limits on a message, in characters.
const (
	maxText       = 40000 // cut there by chat.postMessage
	maxUpdateText = 4000  // refused by chat.update
	maxMarkdown   = 12000
	maxBlocksSum  = 13100 // of the text in all blocks, see tooLong
	maxMetadata   = 16000
)

// content is what a call wants a message to say.
type content struct {
	text, markdown string
	blocks         []Block
	hasBlocks      bool
	attachments    []map[string]any
	metadata       *Metadata
	clearMetadata  bool
	truncated      bool
}

// content reads and checks what a message is to say.
func (w *Workspace) content(c *call) (content, error) {
	n := content{text: c.str("text"), markdown: c.str("markdown_text")}
	var err error
	if n.hasBlocks, err = c.json("blocks", &n.blocks); err != nil {
		return n, fail("invalid_blocks_format")
	}
	if _, err = c.json("attachments", &n.attachments); err != nil {
		return n, fail("invalid_attachments")
	}
	if n.metadata, n.clearMetadata, err = c.metadata(); err != nil {
		return n, err
	}
	switch {
	case n.markdown != "" && (n.text != "" || n.hasBlocks):
		return n, fail("markdown_text_conflict")
	case utf8.RuneCountInString(n.markdown) > maxMarkdown:
		return n, fail("msg_too_long")
	case n.text == "" && n.markdown == "" && len(n.blocks) == 0 && len(n.attachments) == 0:
		return n, fail("no_text")
	}
	if utf8.RuneCountInString(n.text) > maxText {
		n.text, n.truncated = string([]rune(n.text)[:maxText]), true
	}
	return n, checkBlocks(n.blocks, "message")
}

// metadata reads the metadata argument; clear is set when it is an empty object.
func (c *call) metadata() (m *Metadata, clear bool, err error) {
	m = new(Metadata)
	there, err := c.json("metadata", m)
	switch {
	case err != nil:
		return nil, false, fail("invalid_metadata_format")
	case !there:
		return nil, false, nil
	case m.EventType == "" && m.EventPayload == nil:
		return nil, true, nil
	case m.EventType == "" || m.EventPayload == nil:
		return nil, false, fail("invalid_metadata_schema")
	case len(c.str("metadata")) > maxMetadata:
		return nil, false, fail("metadata_too_large")
	}
	return m, false, nil
}

// fill makes m say n. Text alone becomes a rich_text block, and markdown_text one
// markdown block (Slack makes rich_text of it; the text is the same).
func (w *Workspace) fill(m *Message, n content) {
	m.Text, m.Markdown, m.Attachments, m.Plain = n.text, n.markdown, n.attachments, false
	switch {
	case n.markdown != "":
		m.Text = n.markdown
		m.Blocks = w.withIDs([]Block{{"type": "markdown", "text": n.markdown}})
	case len(n.blocks) > 0:
		m.Blocks = w.withIDs(n.blocks)
	case n.text != "":
		m.Blocks, m.Plain = w.richText(n.text), true
	}
	if n.metadata != nil {
		m.Metadata = n.metadata
	}
	if n.clearMetadata {
		m.Metadata = nil
	}
}

// writable returns the channel the app may post to. A user's id stands for the DM.
func (w *Workspace) writable(id string) (*Channel, error) {
	if u := w.users[id]; u != nil {
		return w.dm(u.ID), nil
	}
	c := w.channels[id]
	switch {
	case c == nil, c.Private && !c.has(BotUserID), c.IM && !c.has(BotUserID):
		return nil, fail("channel_not_found")
	case c.Archived:
		return nil, fail("is_archived")
	case !c.has(BotUserID):
		return nil, fail("not_in_channel")
	}
	return c, nil
}

// threaded sets m's thread. A root that is not there is ignored, as in Slack: the
// message lands in the channel.
func (w *Workspace) threaded(c *call, m *Message) {
	ts := c.str("thread_ts")
	if ts == "" {
		return
	}
	root := w.find(m.Channel, ts)
	if root == nil {
		return
	}
	if root.isReply() {
		w.breach("%s: thread_ts is a reply's, not its root's", c.name)
		ts = root.ThreadTS
	}
	m.ThreadTS = ts
	if c.bool("reply_broadcast") {
		m.Subtype = "thread_broadcast"
	}
}

// publish puts a finished message of the app before everyone.
func (w *Workspace) publish(ch *Channel, m *Message) {
	w.put(m)
	delete(w.statuses, key{m.Channel, m.ThreadTS})
	w.noteRings(m)
	w.raiseMessage(ch, m)
	w.raiseMention(ch, m)
}

func postMessage(w *Workspace, c *call) (reply, error) {
	ch, err := w.writable(c.str("channel"))
	if err != nil {
		return nil, err
	}
	n, err := w.content(c)
	if err != nil {
		return nil, err
	}
	m := w.botMessage(ch.ID)
	w.fill(m, n)
	w.threaded(c, m)
	m.NoUnfurl = c.isFalse("unfurl_links") && c.isFalse("unfurl_media")
	w.publish(ch, m)
	w.noteNames(c, m)
	r := reply{"channel": ch.ID, "ts": m.TS, "message": seen(m, false)}
	if n.truncated {
		r["warning"] = "message_truncated"
		r["response_metadata"] = map[string]any{"warnings": []string{"message_truncated"}}
	}
	return r, nil
}

func postEphemeral(w *Workspace, c *call) (reply, error) {
	ch, err := w.writable(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if !ch.has(c.str("user")) {
		return nil, fail("user_not_in_channel")
	}
	n, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if n.truncated {
		return nil, fail("msg_too_long")
	}
	m := w.botMessage(ch.ID)
	w.fill(m, n)
	m.Only, m.ThreadTS = c.str("user"), c.str("thread_ts")
	w.whisper(m)
	return reply{"message_ts": m.TS}, nil
}

// whisper shows m to m.Only alone.
func (w *Workspace) whisper(m *Message) {
	w.ephemeral = append(w.ephemeral, m)
	w.noteRings(m)
}

// own returns the app's message, or the error if there is none of its own.
func (w *Workspace) own(c *call, notOwn string) (*Channel, *Message, error) {
	ch := w.channels[c.str("channel")]
	if ch == nil || !ch.has(BotUserID) {
		return nil, nil, fail("channel_not_found")
	}
	m := w.find(ch.ID, c.str("ts"))
	switch {
	case m == nil || m.Subtype == "tombstone":
		return nil, nil, fail("message_not_found")
	case m.BotID != BotID:
		return nil, nil, fail(notOwn)
	}
	return ch, m, nil
}

func updateMessage(w *Workspace, c *call) (reply, error) {
	ch, m, err := w.own(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	if s := w.streams[key{ch.ID, m.TS}]; s != nil && s.live(w) {
		return nil, fail("streaming_state_conflict")
	}
	if utf8.RuneCountInString(c.str("text")) > maxUpdateText {
		return nil, fail("msg_too_long")
	}
	n, err := w.content(c)
	if err != nil {
		return nil, err
	}
	before := m.copied()
	w.fill(m, n)
	m.StreamingState = ""
	m.Edited = &Edited{User: BotID, TS: w.ts()}
	w.noteRings(m)
	w.raiseChanged(ch, m, before)
	return reply{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": seen(m, false)}, nil
}

func deleteMessage(w *Workspace, c *call) (reply, error) {
	ch, m, err := w.own(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	ts := m.TS
	w.deleteMessage(m)
	return reply{"channel": ch.ID, "ts": ts}, nil
}

func permalink(w *Workspace, c *call) (reply, error) {
	ch := w.channels[c.str("channel")]
	if ch == nil || (ch.kind() != "channels" && !ch.has(BotUserID)) {
		return nil, fail("channel_not_found")
	}
	m := w.find(ch.ID, c.str("message_ts"))
	if m == nil {
		return nil, fail("message_not_found")
	}
	return reply{"channel": ch.ID, "permalink": webAddress(m)}, nil
}

// webAddress returns the permalink of m.
func webAddress(m *Message) string {
	digits := slices.DeleteFunc([]byte(m.TS), func(b byte) bool { return b == '.' })
	address := "https://" + domain + ".slack.com/archives/" + m.Channel + "/p" + string(digits)
	if m.isReply() {
		address += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	return address
}

// seen returns m as a method returns it, with metadata only if asked for.
func seen(m *Message, metadata bool) json.RawMessage {
	c := m.copied()
	if !metadata {
		c.Metadata = nil
	}
	return asJSON(c)
}
