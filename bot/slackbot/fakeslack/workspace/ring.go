package workspace

import (
	"regexp"
	"slices"
)

// Ring is a mention in the app's words that rings for somebody.
type Ring struct {
	Channel, TS string
	Token       string // <!here>, <@U…>, <!subteam^…>, or @here under link_names
	Where       string // text, or the type of the block
	Only        string // the one reader, if the message is ephemeral
}

var (
	ringing = regexp.MustCompile(`<!(?:here|channel|everyone|group)(?:\|[^>]*)?>|<@[UW][A-Z0-9]+(?:\|[^>]*)?>|<!subteam\^[A-Z0-9]+(?:\|[^>]*)?>`)
	named   = regexp.MustCompile(`@(?:here|channel|everyone)\b`)
)

// Rings returns every mention the app has sent, also in text it has since changed.
// An escaped token rings for nobody; one in code is counted all the same.
func (w *Workspace) Rings() []Ring {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.rings)
}

// noteRings looks through everything in m in which Slack reads tokens.
func (w *Workspace) noteRings(m *Message) {
	w.tokens(m, "text", m.Text)
	for _, b := range m.Blocks {
		if b["type"] == "rich_text" && m.Plain {
			continue
		}
		kind, _ := b["type"].(string)
		w.walk(m, kind, b)
	}
}

// walk looks at the mrkdwn and markdown texts in v, and at rich_text elements.
func (w *Workspace) walk(m *Message, where string, v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			w.walk(m, where, e)
		}
	case map[string]any:
		if text, ok := v["text"].(string); ok && (v["type"] == "mrkdwn" || v["type"] == "markdown") {
			w.tokens(m, where, text)
		}
		w.element(m, where, v)
		for _, e := range v {
			w.walk(m, where, e)
		}
	}
}

func (w *Workspace) element(m *Message, where string, e map[string]any) {
	name := func(field string) string { s, _ := e[field].(string); return s }
	switch e["type"] {
	case "user":
		w.ring(m, where, "<@"+name("user_id")+">")
	case "usergroup":
		w.ring(m, where, "<!subteam^"+name("usergroup_id")+">")
	case "broadcast":
		w.ring(m, where, "<!"+name("range")+">")
	}
}

func (w *Workspace) tokens(m *Message, where, text string) {
	for _, token := range ringing.FindAllString(text, -1) {
		w.ring(m, where, token)
	}
}

func (w *Workspace) ring(m *Message, where, token string) {
	r := Ring{Channel: m.Channel, TS: m.TS, Token: token, Where: where, Only: m.Only}
	if !slices.Contains(w.rings, r) {
		w.rings = append(w.rings, r)
	}
}

// noteNames counts bare @here and the like, which ring only if the call asks Slack to
// find names.
func (w *Workspace) noteNames(c *call, m *Message) {
	if !c.bool("link_names") && c.str("parse") != "full" {
		return
	}
	for _, name := range named.FindAllString(m.Text, -1) {
		w.ring(m, "link_names", name)
	}
}
