package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"slices"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"footnote/bot/db"
)

// Together these leave a margin in the three seconds after which Slack delivers again.
const (
	noteTimeout = 1500 * time.Millisecond
	ackTimeout  = time.Second
)

// listen receives envelopes until ctx ends. Work that they give rise to goes on in
// work.
func (b *Bot) listen(ctx, work context.Context) error {
	socket := socketmode.New(b.api.Client, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	listening, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- socket.RunContext(listening) }()
	for {
		select {
		case e := <-socket.Events:
			// slack-go goes on trying for ever with a token that can open no socket.
			if err := connectionFault(e); refused(err) {
				stop()
				<-ended
				return connectError("SLACK_APP_TOKEN", err)
			}
			if ctx.Err() == nil {
				b.event(work, socket, e)
			}
		case err := <-ended:
			if ctx.Err() != nil {
				return nil
			}
			return connectError("SLACK_APP_TOKEN", err)
		}
	}
}

// connectionFault returns why a socket could not be opened, if an event tells of that.
func connectionFault(e socketmode.Event) error {
	if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
		return failed.ErrorObj
	}
	return nil
}

// event handles one event of the socket. It must be quick: while it runs, no pings
// are answered.
func (b *Bot) event(work context.Context, socket *socketmode.Client, e socketmode.Event) {
	var req socketmode.Request
	switch e.Type {
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		req = *e.Request
	case socketmode.EventTypeErrorBadMessage: // slack-go could not read it, and has not acknowledged it
		bad, ok := e.Data.(*socketmode.ErrorBadMessage)
		if !ok || json.Unmarshal(bad.Message, &req) != nil || req.EnvelopeID == "" {
			b.opt.Log.Warn("slack", "problem", "a message that cannot be read")
			return
		}
	case socketmode.EventTypeConnectionError:
		b.opt.Log.Warn("slack", "problem", "cannot connect", "error", connectionFault(e))
		return
	default:
		return
	}
	if req.EnvelopeID == "" {
		return
	}
	h := decode(req.Type, req.Payload, b.me)
	// Noted first, then acknowledged: what is lost in between comes again.
	noting, cancel := context.WithTimeout(work, noteTimeout)
	defer cancel()
	b.hear(noting, work, h)
	acking, cancel := context.WithTimeout(work, ackTimeout)
	defer cancel()
	if err := socket.AckCtx(acking, req.EnvelopeID, nil); err != nil && !errors.Is(err, context.Canceled) {
		b.opt.Log.Warn("slack", "problem", "acknowledge", "error", err)
	}
}

// hear acts on what was heard. What takes longer than a row in a database it leaves
// to others.
func (b *Bot) hear(ctx, work context.Context, h heard) {
	switch h := h.(type) {
	case asked:
		if why := b.admit(ctx, h); why != "" {
			b.opt.Log.Debug("ignored", "why", why)
			return
		}
		b.accept(ctx, work, h)
	case deleted:
		key := messageKey(h.Team, h.Channel, h.TS)
		b.queue.cancel(errDeleted, func(j *job) bool { return j.key() == key })
	case stopped:
		b.queue.cancel(errStopped, func(j *job) bool { return j.Channel == h.Channel && j.Thread == h.Thread })
	case reshared:
		b.people.forget(h.Channel)
	case opened:
		b.side.Go(func() { b.suggest(work, h) })
	case clicked:
		b.side.Go(func() { b.click(work, h) })
	case explained:
		b.side.Go(func() { b.explain(work, h) })
	case ignored:
		b.opt.Log.Debug("ignored", "why", h.Why)
	}
}

// admit says why a message is none of the bot's business, or nothing.
func (b *Bot) admit(ctx context.Context, a asked) string {
	rules := b.now.Load().rules
	return admit(rules, a, func() bool {
		known, err := b.opt.DB.Deliveries(ctx, a.Channel, a.Thread)
		if err != nil {
			b.opt.Log.Error("slack", "problem", "read the questions of a thread", "error", err)
		}
		return slices.ContainsFunc(known, func(d db.Delivery) bool { return len(d.Posts) > 0 })
	})
}
