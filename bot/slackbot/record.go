package slackbot

import (
	"context"

	"footnote/rag"
)

func (b *Bot) keep(j *job, g grant, a rag.Answer) {}

func (b *Bot) vote(ctx context.Context, c clicked, vote int) error { return nil }

func (b *Bot) explain(ctx context.Context, e explained) {}
