package slackbot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/rag"
)

// A crowd is an audience that is made up.
type crowd struct {
	sharedChannels, unknownChannels []string
	guests, unknownUsers            []string
	groups                          map[string][]string // absent: cannot be looked up
}

var errUnknown = errors.New("nobody says")

func (c crowd) shared(_ context.Context, channel string) (bool, error) {
	if slices.Contains(c.unknownChannels, channel) {
		return false, errUnknown
	}
	return slices.Contains(c.sharedChannels, channel), nil
}

func (c crowd) guest(_ context.Context, user string) (bool, error) {
	if slices.Contains(c.unknownUsers, user) {
		return false, errUnknown
	}
	return slices.Contains(c.guests, user), nil
}

func (c crowd) member(_ context.Context, group, user string) (bool, error) {
	users, ok := c.groups[group]
	if !ok {
		return false, errUnknown
	}
	return slices.Contains(users, user), nil
}

// Few names, so that chance brings them together.
var (
	somePeople   = []string{"U1", "U2", "U3", "U4"}
	someGroups   = []string{"S1", "S2"}
	somePlaces   = []string{"C1", "C2", "C3", "G1", "D1", "D2"}
	someFolders  = []string{"hr", "hr/pay", "hr-private", "it", "it/servers", "sales"}
	someDocument = []string{"hr/leave.md", "hr/pay/bands.md", "hr-private/names.md", "it/vpn.md", "it/servers/keys.md", "sales/prices.md", "readme.md"}
)

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

func some(r *rand.Rand, all []string, percent int) []string {
	var out []string
	for _, s := range all {
		if chance(r, percent) {
			out = append(out, s)
		}
	}
	return out
}

func one(r *rand.Rand, all []string) string { return all[r.IntN(len(all))] }

func someChannel(r *rand.Rand) config.Channel {
	c := config.Channel{All: chance(r, 25), External: chance(r, 25), Guests: chance(r, 60), FollowUps: chance(r, 50), AutoReply: config.AutoReplyOff}
	if !c.All {
		c.Folders = append(some(r, someFolders, 30), one(r, someFolders))
	}
	if chance(r, 30) {
		c.Users, c.Groups = some(r, somePeople, 40), some(r, someGroups, 40)
	}
	if chance(r, 40) {
		c.AutoReply = config.AutoReplyAll
	}
	return c
}

func someRules(r *rand.Rand) config.Slack {
	if chance(r, 15) {
		return config.Slack{}
	}
	s := config.Slack{Listed: true, Channels: map[string]config.Channel{}}
	for _, id := range some(r, somePlaces[:4], 50) {
		s.Channels[id] = someChannel(r)
	}
	if chance(r, 50) {
		c := someChannel(r)
		s.Direct = &c
	}
	if chance(r, 30) {
		c := someChannel(r)
		s.Default = &c
	}
	return s
}

// ruleAt is the rule of a place as the settings' guide has it, written once more.
func ruleAt(s config.Slack, place string) *config.Channel {
	own, ok := s.Channels[place]
	switch {
	case !s.Listed:
		return &config.Channel{All: true, Guests: true}
	case place[0] == 'D' && s.Direct != nil:
		return s.Direct
	case place[0] != 'D' && ok:
		return &own
	}
	return s.Default
}

// TestAccess: whatever the rules, the people and what Slack says of them, nobody gets
// to see what the rule of the place does not let them see.
func TestAccess(t *testing.T) {
	granted, refused := 0, 0
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		rules := someRules(r)
		who := crowd{some(r, somePlaces, 25), some(r, somePlaces, 10), some(r, somePeople, 25), some(r, somePeople, 10), map[string][]string{}}
		for _, g := range some(r, someGroups, 80) {
			who.groups[g] = some(r, somePeople, 40)
		}
		a := asked{Team: "T1", UserTeam: "T1", Channel: one(r, somePlaces), User: one(r, somePeople), Via: mention, Shared: chance(r, 5)}
		if a.Channel[0] == 'D' {
			a.Via = direct
		}
		g, _ := access(t.Context(), rules, who, a)
		rule := ruleAt(rules, a.Channel)
		why := ""
		switch {
		case rule == nil:
			why = "the place is not listed"
		case !rule.External && (a.Shared || slices.Contains(who.sharedChannels, a.Channel) || slices.Contains(who.unknownChannels, a.Channel)):
			why = "others may read it"
		case !rule.Guests && (slices.Contains(who.guests, a.User) || slices.Contains(who.unknownUsers, a.User)):
			why = "the person may be a guest"
		case len(rule.Users)+len(rule.Groups) > 0 && !slices.Contains(rule.Users, a.User) &&
			!slices.ContainsFunc(rule.Groups, func(g string) bool { return slices.Contains(who.groups[g], a.User) }):
			why = "the person is not on the list"
		}
		if (g.Refusal != "") != (why != "") {
			t.Fatalf("seed %d: refused %q, want because %q: %+v in %+v", seed, g.Refusal, why, a, rule)
		}
		for _, doc := range someDocument {
			may := why == "" && (rule.All || slices.ContainsFunc(rule.Folders, func(f string) bool { return strings.HasPrefix(doc, f+"/") }))
			if g.scope().Holds(doc) != may {
				t.Fatalf("seed %d: %s is in scope: %v, want %v: %+v in %+v", seed, doc, !may, may, a, rule)
			}
		}
		if why == "" {
			granted++
		} else {
			refused++
		}
	}
	if granted < 3000 || refused < 3000 {
		t.Errorf("%d granted and %d refused: the test looks at one side only", granted, refused)
	}
}

