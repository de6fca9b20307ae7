package workspace

import (
	"regexp"
	"slices"
)

var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

// reactable returns the message a reaction call names.
func (w *Workspace) reactable(c *call) (*Message, error) {
	if c.str("channel") == "" || c.str("timestamp") == "" {
		return nil, fail("no_item_specified")
	}
	ch := w.channels[c.str("channel")]
	switch {
	case ch == nil, ch.kind() != "channels" && !ch.has(BotUserID):
		return nil, fail("channel_not_found")
	case ch.Archived:
		return nil, fail("is_archived")
	case !emojiName.MatchString(c.str("name")):
		return nil, fail("invalid_name")
	}
	m := w.find(ch.ID, c.str("timestamp"))
	if m == nil {
		return nil, fail("message_not_found")
	}
	return m, nil
}

func addReaction(w *Workspace, c *call) (reply, error) {
	m, err := w.reactable(c)
	if err != nil {
		return nil, err
	}
	if !m.react(BotUserID, c.str("name")) {
		return nil, fail("already_reacted")
	}
	return nil, nil
}

func removeReaction(w *Workspace, c *call) (reply, error) {
	m, err := w.reactable(c)
	if err != nil {
		return nil, err
	}
	for i, r := range m.Reactions {
		at := slices.Index(r.Users, BotUserID)
		if r.Name != c.str("name") || at < 0 {
			continue
		}
		m.Reactions[i].Users = slices.Delete(slices.Clone(r.Users), at, at+1)
		if m.Reactions[i].Count--; m.Reactions[i].Count == 0 {
			m.Reactions = slices.Delete(m.Reactions, i, i+1)
		}
		return nil, nil
	}
	return nil, fail("no_reaction")
}
