package config

import (
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Slack is what the settings say about Slack.
type Slack struct {
	// Listed says that there is a key "channels", even an empty one. Then a channel
	// gets no answers unless it is there.
	Listed   bool
	Channels map[string]Channel // by ID
	Direct   *Channel           // direct messages and the assistant panel: the key "dm"
	Default  *Channel           // every other conversation: the key "default"
	File     string             // that lists them, for errors

	Retention time.Duration // of questions and feedback; 0: none are kept
}

// A Channel says who gets which answers in a channel. The zero Channel sees no
// document.
type Channel struct {
	All       bool     // sees all documents
	Folders   []string // of documents that it sees otherwise
	AutoReply string   // AutoReplyOff, AutoReplyQuestions or AutoReplyAll
	FollowUps bool     // replies in a thread with the bot need no new mention
	Model     bool     // a language model may write
	Ephemeral bool     // only who asks sees the answer
	Streaming bool
	Users     []string // who may ask, by ID,
	Groups    []string // and in which user groups; neither: everybody may
	External  bool     // also if another organisation shares the channel
	Guests    bool     // guests may ask
	Line      int      // of the folders in File, for errors
}

// Which messages that do not address the bot are answered nevertheless, as far as
// the documents do.
const (
	AutoReplyOff       = "off"
	AutoReplyQuestions = "questions"
	AutoReplyAll       = "all" // that begin a thread
)

// openChannel has the settings of a channel that says nothing.
func openChannel() Channel {
	return Channel{All: true, AutoReply: AutoReplyOff, Model: true, Streaming: true, Guests: true}
}

// For returns the settings of a channel, and whether there are answers in it at
// all. A direct conversation is one person's with the bot. Without a list, every
// channel is open; with one, what is not listed is not.
func (s Slack) For(channelID string, direct bool) (Channel, bool) {
	if !s.Listed {
		return openChannel(), true
	}
	own, listed := s.Channels[channelID]
	switch {
	case direct && s.Direct != nil:
		return *s.Direct, true
	case !direct && listed:
		return own, true
	case s.Default != nil:
		return *s.Default, true
	}
	return Channel{}, false
}

// All yields all channels by ID, and then "dm" and "default", where there are any.
func (s Slack) All() iter.Seq2[string, Channel] {
	return func(yield func(string, Channel) bool) {
		for _, id := range slices.Sorted(maps.Keys(s.Channels)) {
			if !yield(id, s.Channels[id]) {
				return
			}
		}
		if s.Direct != nil && !yield("dm", *s.Direct) {
			return
		}
		if s.Default != nil {
			yield("default", *s.Default)
		}
	}
}

// loadChannels fills in c.Slack from the value of the key "channels".
func (c *Config) loadChannels(path string, value *yaml.Node) error {
	c.Slack.Listed, c.Slack.Channels, c.Slack.File = true, map[string]Channel{}, path
	list := resolved(value)
	if list.Kind == yaml.ScalarNode && list.Tag == "!!null" {
		return nil
	}
	if list.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: channels must be a group of channel IDs, not %s", path, value.Line, shown(list))
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(list.Content); i += 2 {
		id, line := resolved(list.Content[i]).Value, list.Content[i].Line
		if err := checkChannelID(id); err != nil {
			return fmt.Errorf("%s:%d: channels: %w", path, line, err)
		}
		if first, twice := lines[id]; twice {
			return fmt.Errorf("%s:%d: channels: %s is set in line %d already", path, line, id, first)
		}
		lines[id] = line
		ch, err := loadChannel(path, id, list.Content[i+1])
		if err != nil {
			return err
		}
		switch id {
		case "dm":
			c.Slack.Direct = &ch
		case "default":
			c.Slack.Default = &ch
		default:
			c.Slack.Channels[id] = ch
		}
	}
	return nil
}

// checkChannelID tells what is wrong with a key of "channels".
func checkChannelID(id string) error {
	near := Nearest(id, []string{"dm", "default"})
	switch {
	case id == "dm" || id == "default" || isID(id, "CG"):
		return nil
	case isID(id, "D"):
		return fmt.Errorf("%s is one person's conversation with the bot: the key dm is for all of those", id)
	case isID(id, "UWST"):
		return fmt.Errorf("%s is not a channel: users: [...] and groups: [...] below a channel say who may ask there", id)
	case slices.ContainsFunc(new(Channel).settings(), func(s *setting) bool { return s.name == strings.ReplaceAll(id, "_", "-") }):
		return fmt.Errorf("%s belongs below the ID of a channel, below dm or below default", id)
	case near != "":
		return fmt.Errorf("unknown key %q; did you mean %q?", id, near)
	}
	return fmt.Errorf("%q is not a channel's ID, such as C0123ABCD: names can change hands; Slack shows the ID at the end of the channel's details, in the tab About", id)
}

// isID tells whether s is one of Slack's IDs whose first letter is in kinds.
func isID(s, kinds string) bool {
	return regexp.MustCompile(`^[` + kinds + `][A-Z0-9]{2,}$`).MatchString(s)
}

func loadChannel(path, id string, value *yaml.Node) (Channel, error) {
	ch := openChannel()
	group := resolved(value)
	switch {
	case group.Kind == yaml.ScalarNode && group.Tag == "!!null":
		return ch, fmt.Errorf("%s:%d: channels: %s has no settings: write %s: {} to answer there from all documents, or remove it", path, value.Line, id, id)
	case group.Kind != yaml.MappingNode:
		return ch, fmt.Errorf("%s:%d: channels: %s must be a group of keys, not %s", path, value.Line, id, shown(group))
	}
	lines, err := loadKeys(path, "channels: "+id, group, ch.settings())
	if err != nil {
		return ch, err
	}
	for _, key := range []string{"auto-reply", "follow-ups"} {
		if line, ok := lines[key]; ok && id == "dm" {
			return ch, fmt.Errorf("%s:%d: channels: dm: %s has no meaning here, where every message is for the bot: remove it", path, line, key)
		}
	}
	ch.Line = lines["folders"]
	ch.All = ch.Line == 0
	return ch, nil
}

// settings are the keys of a channel.
func (c *Channel) settings() []*setting {
	where := folders(&c.Folders, "folders", "")
	where.empty = "would answer from nothing; remove the key or the channel"
	return []*setting{
		where,
		choice(&c.AutoReply, "auto-reply", "", AutoReplyOff, AutoReplyQuestions, AutoReplyAll),
		yesNo(&c.FollowUps, "follow-ups", ""),
		yesNo(&c.Model, "model", ""),
		yesNo(&c.Ephemeral, "ephemeral", ""),
		yesNo(&c.Streaming, "streaming", ""),
		ids(&c.Users, "users", "UW", "a list of user IDs, such as U0123ABCD", "in Slack, the menu of a person's profile copies the member ID"),
		ids(&c.Groups, "groups", "S", "a list of user group IDs, such as S0123ABCD", "in Slack, the menu of a user group copies its ID"),
		yesNo(&c.External, "external", ""),
		yesNo(&c.Guests, "guests", ""),
	}
}

// ids is a list of Slack's IDs of some kinds. Names can change hands.
func ids(to *[]string, name, kinds, must, remedy string) *setting {
	return &setting{name: name, list: true, must: must, empty: "would let nobody ask; remove the key or the channel",
		set: func(v string) error {
			if !isID(v, kinds) {
				return fmt.Errorf("must be %s (%s)", must, remedy)
			}
			*to = append(*to, v)
			return nil
		}}
}
