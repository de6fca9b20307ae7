package slackbot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot/config"
	"footnote/rag"
)

// A grant is what may be answered, to whom and how. The zero grant refuses.
type grant struct {
	config.Channel
	Refusal string // a fixed sentence, if nothing may be answered
}

// Why nothing is answered. Nobody learns from these what there is to see elsewhere.
const (
	refusedUnlisted = "I am not set up to answer here. An administrator can list this place in footnote.yaml, under channels."
	refusedPerson   = "I answer here only to some people, and you are not on the list."
	refusedGuest    = "I do not answer guests here."
	refusedShared   = "This channel is shared with another organisation, so I do not answer here."
	refusedOutside  = "I am not in this conversation, so I cannot find out who reads it. Invite me first: /invite @footnote. Or ask me in a direct message."
	refusedUnknown  = "I could not find out who can read this channel, so I do not answer here. Please try again later."
)

// scope is what an answer may be drawn from.
func (g grant) scope() rag.Scope { return rag.Scope{All: g.All, Folders: g.Folders} }

// within tells whether everything in one scope is in another.
func within(narrow, wide rag.Scope) bool {
	if narrow.All || wide.All {
		return wide.All
	}
	return !slices.ContainsFunc(narrow.Folders, func(f string) bool { return !wide.Holds(f) })
}

// An audience tells who reads a place, and who somebody is. Slack is one.
type audience interface {
	shared(ctx context.Context, channel string) (bool, error)
	guest(ctx context.Context, user string) (bool, error)
	member(ctx context.Context, group, user string) (bool, error)
}

// access decides what a person may be told at a place. It fails closed: what
// cannot be found out is refused.
func access(ctx context.Context, rules config.Slack, who audience, a asked) (grant, error) {
	rule, ok := rules.For(a.Channel, a.Via == direct || isDirect(a.Channel))
	if !ok {
		return grant{Refusal: refusedUnlisted}, nil
	}
	if !rule.External {
		shared, err := a.Shared, error(nil)
		if !shared {
			shared, err = who.shared(ctx, a.Channel)
		}
		switch {
		case slackSays(err, "channel_not_found", "not_in_channel"):
			return grant{Refusal: refusedOutside}, nil
		case err != nil:
			return grant{Refusal: refusedUnknown}, fmt.Errorf("ask who reads the channel: %w", err)
		case shared:
			return grant{Refusal: refusedShared}, nil
		}
	}
	if !rule.Guests {
		guest, err := who.guest(ctx, a.User)
		switch {
		case err != nil:
			return grant{Refusal: refusedUnknown}, fmt.Errorf("ask who the user is: %w", err)
		case guest:
			return grant{Refusal: refusedGuest}, nil
		}
	}
	ok, err := onList(ctx, rule, who, a.User)
	switch {
	case err != nil:
		return grant{Refusal: refusedUnknown}, fmt.Errorf("ask who is in a group: %w", err)
	case !ok:
		return grant{Refusal: refusedPerson}, nil
	}
	return grant{Channel: rule}, nil
}

// onList tells whether a person may ask: a member of one group is enough, even if
// another group cannot be looked up.
func onList(ctx context.Context, rule config.Channel, who audience, user string) (bool, error) {
	if len(rule.Users)+len(rule.Groups) == 0 || slices.Contains(rule.Users, user) {
		return true, nil
	}
	var failed error
	for _, g := range rule.Groups {
		ok, err := who.member(ctx, g, user)
		if ok {
			return true, nil
		}
		if err != nil {
			failed = err
		}
	}
	return false, failed
}

func isDirect(channel string) bool { return len(channel) > 0 && channel[0] == 'D' }

// lookups is the audience that Slack tells of. What it said is believed for a
// while: who shares a channel for an hour, unless Slack tells of a change.
type lookups struct {
	api  *api
	team string // of the bot
	now  func() time.Time

	mu     sync.Mutex
	epoch  int // counts what was forgotten
	known  map[string]fact
	groups map[string]members
}

type fact struct {
	yes bool
	at  time.Time
}

type members struct {
	users []string
	at    time.Time
}

const believed = time.Hour

func newLookups(a *api, now func() time.Time) *lookups {
	return &lookups{api: a, now: now, known: map[string]fact{}, groups: map[string]members{}}
}

// fact returns what is known under a name, and asks where that is too long ago.
func (l *lookups) fact(name string, ask func() (bool, error)) (bool, error) {
	l.mu.Lock()
	f, ok := l.known[name]
	epoch := l.epoch
	l.mu.Unlock()
	if ok && l.now().Sub(f.at) < believed {
		return f.yes, nil
	}
	yes, err := ask()
	if err != nil {
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) > 100_000 {
		clear(l.known)
	}
	if epoch == l.epoch { // else Slack told of a change while it was asked
		l.known[name] = fact{yes, l.now()}
	}
	return yes, nil
}

func (l *lookups) shared(ctx context.Context, channel string) (bool, error) {
	return l.fact("shared "+channel, func() (shared bool, err error) {
		err = l.api.call(ctx, "conversations.info", channel, true, func(ctx context.Context) error {
			c, err := l.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel})
			if err == nil {
				shared = c.IsExtShared || c.IsPendingExtShared
			}
			return err
		})
		return shared, err
	})
}

// forget has the next question ask anew who shares a channel.
func (l *lookups) forget(channel string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch++
	delete(l.known, "shared "+channel)
}

// guest tells of guests, and of people of another organisation.
func (l *lookups) guest(ctx context.Context, user string) (bool, error) {
	return l.fact("guest "+user, func() (guest bool, err error) {
		err = l.api.call(ctx, "users.info", "", true, func(ctx context.Context) error {
			u, err := l.api.GetUserInfoContext(ctx, user)
			if err == nil {
				guest = u.IsRestricted || u.IsUltraRestricted || u.IsStranger || u.TeamID != l.team
			}
			return err
		})
		return guest, err
	})
}

func (l *lookups) member(ctx context.Context, group, user string) (bool, error) {
	l.mu.Lock()
	m, ok := l.groups[group]
	l.mu.Unlock()
	if !ok || l.now().Sub(m.at) >= believed {
		err := l.api.call(ctx, "usergroups.users.list", "", true, func(ctx context.Context) (err error) {
			m.users, err = l.api.GetUserGroupMembersContext(ctx, group)
			return err
		})
		if err != nil {
			return false, err
		}
		m.at = l.now()
		l.mu.Lock()
		l.groups[group] = m
		l.mu.Unlock()
	}
	return slices.Contains(m.users, user), nil
}
