package slackbot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot/db"
	"footnote/rag"
)

const (
	maxTurns   = 5                // that go with a question
	maxThread  = 1000             // messages of a thread that are looked at
	sameTalk   = 15 * time.Minute // direct messages belong together for so long
	maxRecalls = 1000             // direct conversations that are remembered
)

// history returns what was said before a question, as far as an answer of the given
// scope may rest on it: an answer that could see more is left out.
func (b *Bot) history(j *job, scope rag.Scope) ([]rag.Turn, error) {
	if !j.reply() {
		if j.Via == direct {
			return b.lately.turns(j.Channel, b.opt.Now(), scope), nil
		}
		return nil, nil
	}
	known, err := b.opt.DB.Deliveries(j.ctx, j.Channel, j.Thread)
	if err != nil {
		return nil, err
	}
	thread, err := b.thread(j.ctx, j.Channel, j.Thread, "")
	if err != nil {
		return nil, err
	}
	return turns(known, thread, j.asked, b.me, scope), nil
}

// turns joins the questions that are known of a thread with what stands in it.
func turns(known []db.Delivery, thread []slack.Message, a asked, me self, scope rag.Scope) []rag.Turn {
	text := map[string]string{}
	for _, m := range thread {
		text[m.Timestamp], _ = typed(m.Text, me.User)
	}
	var all []rag.Turn
	for _, d := range known {
		ts := d.Key[strings.LastIndexByte(d.Key, '/')+1:]
		question := text[ts]
		if ts >= a.TS || question == "" || d.State != db.Posted {
			continue // itself, later, deleted meanwhile, or not answered
		}
		turn := rag.Turn{Question: question}
		if within(d.Scope, scope) {
			var said []string
			for _, ts := range d.Posts {
				said = append(said, text[ts])
			}
			turn.Answer, turn.Docs = strings.TrimSpace(strings.Join(said, "\n")), d.Docs
		}
		all = append(all, turn)
	}
	if len(all) == 0 && len(thread) > 0 && thread[0].User != me.User && thread[0].Timestamp < a.TS {
		// Somebody called the bot into a thread of people: what it began with is
		// what they talk about.
		if root := text[thread[0].Timestamp]; root != "" {
			all = []rag.Turn{{Question: root}}
		}
	}
	return all[max(0, len(all)-maxTurns):]
}

// thread returns the messages of a thread, from oldest on if that is not empty.
func (b *Bot) thread(ctx context.Context, channel, thread, oldest string) ([]slack.Message, error) {
	var all []slack.Message
	p := &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Oldest: oldest, Inclusive: true, Limit: 200, IncludeAllMetadata: true}
	for {
		var more bool
		err := b.api.call(ctx, "conversations.replies", channel, true, func(ctx context.Context) error {
			page, hasMore, next, err := b.api.GetConversationRepliesContext(ctx, p)
			if err == nil {
				all, more, p.Cursor = append(all, page...), hasMore && next != "", next
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the thread: %w", err)
		}
		if !more || len(all) >= maxThread {
			return all, nil
		}
	}
}

// lately remembers direct conversations without threads. It is safe for concurrent
// use.
type lately struct {
	mu    sync.Mutex
	talks map[string][]recalled
}

type recalled struct {
	turn  rag.Turn
	scope rag.Scope
	at    time.Time
}

func newLately() *lately { return &lately{talks: map[string][]recalled{}} }

func (l *lately) add(channel string, t rag.Turn, scope rag.Scope, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.talks) >= maxRecalls {
		for c, talk := range l.talks {
			if at.Sub(talk[len(talk)-1].at) > sameTalk {
				delete(l.talks, c)
			}
		}
	}
	talk := append(slices.Clone(l.talks[channel]), recalled{t, scope, at})
	l.talks[channel] = talk[max(0, len(talk)-maxTurns):]
}

// turns returns what was said shortly before, without answers of a wider scope.
func (l *lately) turns(channel string, now time.Time, scope rag.Scope) []rag.Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []rag.Turn
	for _, r := range l.talks[channel] {
		if now.Sub(r.at) > sameTalk {
			continue
		}
		if !within(r.scope, scope) {
			r.turn.Answer, r.turn.Docs = "", nil
		}
		all = append(all, r.turn)
	}
	return all
}
