package slackbot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot/db"
	"footnote/bot/show"
	"footnote/rag"
)

// A reply gives one question its one outcome: streamed by checked sentence, or
// posted at once. Where something of it stands already, from a stream that broke or
// from before a crash, that is finished instead of posted again.
type reply struct {
	bot   *Bot
	job   *job
	given db.Delivery
	grant grant
	now   *setting
	view  view

	said   []rag.CitedSentence
	rest   strings.Builder // of the sentences, not streamed yet
	own    bool            // a model's own words are among them: only those are streamed
	stream string          // ts of the message that is streamed; empty if none
	dead   bool            // nothing can be streamed, or no more
	lost   bool            // something may stand in the thread that given does not know of
	last   time.Time       // that something was streamed
	sent   int             // bytes streamed
	posted bool            // a message is new: Slack has taken the status away
}

const (
	// pace is the least time between two appends: Slack allows about 100 a minute
	// to the whole app.
	pace = 800 * time.Millisecond
	// streamSize is how much is streamed: Slack takes 12,000 characters. Its five
	// minutes are more than a question may take.
	streamSize = 11_000

	metadataType = "footnote_answer"
)

func (b *Bot) reply(j *job, g grant, now *setting) *reply {
	fixed, err := fixedFor(j.Text)
	if err != nil {
		b.opt.Log.Error("slack", "problem", "fixed words", "error", err)
	}
	r := &reply{bot: b, job: j, given: j.given, grant: g, now: now, lost: j.given.State == db.Posting,
		view: view{Fixed: fixed, Link: now.library.Link, Limited: !g.All, Now: b.opt.Now}}
	if g.Model {
		r.view.Model = now.library.Model()
	}
	r.view.Documents = now.library.Documents(g.scope())
	r.dead = !g.Streaming || r.ephemeral() || !j.addressed() || j.Files || b.noStream.closed(b.opt.Now()) || r.lost
	return r
}

// ephemeral tells whether only the asker gets to see the outcome.
func (r *reply) ephemeral() bool {
	return r.job.Via == command || r.grant.Ephemeral && r.job.Via != direct
}

// sentence takes the next checked sentence. It fits rag.Engine.Ask.
func (r *reply) sentence(s rag.CitedSentence) {
	r.rest.WriteString(r.view.next(r.said, s))
	r.said = append(r.said, s)
	r.own = r.own || show.Written(s)
	now := r.bot.opt.Now()
	switch {
	case r.dead || !r.own:
	case r.sent+r.rest.Len() > streamSize:
		r.dead = true // the end puts it right
	case r.stream == "":
		r.start(now)
	case now.Sub(r.last) >= pace && r.bot.api.ready("chat.appendStream"):
		r.append(now)
	}
}

// start begins the stream with what there is to say.
func (r *reply) start(now time.Time) {
	if !r.bot.api.ready("chat.startStream") {
		r.dead = true
		return
	}
	r.given.Scope = r.grant.scope()
	if err := r.intend(); err != nil {
		r.dead = true
		return
	}
	_, ts, err := r.bot.api.StartStreamContext(r.job.ctx, r.job.Channel, slack.MsgOptionTS(r.job.Thread), slack.MsgOptionMarkdownText(r.rest.String()),
		slack.MsgOptionRecipientTeamID(r.job.UserTeam), slack.MsgOptionRecipientUserID(r.job.User))
	if err != nil {
		r.dead, r.lost = true, unknown(err)
		r.bot.noStream.note(err, now)
		r.bot.opt.Log.Info("slack", "problem", "start a stream", "error", err)
		return
	}
	r.stream = ts
	r.streamed(now)
	r.note(ts)
}

func (r *reply) append(now time.Time) {
	_, _, err := r.bot.api.AppendStreamContext(r.job.ctx, r.job.Channel, r.stream, slack.MsgOptionMarkdownText(r.rest.String()))
	switch {
	case err == nil:
		r.streamed(now)
	case slackSays(err, "stopped_by_user"):
		r.job.cancel(errStopped)
		r.dead = true
	default:
		r.dead = true // nobody knows what stands there: the end writes all of it
		r.bot.opt.Log.Info("slack", "problem", "append to a stream", "error", err)
	}
}

func (r *reply) streamed(now time.Time) {
	r.last, r.sent = now, r.sent+r.rest.Len()
	r.rest.Reset()
}

// intend notes, before anything is posted, that something may have been. An outcome
// that only one person sees cannot be found again: it is noted as posted, so that it
// is shown at most once.
func (r *reply) intend() error {
	r.job.status.hold()
	if r.given.State != db.Waiting {
		return nil
	}
	r.given.State = db.Posting
	if r.ephemeral() {
		r.given.State, r.given.Request = db.Posted, nil
	}
	return r.save()
}

// note remembers a message of the outcome.
func (r *reply) note(ts string) {
	r.given.Posts, r.posted = append(r.given.Posts, ts), true
	if err := r.save(); err != nil {
		r.bot.opt.Log.Error("slack", "problem", "note a message", "error", err)
	}
}

// save outlives the question's context: what was posted was.
func (r *reply) save() error {
	ctx, cancel := r.lasting()
	defer cancel()
	return r.bot.opt.DB.SetDelivery(ctx, r.given)
}

// lasting is for what has to be done even after the question was cancelled, until the
// bot itself ends.
func (r *reply) lasting() (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.bot.life, maxWait)
}

// finish notes that the outcome is there, and forgets what was asked.
func (r *reply) finish() error {
	r.given.State, r.given.Request = db.Posted, nil
	if err := r.save(); err != nil {
		return fmt.Errorf("note an outcome: %w", err)
	}
	return nil
}

