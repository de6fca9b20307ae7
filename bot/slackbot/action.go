package slackbot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"footnote/rag"
)

// What a person gets to see after pressing a button.
const (
	thanksHelpful   = "Thank you: noted as helpful."
	thanksUnhelpful = "Thank you: noted as not helpful."
	notKept         = "Feedback is not kept here."
	notNoted        = "That could not be noted. Please try again."
	sharedBefore    = "That answer is shared here already."
	notAtHand       = "That answer is no longer at hand. Please ask again."
	notYours        = "Only who asked can share this answer."
	tooWide         = "This answer rests on documents that this channel may not see, so I do not share it here."
)

// click acts on a button.
func (b *Bot) click(ctx context.Context, c clicked) {
	var said string
	var err error
	switch c.Action {
	case string(helpful):
		said, err = thanksHelpful, b.vote(ctx, c.Team, c.User, c.Value, 1, "")
	case string(unhelpful):
		// The form first: its trigger is good for three seconds.
		if err := b.askWhy(ctx, c); err != nil {
			b.opt.Log.Warn("slack", "problem", "open a form", "error", err)
		}
		said, err = thanksUnhelpful, b.vote(ctx, c.Team, c.User, c.Value, -1, "")
	case string(share):
		said, err = b.share(ctx, c)
	default:
		return // a link opens by itself
	}
	if errors.Is(err, errNotKept) {
		said = notKept
	} else if err != nil {
		b.opt.Log.Error("slack", "problem", "act on a button", "action", c.Action, "error", err)
		said = notNoted
	}
	if said == "" {
		return
	}
	if err := b.tell(ctx, c, said); err != nil {
		b.opt.Log.Warn("slack", "problem", "acknowledge a button", "error", err)
	}
}

// tell says something to the person who pressed a button, alone.
func (b *Bot) tell(ctx context.Context, c clicked, s string) error {
	m := notice(s)
	opts := []slack.MsgOption{slack.MsgOptionText(m.Text, false)}
	if c.ResponseURL != "" {
		_, _, _, err := b.api.SendMessageContext(ctx, c.Channel, append(opts, slack.MsgOptionResponseURL(c.ResponseURL, slack.ResponseTypeEphemeral))...)
		if err == nil || unknown(err) {
			return withoutAddress(err)
		}
	}
	if c.Thread != "" {
		opts = append(opts, slack.MsgOptionTS(c.Thread))
	}
	return b.api.call(ctx, "chat.postEphemeral", c.Channel, false, func(ctx context.Context) error {
		_, err := b.api.PostEphemeralContext(ctx, c.Channel, c.User, opts...)
		return err
	})
}

func (b *Bot) askWhy(ctx context.Context, c clicked) error {
	fixed, err := fixedFor(c.Text)
	if err != nil {
		return err
	}
	_, err = b.api.OpenViewContext(ctx, c.Trigger, view{Fixed: fixed}.reasonModal(c.Value))
	return err
}

// share posts an answer that only its asker has seen, if the channel may see as much
// as the answer did.
func (b *Bot) share(ctx context.Context, c clicked) (said string, err error) {
	now := b.now.Load()
	kept, ok := b.shared.get(c.Value)
	switch {
	case !ok:
		return notAtHand, nil
	case kept.User != c.User:
		return notYours, nil
	}
	a := asked{Team: c.Team, Channel: c.Channel, User: c.User, UserTeam: c.UserTeam, Thread: c.Thread, Text: kept.Text, Via: mention}
	g := b.grant(ctx, now, a)
	switch {
	case g.Refusal != "":
		return g.Refusal, nil
	case !within(kept.scope, g.scope()):
		return tooWide, nil
	}
	if !b.shared.begin(c.Value, c.Channel) {
		return sharedBefore, nil
	}
	r := b.reply(&job{asked: a, ctx: ctx}, g, now)
	ms := r.view.messages(kept.answer, r.votes()...)
	ms[0] = ms[0].below(r.view.question(kept.Text))
	for i, m := range ms {
		if err = r.postIn(ctx, i, len(ms), m); err != nil {
			break
		}
	}
	if err != nil && !r.posted && !unknown(err) { // another click may try again
		b.shared.failed(c.Value, c.Channel)
	}
	if stillborn(err) {
		return refusedOutside, nil
	}
	return "", err
}

// postIn posts a message that answers nobody's message.
func (r *reply) postIn(ctx context.Context, i, n int, m message) error {
	opts := r.asPost(i, n, m)
	return r.bot.api.call(ctx, "chat.postMessage", r.job.Channel, false, func(ctx context.Context) error {
		_, _, err := r.bot.api.PostMessageContext(ctx, r.job.Channel, opts...)
		r.posted = r.posted || err == nil
		return err
	})
}

// shareable keeps the last answers that one person alone has seen, until the bot
// stops.
type shareable struct {
	mu   sync.Mutex
	kept map[string]keptAnswer
	ids  []string // oldest first
}

// begin tells whether an answer is not shared in a channel yet, and notes that it is.
func (s *shareable) begin(id, channel string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kept[id]
	if slices.Contains(k.in, channel) {
		return false
	}
	k.in = append(k.in, channel)
	s.kept[id] = k
	return true
}

// failed takes that back.
func (s *shareable) failed(id, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kept[id]
	k.in = slices.DeleteFunc(k.in, func(c string) bool { return c == channel })
	s.kept[id] = k
}

type keptAnswer struct {
	asked
	answer rag.Answer
	scope  rag.Scope
	at     time.Time
	in     []string // channels that it is shared in
}

const (
	maxShareable = 500
	shareableFor = time.Hour
)

func newShareable() *shareable { return &shareable{kept: map[string]keptAnswer{}} }

func (s *shareable) add(a asked, scope rag.Scope, answer rag.Answer, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ids) > 0 && (len(s.ids) >= maxShareable || at.Sub(s.kept[s.ids[0]].at) > shareableFor) {
		delete(s.kept, s.ids[0])
		s.ids = s.ids[1:]
	}
	s.kept[answer.ID] = keptAnswer{asked: a, answer: answer, scope: scope, at: at}
	s.ids = append(s.ids, answer.ID)
}

func (s *shareable) get(id string) (keptAnswer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[id]
	return k, ok
}

// suggest shows questions to begin with in the assistant's panel.
func (b *Bot) suggest(ctx context.Context, o opened) {
	now := b.now.Load()
	g, err := access(ctx, now.rules, b.people, asked{Team: b.me.Team, Channel: o.Channel, User: o.User, Via: direct})
	if err == nil && g.Refusal == "" {
		err = b.prompts(ctx, now.library, o, g.scope())
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		b.opt.Log.Info("slack", "problem", "suggest questions", "error", err)
	}
}

// maxPrompts is how many Slack shows.
const maxPrompts = 4

func (b *Bot) prompts(ctx context.Context, l Library, o opened, s rag.Scope) error {
	questions, err := l.Examples(ctx, s, maxPrompts)
	if err != nil || len(questions) == 0 {
		return err
	}
	p := slack.AssistantThreadsSetSuggestedPromptsParameters{Title: "You could ask", ChannelID: o.Channel, ThreadTS: o.Thread}
	for _, q := range questions {
		p.AddPrompt(q, q)
	}
	return b.api.call(ctx, "assistant.threads.setSuggestedPrompts", o.Channel, true, func(ctx context.Context) error {
		return b.api.SetAssistantThreadsSuggestedPromptsContext(ctx, p)
	})
}
