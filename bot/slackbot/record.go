package slackbot

import (
	"context"
	"errors"

	"footnote/bot/db"
	"footnote/rag"
)

// What is kept of questions and of what people think of the answers. Who they are is
// kept as a pseudonym; with a retention of 0 nothing is kept.

// keep keeps a question and what its answer cites.
func (b *Bot) keep(j *job, a rag.Answer) {
	if b.now.Load().rules.Retention == 0 || a.Verdict == rag.Chat {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), noteTimeout)
	defer cancel()
	user, err := b.pseudonym(ctx, j.Team, j.User)
	q := db.Question{ID: a.ID, At: b.opt.Now(), Text: j.Text, Verdict: string(a.Verdict), Latency: a.Timing.Total, Channel: j.Channel, User: user,
		Tokens: db.Tokens{Prompt: a.Usage.PromptTokens, Cached: a.Usage.CachedTokens, Completion: a.Usage.CompletionTokens},
		Model:  a.Model, Degraded: a.Degraded}
	for _, c := range a.Citations {
		q.Citations = append(q.Citations, db.Citation{Doc: c.DocID, Paragraph: c.Paragraph, Start: c.Span.Start, End: c.Span.End, Quote: c.Quote})
	}
	if err == nil {
		err = b.opt.DB.AddQuestion(ctx, q)
	}
	if err != nil {
		b.opt.Log.Error("slack", "problem", "keep a question", "error", err)
	}
}

// unkeep takes that back.
func (b *Bot) unkeep(a rag.Answer) {
	ctx, cancel := context.WithTimeout(b.life, noteTimeout)
	defer cancel()
	if err := b.opt.DB.DropQuestion(ctx, a.ID); err != nil {
		b.opt.Log.Error("slack", "problem", "drop a question", "error", err)
	}
}

func (b *Bot) pseudonym(ctx context.Context, team, user string) (string, error) {
	secret, err := b.opt.DB.Secret(ctx)
	if err != nil {
		return "", err
	}
	return db.Pseudonym(secret, team, user), nil
}

// errNotKept says that no feedback is kept.
var errNotKept = errors.New("feedback is not kept")

// vote keeps what a person thinks of an answer: one vote, the last one holds.
func (b *Bot) vote(ctx context.Context, team, user, answerID string, vote int, reason string) error {
	if b.now.Load().rules.Retention == 0 {
		return errNotKept
	}
	who, err := b.pseudonym(ctx, team, user)
	if err != nil {
		return err
	}
	f := db.Feedback{AnswerID: answerID, User: who, Vote: vote, Comment: reason, At: b.opt.Now()}
	q, _, err := b.opt.DB.Question(ctx, answerID)
	if err != nil {
		return err
	}
	f.Question, f.Verdict = q.Text, q.Verdict
	return b.opt.DB.AddFeedback(ctx, f)
}

// explain keeps the reason why an answer was not helpful.
func (b *Bot) explain(ctx context.Context, e explained) {
	if err := b.vote(ctx, e.Team, e.User, e.AnswerID, -1, e.Reason); err != nil && !errors.Is(err, errNotKept) {
		b.opt.Log.Error("slack", "problem", "keep a reason", "error", err)
	}
}