// silence is the outcome of a message that nobody addressed to the bot.
func (r *reply) silence() error { return r.finish() }

// noticeOrSilence says something to somebody who waits.
func (r *reply) noticeOrSilence(s string) error {
	if !r.job.addressed() {
		return r.silence()
	}
	return r.notice(s)
}

// notice is the outcome of a question that has no answer.
func (r *reply) notice(s string) error {
	r.given.Scope, r.given.Docs = rag.Scope{}, nil // it tells of no document
	return r.put([]message{notice(s)}, notice(s).Text)
}

// answer is the outcome of most questions.
func (r *reply) answer(a rag.Answer) error {
	r.given.Scope, r.given.Docs = r.grant.scope(), docsOf(a)
	r.bot.keep(r.job, a) // before anybody can vote
	if r.stream != "" && !r.dead && r.job.ctx.Err() == nil && r.endStream(a) {
		return r.finish()
	}
	err := r.put(r.messages(a), r.view.plain(a))
	if err != nil {
		r.bot.unkeep(a) // another try has another answer
	}
	return err
}

// messages are the answer as it stands when nothing was streamed.
func (r *reply) messages(a rag.Answer) []message {
	ms := r.view.messages(a, r.buttons(a)...)
	if r.job.Files {
		ms[0] = ms[0].below(small(label(attachments, maxElement)))
	}
	if r.job.Via == command { // Slack shows nobody what was typed
		ms[0] = ms[0].below(r.view.question(r.job.Text))
	}
	return ms
}

// buttons are those below an answer. What is no answer needs no judgement.
func (r *reply) buttons(a rag.Answer) []button {
	if a.Verdict == rag.Chat {
		return nil
	}
	if !r.ephemeral() {
		return r.votes()
	}
	r.bot.shared.add(r.job.asked, r.grant.scope(), a, r.bot.opt.Now())
	return append(r.votes(), share)
}

// votes are the buttons of those, where they are kept.
func (r *reply) votes() []button {
	if r.now.rules.Retention == 0 {
		return nil
	}
	return []button{helpful, unhelpful}
}

// endStream finishes the stream with what is left of the answer and its sources.
func (r *reply) endStream(a rag.Answer) bool {
	ms := r.view.messages(a)
	if len(ms) > 1 || hasTable(ms[0]) { // no stream holds more
		return false
	}
	tail := r.view.tail(a, r.buttons(a)...)
	opts := []slack.MsgOption{slack.MsgOptionBlocks(tail.Blocks...), r.metadata(0, 1)}
	if r.rest.Len() > 0 {
		opts = append(opts, slack.MsgOptionMarkdownText(r.rest.String()))
	}
	err := r.bot.api.call(r.job.ctx, "chat.stopStream", r.job.Channel, false, func(ctx context.Context) error {
		_, _, err := r.bot.api.StopStreamContext(ctx, r.job.Channel, r.stream, opts...)
		return err
	})
	if err != nil {
		r.bot.opt.Log.Info("slack", "problem", "end a stream", "error", err)
	}
	r.dead, r.lost = true, unknown(err)
	return err == nil
}

func hasTable(m message) bool {
	return slices.ContainsFunc(m.Blocks, func(b slack.Block) bool { return b.BlockType() == slack.MBTTable })
}

// broken is the outcome of a question that was ended from outside, with what there is
// of an answer.
func (r *reply) broken(why error, a rag.Answer) error {
	switch {
	case errors.Is(why, errDeleted):
		return r.withdraw()
	case errors.Is(why, errStopped):
		return r.stop(a)
	case errors.Is(why, errTooLong):
		return r.noticeOrSilence(tooSlow)
	}
	// The bot is stopping. What is noted is answered after the restart.
	ctx, cancel := r.lasting()
	defer cancel()
	r.haltStream(ctx)
	return nil
}

// stop keeps what an answer had come to when somebody stopped it.
func (r *reply) stop(a rag.Answer) error {
	if len(a.Sentences) == 0 {
		return r.notice(stoppedNotice)
	}
	a.Verdict, a.Degraded = rag.Partial, rag.Cancelled
	r.given.Scope, r.given.Docs = r.grant.scope(), docsOf(a)
	return r.put(r.messages(a), r.view.plain(a))
}

const stoppedNotice = "Stopped."

// withdraw takes everything back: the question is gone.
func (r *reply) withdraw() error {
	ctx, cancel := r.lasting()
	defer cancel()
	if r.lost { // the question went while something was being posted
		if _, err := r.find(ctx); err != nil {
			return err
		}
	}
	r.haltStream(ctx)
	var errs []error
	for _, ts := range r.given.Posts {
		errs = append(errs, r.remove(ctx, ts))
	}
	r.given.Posts = nil
	return errors.Join(append(errs, r.finish())...)
}

func (r *reply) remove(ctx context.Context, ts string) error {
	err := r.bot.api.call(ctx, "chat.delete", r.job.Channel, true, func(ctx context.Context) error {
		_, _, err := r.bot.api.DeleteMessageContext(ctx, r.job.Channel, ts)
		return err
	})
	if slackSays(err, "message_not_found") {
		return nil
	}
	return err
}

// metadata marks message i of n of an outcome. Everybody in the workspace can read
// it, so it holds nothing but the question's ts.
func (r *reply) metadata(i, n int) slack.MsgOption {
	return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{
		"question": r.job.TS, "part": strconv.Itoa(i), "parts": strconv.Itoa(n)}})
}
