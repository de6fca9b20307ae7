package slackbot

import (
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"
)

// A status tells in the thread that an answer is on its way, or how many come
// before it. Slack drops it after two minutes, so it is set again before; where there
// is no status line, the question gets a reaction.
type status struct {
	bot     *Bot
	a       asked
	text    func() string
	again   chan struct{} // has it shown anew
	stop    context.CancelFunc
	ended   chan struct{}
	reacted bool // read after ended
}

const (
	statusRefresh = 90 * time.Second
	waitingEmoji  = "eyes"

	statusReading = "is reading the documents…"
)

// statusWaiting says how many questions are before one.
func statusWaiting(n int) string {
	switch n {
	case 0:
		return statusReading
	case 1:
		return "is busy: 1 question comes before yours…"
	}
	return fmt.Sprintf("is busy: %d questions come before yours…", n)
}

// status prepares one, which renew shows and end takes away. It never fails: an answer
// is worth more.
func (b *Bot) status(ctx context.Context, a asked, text func() string) *status {
	s := &status{bot: b, a: a, text: text, again: make(chan struct{}, 1), ended: make(chan struct{})}
	ctx, s.stop = context.WithCancel(ctx)
	if !a.addressed() || a.TS == "" { // nobody waits, or there is nothing to mark
		close(s.ended)
		return s
	}
	go func() {
		defer close(s.ended)
		s.show(ctx)
	}()
	return s
}

func (s *status) show(ctx context.Context) {
	timer := time.NewTicker(statusRefresh)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.again:
		case <-ctx.Done():
			return
		}
		if !s.line(ctx, s.text()) && !s.reacted && ctx.Err() == nil {
			s.reacted = s.react(ctx)
		}
	}
}

// renew shows it, or shows it anew when it says something else.
func (s *status) renew() {
	select {
	case s.again <- struct{}{}:
	default:
	}
}

// line sets the status line, and tells whether there is one. A reaction is taken
// back only at the end.
func (s *status) line(ctx context.Context, text string) bool {
	b := s.bot
	if b.noStatus.closed(b.opt.Now()) {
		return false
	}
	err := b.api.call(ctx, "assistant.threads.setStatus", s.a.Channel, true, func(ctx context.Context) error {
		return b.api.SetAssistantThreadsStatusContext(context.WithoutCancel(ctx), slack.AssistantThreadsSetStatusParameters{
			ChannelID: s.a.Channel, ThreadTS: s.a.Thread, Status: text})
	})
	if err != nil && ctx.Err() == nil {
		b.opt.Log.Info("slack", "problem", "no status line", "error", err)
		b.noStatus.note(err, b.opt.Now())
	}
	return err == nil
}

func (s *status) react(ctx context.Context) bool {
	b := s.bot
	err := b.api.call(ctx, "reactions.add", s.a.Channel, true, func(ctx context.Context) error {
		return b.api.AddReactionContext(context.WithoutCancel(ctx), waitingEmoji, slack.NewRefToMessage(s.a.Channel, s.a.TS))
	})
	if err != nil && !slackSays(err, "already_reacted") {
		b.opt.Log.Info("slack", "problem", "no reaction", "error", err)
		return false
	}
	return true
}

// hold waits until nothing more will be shown. A call that has begun is let finish,
// so that it cannot overtake the message that takes the line away.
func (s *status) hold() {
	s.stop()
	<-s.ended
}

// end takes the status away. A message that was posted has taken the line away
// already.
func (s *status) end(ctx context.Context, posted bool) {
	s.hold()
	b := s.bot
	if s.reacted {
		err := b.api.call(ctx, "reactions.remove", s.a.Channel, true, func(ctx context.Context) error {
			return b.api.RemoveReactionContext(ctx, waitingEmoji, slack.NewRefToMessage(s.a.Channel, s.a.TS))
		})
		if err != nil && !slackSays(err, "no_reaction", "message_not_found") {
			b.opt.Log.Info("slack", "problem", "take a reaction back", "error", err)
		}
	} else if !posted && s.a.addressed() && s.a.TS != "" && !b.noStatus.closed(b.opt.Now()) {
		s.line(ctx, "")
	}
}
