package workspace

import (
	"fmt"
	"slices"
	"strings"
)

// User is a person, or a bot.
type User struct {
	ID                string
	Name              string
	RealName          string
	Team              string // another team's id makes a stranger of Slack Connect
	IsBot             bool
	Deleted           bool
	IsRestricted      bool // a guest of several channels
	IsUltraRestricted bool // a guest of one channel
}

// Channel is a conversation of any kind.
type Channel struct {
	ID               string
	Name             string
	Private          bool
	IM               bool
	MPIM             bool
	Archived         bool
	ExtShared        bool // with another company, by Slack Connect
	PendingExtShared bool // an invitation to share is open
	Members          []string
	User             string // the other side of an IM with the bot
}

// kind returns the name the channel's type has in scopes: channels, groups, im, mpim.
func (c *Channel) kind() string {
	switch {
	case c.IM:
		return "im"
	case c.MPIM:
		return "mpim"
	case c.Private:
		return "groups"
	}
	return "channels"
}

// typeName returns the channel_type of an event: channel, group, im, mpim.
func (c *Channel) typeName() string { return strings.TrimSuffix(c.kind(), "s") }

func (c *Channel) has(user string) bool { return slices.Contains(c.Members, user) }

// AddUser adds a person and returns the id, which is made up when u has none.
func (w *Workspace) AddUser(u User) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u.ID == "" {
		u.ID = w.id("U")
	}
	if u.Team == "" {
		u.Team = TeamID
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	w.users[u.ID] = &u
	w.broadcast()
	return u.ID
}

// SetUser changes a user.
func (w *Workspace) SetUser(id string, change func(*User)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w.users[id])
	w.broadcast()
}

// AddGroup adds a user group with these members and returns its id.
func (w *Workspace) AddGroup(members ...string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.id("S")
	w.groups[id] = members
	return id
}

// AddChannel adds a channel without raising events and returns its id, which is made
// up when c has none.
func (w *Workspace) AddChannel(c Channel) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.ID == "" {
		c.ID = w.id("C")
	}
	w.channels[c.ID] = &c
	w.broadcast()
	return c.ID
}

// SetChannel changes a channel and raises what the change means: member_joined_channel
// for each new member, channel_shared and channel_unshared.
func (w *Workspace) SetChannel(id string, change func(*Channel)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	was := *c
	was.Members = slices.Clone(c.Members)
	change(c)
	for _, user := range c.Members {
		if !was.has(user) {
			w.raise(c, "member_joined_channel", map[string]any{
				"user": user, "channel": id, "channel_type": map[bool]string{false: "C", true: "G"}[c.Private], "team": TeamID,
			})
		}
	}
	switch {
	case c.ExtShared && !was.ExtShared:
		w.raise(c, "channel_shared", map[string]any{"channel": id, "connected_team_id": "T0OTHERTEAM"})
	case !c.ExtShared && was.ExtShared:
		w.raise(c, "channel_unshared", map[string]any{"channel": id, "previously_connected_team_id": "T0OTHERTEAM", "is_ext_shared": false})
	}
	w.broadcast()
}

// DM returns the id of the direct conversation between user and the bot.
func (w *Workspace) DM(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dm(user).ID
}

func (w *Workspace) dm(user string) *Channel {
	for _, c := range w.channels {
		if c.IM && c.User == user {
			return c
		}
	}
	c := &Channel{ID: w.id("D"), IM: true, User: user, Members: []string{user, BotUserID}}
	w.channels[c.ID] = c
	return c
}

// Users returns everybody, the bot too, by id.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	var users []User
	for _, u := range w.users {
		users = append(users, *u)
	}
	slices.SortFunc(users, func(a, b User) int { return strings.Compare(a.ID, b.ID) })
	return users
}

// Channels returns every conversation, by id.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	var channels []Channel
	for _, c := range w.channelsByID() {
		copied := *c
		copied.Members = slices.Clone(c.Members)
		channels = append(channels, copied)
	}
	return channels
}

func (w *Workspace) channelsByID() []*Channel {
	var channels []*Channel
	for _, c := range w.channels {
		channels = append(channels, c)
	}
	slices.SortFunc(channels, func(a, b *Channel) int { return strings.Compare(a.ID, b.ID) })
	return channels
}

// Messages returns a channel's messages, replies too, oldest first.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return copies(w.history[channel])
}

// Thread returns a thread's root and replies, oldest first; none without a root.
func (w *Workspace) Thread(channel, threadTS string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return copies(w.thread(channel, threadTS))
}

// Message returns one message and whether it is there.
func (w *Workspace) Message(channel, ts string) (Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.find(channel, ts); m != nil {
		return m.copied(), true
	}
	return Message{}, false
}

// Ephemeral returns what only user sees in a channel, oldest first.
func (w *Workspace) Ephemeral(user, channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var seen []*Message
	for _, m := range w.ephemeral {
		if m.Only == user && m.Channel == channel {
			seen = append(seen, m)
		}
	}
	return copies(seen)
}

func copies(messages []*Message) []Message {
	var all []Message
	for _, m := range messages {
		all = append(all, m.copied())
	}
	return all
}

// place returns the channel user may write to.
func (w *Workspace) place(user, channel string) (*Channel, error) {
	c := w.channels[channel]
	switch {
	case c == nil:
		return nil, fmt.Errorf("there is no channel %s", channel)
	case w.users[user] == nil:
		return nil, fmt.Errorf("there is no user %s", user)
	case !c.has(user):
		return nil, fmt.Errorf("%s is not in %s", user, channel)
	case c.Archived:
		return nil, fmt.Errorf("%s is archived", channel)
	}
	return c, nil
}
