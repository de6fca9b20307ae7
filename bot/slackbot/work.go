package slackbot

import (
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

// enqueue has a question wait for a worker, with a status that says so. One that was
// tried before, or asked before a restart, is not turned away.
func (b *Bot) enqueue(work context.Context, a asked, d db.Delivery, tries int) (*job, error) {
	j := &job{asked: a, given: d, work: work, tries: tries}
	j.ctx, j.cancel = context.WithCancelCause(work)
	j.started = make(chan struct{})
	if err := b.queue.put(j, tries == 0); err != nil {
		return j, err
	}
	j.status = b.status(j.ctx, a, func() string { return statusWaiting(b.queue.ahead(j)) })
	close(j.started)
	return j, nil
}

// turnAway tells somebody that there are too many questions.
func (b *Bot) turnAway(j *job, why error) {
	defer j.cancel(nil)
	if errors.Is(why, errClosed) {
		return // it is noted, and answered after the restart
	}
	said := busyAll
	if errors.Is(why, errTooMany) {
		said = busyYou
	}
	r := b.reply(j, grant{}, b.now.Load())
	if err := r.notice(said); err != nil {
		b.opt.Log.Error("slack", "problem", "turn a question away", "error", err)
	}
}

// work gives one question its outcome.
func (b *Bot) work(j *job) {
	defer j.cancel(nil)
	<-j.started
	j.status.renew()
	ctx, stop := context.WithTimeoutCause(j.ctx, atMost, errTooLong)
	defer stop()
	j.ctx = ctx
	now := b.now.Load()
	g, err := access(ctx, now.rules, b.people, j.asked)
	if err != nil {
		b.opt.Log.Warn("slack", "problem", "access", "error", err)
	}
	r := b.reply(j, g, now)
	if err = b.outcome(j, g, now, r); err != nil {
		b.opt.Log.Error("slack", "problem", "give an outcome", "error", err)
		b.later(j, r.given)
	}
	// Whatever ended the question, the status goes.
	clearing, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer done()
	j.status.end(clearing, r.posted)
}

// later has a question that could not be given its outcome tried again: Slack may be
// out of reach for a while.
func (b *Bot) later(j *job, given db.Delivery) {
	if j.tries == maxTries || given.State == db.Posted {
		return // the next start tries once more
	}
	work, tries := j.work, j.tries+1
	b.side.Go(func() {
		timer := time.NewTimer(time.Duration(tries) * b.opt.Again)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-work.Done():
			return
		}
		if again, err := b.enqueue(work, j.asked, given, tries); err != nil {
			again.cancel(nil) // the bot is stopping
		}
	})
}

// outcome answers, refuses, or says what went wrong.
func (b *Bot) outcome(j *job, g grant, now *setting, r *reply) error {
	if why := context.Cause(j.ctx); why != nil {
		return r.broken(why, rag.Answer{})
	}
	switch {
	case g.Refusal != "" && j.addressed():
		return r.notice(g.Refusal)
	case g.Refusal != "":
		return r.silence()
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

// ask has the library answer. A fault in the program is an error of this question
// alone.
func (b *Bot) ask(j *job, g grant, now *setting, r *reply) (a rag.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			b.opt.Log.Error("slack", "problem", "panic", "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
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
		if err := json.Unmarshal(d.Request, &a); err != nil {
			return fmt.Errorf("read question %s: %w", d.Key, err)
		}
		if _, err := b.enqueue(work, a, d, 1); err != nil {
			return err
		}
	}
	return nil
}
