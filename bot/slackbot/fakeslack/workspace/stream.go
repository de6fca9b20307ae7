package workspace

import (
	"strings"
	"time"
	"unicode/utf8"
)

// streamLife is how long a message can stream, whether or not text comes. Slack says
// nothing; people measured about five minutes.
const streamLife = 5 * time.Minute

// stream is a message that is being streamed, or was.
type stream struct {
	started time.Time
	ended   bool // by chat.stopStream
	stopped bool // by a person
	told    bool // the app has had stopped_by_user
}

// live reports whether the stream still takes text.
func (s *stream) live(w *Workspace) bool {
	return !s.ended && !s.stopped && w.clock.Now().Sub(s.started) < streamLife
}

// streamed returns the text and the other blocks in markdown_text and chunks.
func (c *call) streamed() (text string, blocks []Block, err error) {
	text = c.str("markdown_text")
	var chunks []map[string]any
	if _, err := c.json("chunks", &chunks); err != nil {
		return "", nil, fail("invalid_chunks")
	}
	var all strings.Builder
	all.WriteString(text)
	for _, chunk := range chunks {
		switch chunk["type"] {
		case "markdown_text":
			text, _ := chunk["text"].(string)
			all.WriteString(text)
		case "task_update", "plan_update":
			task := Block{}
			for name, value := range chunk {
				task[name] = value
			}
			task["type"] = map[any]string{"task_update": "task_card", "plan_update": "plan"}[chunk["type"]]
			blocks = append(blocks, task)
		case "blocks":
			more, _ := chunk["blocks"].([]any)
			for _, b := range more {
				if b, ok := b.(map[string]any); ok {
					blocks = append(blocks, b)
				}
			}
		default:
			return "", nil, fail("invalid_chunks")
		}
	}
	if utf8.RuneCountInString(all.String()) > maxMarkdown {
		return "", nil, fail("msg_too_long")
	}
	return all.String(), blocks, checkBlocks(blocks, "message")
}

// extend adds text and blocks to a streaming message. All its text is one markdown
// block; a task with a known id takes the place of the old one.
func (w *Workspace) extend(m *Message, text string, blocks []Block) {
	m.Markdown += text
	m.Text = m.Markdown
	var rest []Block
	for _, b := range m.Blocks {
		if b["type"] != "markdown" {
			rest = append(rest, b)
		}
	}
	for _, b := range w.withIDs(blocks) {
		replaced := false
		for i, old := range rest {
			if b["id"] != nil && old["id"] == b["id"] {
				rest[i], replaced = b, true
			}
		}
		if !replaced {
			rest = append(rest, b)
		}
	}
	m.Blocks = rest
	if m.Markdown != "" {
		m.Blocks = append([]Block{{"type": "markdown", "block_id": "stream", "text": m.Markdown}}, rest...)
	}
	w.noteRings(m)
}

func startStream(w *Workspace, c *call) (reply, error) {
	ch, err := w.writable(c.str("channel"))
	if err != nil {
		return nil, err
	}
	switch {
	case c.str("thread_ts") == "":
		return nil, failWith("invalid_arguments", "[ERROR] missing required field: thread_ts")
	case !ch.IM && c.str("recipient_team_id") == "":
		return nil, fail("missing_recipient_team_id")
	case !ch.IM && c.str("recipient_user_id") == "":
		return nil, fail("missing_recipient_user_id")
	case c.str("recipient_user_id") != "" && w.users[c.str("recipient_user_id")] == nil:
		return nil, fail("user_not_found")
	}
	text, blocks, err := c.streamed()
	if err != nil {
		return nil, err
	}
	m := w.botMessage(ch.ID)
	m.StreamingState = "in_progress"
	w.threaded(c, m)
	w.extend(m, text, blocks)
	w.streams[key{ch.ID, m.TS}] = &stream{started: w.clock.Now()}
	w.publish(ch, m)
	return reply{"channel": ch.ID, "ts": m.TS}, nil
}

// streaming returns the app's streaming message that a call names.
func (w *Workspace) streaming(c *call) (*Channel, *Message, *stream, error) {
	ch, m, err := w.own(c, "message_not_owned_by_app")
	if err != nil {
		return nil, nil, nil, err
	}
	s := w.streams[key{ch.ID, m.TS}]
	if s == nil || s.ended {
		w.breach("%s: the message is not streaming", c.name)
	}
	if s == nil || !s.stopped && !s.live(w) {
		m.StreamingState = ""
		return nil, nil, nil, fail("message_not_in_streaming_state")
	}
	return ch, m, s, nil
}

func appendStream(w *Workspace, c *call) (reply, error) {
	ch, m, s, err := w.streaming(c)
	if err != nil {
		return nil, err
	}
	if s.stopped {
		if s.told {
			w.breach("chat.appendStream: again after stopped_by_user")
		}
		s.told = true
		return nil, fail("stopped_by_user")
	}
	text, blocks, err := c.streamed()
	if err != nil {
		return nil, err
	}
	if text == "" && blocks == nil {
		return nil, fail("no_text")
	}
	w.extend(m, text, blocks)
	return reply{"channel": ch.ID, "ts": m.TS}, nil
}

// stopStream is chat.stopStream. It ends a stream a person stopped, too.
func stopStream(w *Workspace, c *call) (reply, error) {
	ch, m, s, err := w.streaming(c)
	if err != nil {
		return nil, err
	}
	if s.ended {
		return nil, fail("message_not_in_streaming_state")
	}
	text, blocks, err := c.streamed()
	if err != nil {
		return nil, err
	}
	var last []Block
	if _, err := c.json("blocks", &last); err != nil {
		return nil, fail("invalid_blocks_format")
	}
	if err := checkBlocks(last, "message"); err != nil {
		return nil, err
	}
	metadata, _, err := c.metadata()
	if err != nil {
		return nil, err
	}
	before := m.copied()
	w.extend(m, text, append(blocks, last...))
	m.Metadata, m.StreamingState, s.ended = metadata, "completed", true
	w.raiseChanged(ch, m, before)
	return reply{"channel": ch.ID, "ts": m.TS, "message": seen(m, false)}, nil
}