// someScope is a scope, and the documents that it holds.
func someScope(r *rand.Rand) rag.Scope {
	if chance(r, 20) {
		return rag.Scope{All: true}
	}
	return rag.Scope{Folders: some(r, someFolders, 35)}
}

// TestHistoryKeepsScope: of earlier answers, in a thread or in direct messages, only
// those enter that were given under no wider scope.
func TestHistoryKeepsScope(t *testing.T) {
	me := self{Team: "T1", User: "UBOT"}
	kept, left := 0, 0
	for seed := range uint64(10_000) {
		r := rand.New(rand.NewPCG(seed, 2))
		now := someScope(r)
		var known []db.Delivery
		thread := []slack.Message{{Msg: slack.Msg{User: "U1", Timestamp: "1.000", Text: "root"}}}
		recent := newLately()
		scopes := map[string]rag.Scope{}
		for i := range 1 + r.IntN(6) {
			s := someScope(r)
			q, p := fmt.Sprintf("2.%03d", 2*i), fmt.Sprintf("2.%03d", 2*i+1)
			answer := fmt.Sprintf("answer %d", i)
			scopes[answer] = s
			thread = append(thread, slack.Message{Msg: slack.Msg{User: "U1", Timestamp: q, Text: fmt.Sprintf("question %d", i)}},
				slack.Message{Msg: slack.Msg{User: me.User, Timestamp: p, Text: answer}})
			known = append(known, db.Delivery{Key: "T1/C1/" + q, State: db.Posted, Posts: []string{p}, Scope: s})
			recent.add("D1", rag.Turn{Question: fmt.Sprintf("question %d", i), Answer: answer}, s, time.Unix(0, 0))
		}
		for _, history := range [][]rag.Turn{
			turns(known, thread, asked{TS: "3.000", Thread: "1.000"}, me, now),
			recent.turns("D1", time.Unix(1, 0), now),
		} {
			for _, turn := range history {
				if turn.Answer == "" {
					left++
					continue
				}
				kept++
				for _, doc := range someDocument {
					if scopes[turn.Answer].Holds(doc) && !now.Holds(doc) {
						t.Fatalf("seed %d: %q could see %s, which %+v may not", seed, turn.Answer, doc, now)
					}
				}
			}
		}
	}
	if kept < 1000 || left < 1000 {
		t.Errorf("%d answers kept and %d left out: the test looks at one side only", kept, left)
	}
}

// A message that Slack shows as the bot's own, but that no question is known of, is
// no answer: after the retention, nobody knows what it could see.
func TestUnknownAnswerStaysOut(t *testing.T) {
	thread := []slack.Message{{Msg: slack.Msg{User: "U1", Timestamp: "1.0", Text: "root"}}, {Msg: slack.Msg{User: "UBOT", Timestamp: "1.1", Text: "secret"}}}
	got := turns(nil, thread, asked{TS: "2.0", Thread: "1.0"}, self{User: "UBOT"}, rag.Scope{All: true})
	if len(got) != 1 || got[0].Question != "root" || got[0].Answer != "" {
		t.Errorf("%+v", got)
	}
}

// A fact that Slack revokes while it is asked for is not believed.
func TestForgottenWhileAsked(t *testing.T) {
	l := newLookups(nil, time.Now)
	shared, err := l.fact("shared C1", func() (bool, error) {
		l.forget("C1") // channel_shared arrives
		return false, nil
	})
	if shared || err != nil {
		t.Fatal(shared, err)
	}
	if shared, _ := l.fact("shared C1", func() (bool, error) { return true, nil }); !shared {
		t.Error("what was asked before the change is still believed")
	}
	clock := time.Now()
	l.now = func() time.Time { return clock }
	if shared, _ := l.fact("shared C1", func() (bool, error) { return false, nil }); !shared {
		t.Error("it is asked again at once")
	}
	clock = clock.Add(believed)
	if shared, _ := l.fact("shared C1", func() (bool, error) { return false, nil }); shared {
		t.Error("it is not asked again after an hour")
	}
}
