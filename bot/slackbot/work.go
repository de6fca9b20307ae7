package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"footnote/bot/db"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/text"
)

// Why an answer in progress ends.
var (
	errDeleted  = errors.New("the question was deleted")
	errStopped  = errors.New("somebody pressed stop")
	errDraining = errors.New("the bot is stopping")
	errTooLong  = errors.New("the answer took too long")
	errPanic    = errors.New("a fault in the program")
)

const (
	// longestQuestion is far more than a question needs, in bytes.
	longestQuestion = 8000
	// atMost is how long a question may take once it is begun. A model has its own,
	// shorter limits.
	atMost = 4 * time.Minute
	// stale is the age at which a question from before a restart is no longer
	// answered: whoever asked has gone on.
	stale = 12 * time.Hour

	attachments = "I cannot read attachments yet: only the text of your message."
	tooLong     = "That is too long for a question. Please ask in a few sentences."
	busyAll     = "Too many questions are waiting. Please ask again in a few minutes."
	busyYou     = "Several of your questions are waiting. I answer those first; please ask this one again after that."
	wasAway     = "I was not running when you asked this. Please ask again, if you still want to know."
	tooSlow     = "That took too long, so I stopped. Please ask again, perhaps in fewer words."
)

// accept notes a question and queues it, unless it is known.
func (b *Bot) accept(ctx, work context.Context, a asked) {
	request, err := json.Marshal(a)
	d := db.Delivery{Key: a.key(), Channel: a.Channel, Thread: a.Thread, At: b.opt.Now(), State: db.Waiting, Request: request}
	fresh := false
	if err == nil {
		fresh, err = b.opt.DB.AddDelivery(ctx, d)
	}
	if err != nil { // it is answered all the same, if this process lives
		b.opt.Log.Error("slack", "problem", "note a question", "error", err)
	} else if !fresh {
		b.opt.Log.Debug("ignored", "why", "asked before")
		return
	}
	if j, err := b.enqueue(work, a, d, 0); err != nil {
		b.side.Go(func() { b.turnAway(j, err) })
	}
}

// enqueue has a question wait for a worker, with a status that says so.
func (b *Bot) enqueue(work context.Context, a asked, d db.Delivery, tries int) (*job, error) {
	j := &job{asked: a, given: d, tries: tries}
	j.ctx, j.cancel = context.WithCancelCause(work)
	j.status = b.status(j.ctx, a, func() string { return statusWaiting(b.queue.ahead(j)) })
	err := b.queue.put(j)
	if err == nil {
		j.status.renew()
	}
	return j, err
}

// grant decides what a question may be told, and reports what could not be found out.
func (b *Bot) grant(ctx context.Context, now *setting, a asked) grant {
	g, err := access(ctx, now.rules, b.people, a)
	if err != nil {
		b.opt.Log.Warn("slack", "problem", "access", "error", err)
	}
	return g
}

// turnAway tells somebody who waits for an answer that there are too many questions.
func (b *Bot) turnAway(j *job, why error) {
	defer j.cancel(nil)
	j.status.hold()
	said := busyAll
	switch {
	case errors.Is(why, errClosed), errors.Is(why, errTaken):
		return // it is noted, and answered after the restart; or it is being answered
	case errors.Is(why, errTooMany):
		said = busyYou
	}
	now := b.now.Load()
	g := b.grant(j.ctx, now, j.asked)
	r := b.reply(j, g, now)
	if err := r.noticeOrSilence(cmp.Or(g.Refusal, said)); err != nil {
		b.opt.Log.Error("slack", "problem", "turn a question away", "error", err)
	}
}

// work gives one question its outcome. Where that cannot be done now, such as while
// Slack is out of reach, the question is tried again.
func (b *Bot) work(j *job) {
	whole := j.ctx
	ctx, stop := context.WithTimeoutCause(whole, atMost, errTooLong)
	defer stop()
	j.ctx = ctx
	j.status.renew()
	now := b.now.Load()
	g := b.grant(ctx, now, j.asked)
	r := b.reply(j, g, now)
	err := b.safely(r, func() error { return b.outcome(j, g, now, r) })
	j.given, j.ctx = r.given, whole
	age := b.opt.Now().Sub(j.given.At)
	if err != nil {
		b.opt.Log.Error("slack", "problem", "give an outcome", "error", err)
		switch {
		case errors.Is(context.Cause(whole), errDraining): // it is noted, for the next start
		case age > 2*stale: // nobody waits any more
			err = r.finish()
		default:
			b.queue.again(j, b.opt.Now().Add(time.Duration(min(j.tries+1, 10))*b.opt.Again))
			return
		}
		if err != nil {
			b.opt.Log.Error("slack", "problem", "give a question up", "error", err)
		}
	}
	// Whatever ended the question, the status goes.
	clearing, done := r.lasting()
	defer done()
	j.status.end(clearing, r.posted)
	j.cancel(nil)
	b.queue.done(j)
}

// safely makes of a fault in the program, such as one that a document's odd text
// brings out, an error of this question alone.
func (b *Bot) safely(r *reply, do func() error) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		b.opt.Log.Error("slack", "problem", fmt.Sprintf("panic: %T", v), "stack", string(debug.Stack()))
		err = r.noticeOrSilence("I could not answer. " + r.now.library.Problem(errPanic))
	}()
	return do()
}

// outcome answers, refuses, or says what went wrong. What may stand from before is
// looked for first.
func (b *Bot) outcome(j *job, g grant, now *setting, r *reply) error {
	if why := context.Cause(j.ctx); why != nil {
		return r.broken(why, rag.Answer{})
	}
	if whole, err := r.lookup(); whole || err != nil {
		return err
	}
	switch {
	case g.Refusal != "":
		return r.noticeOrSilence(g.Refusal)
	case b.opt.Now().Sub(j.given.At) > stale:
		return r.noticeOrSilence(wasAway)
	case len(j.Text) > longestQuestion:
		return r.noticeOrSilence(tooLong)
	case j.Text == "" && j.Files:
		return r.noticeOrSilence(attachments)
	case j.Text == "" && !j.addressed():
		return r.silence()
	}
	a, err := b.ask(j, g, now, r)
	switch {
	case err == nil && !j.addressed() && a.Verdict != rag.Answered:
		return r.silence()
	case err == nil:
		return r.answer(a)
	}
	if why := context.Cause(j.ctx); why != nil {
		return r.broken(why, a)
	}
	return r.noticeOrSilence("I could not answer. " + now.library.Problem(err))
}

// ask has the library answer, from what may be seen here.
func (b *Bot) ask(j *job, g grant, now *setting, r *reply) (a rag.Answer, err error) {
	q := rag.Question{Text: j.Text, Scope: g.scope()}
	if q.Text == "" { // nothing but a mention: say what there is to ask
		q.Text = "help"
	}
	if q.History, err = b.history(j, q.Scope); err != nil {
		b.opt.Log.Warn("slack", "problem", "read what was said before", "error", err)
	}
	a, err = now.library.Ask(j.ctx, q, g.Model, r.sentence)
	if err == nil && a.Verdict != rag.Chat && j.Via == direct && !j.reply() {
		b.lately.add(j.Channel, a.Turn(j.Text), q.Scope, b.opt.Now())
	}
	return a, err
}

// docsOf returns the documents that an answer cites.
func docsOf(a rag.Answer) []string {
	var docs []string
	seen := map[string]bool{}
	for _, c := range a.Citations {
		if !seen[c.DocID] {
			seen[c.DocID] = true
			docs = append(docs, c.DocID)
		}
	}
	return docs
}

// fixedFor returns the words around an answer in the language of a question.
func fixedFor(question string) (prompts.Fixed, error) { return prompts.In(text.Language(question)) }

// resume queues the questions that the last run left without an outcome.
func (b *Bot) resume(work context.Context) error {
	open, err := b.opt.DB.OpenDeliveries(work)
	if err != nil {
		return err
	}
	for _, d := range open {
		var a asked
		if err := json.Unmarshal(d.Request, &a); err != nil { // one row must not keep the bot from starting
			b.opt.Log.Error("slack", "problem", "read a question of the last run", "key", d.Key, "error", err)
			continue
		}
		if _, err := b.enqueue(work, a, d, 1); err != nil {
			return err
		}
	}
	return nil
}
