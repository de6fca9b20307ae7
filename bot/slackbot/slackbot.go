// Package slackbot answers questions in Slack: mentions, direct messages, the
// assistant's panel, /ask, and channels that opted in. It alone imports slack-go.
//
//	socket -decode-> asked -admit-> queue -work-> access, history, Ask -reply-> one outcome
//
// Every addressed question ends in exactly one visible outcome: an answer, "not in
// the documents", a refusal, or an error with a reference. So that neither a crash
// nor an event that comes twice changes that, a question is noted in state.db
// before it is acknowledged, the intent to post before anything is posted, and each
// message carries the ts of its question as metadata: after a crash the thread is
// read first, and what stands there is finished.
//
// What may be seen where is decided in access.go, by rules that fail closed. How
// answers look is the view's, in view.go; that nothing in them can ring anybody or
// breaks one of Slack's limits is markdown.go's and split.go's.
package slackbot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/rag"
)

// A Library is what is asked. It is safe for concurrent use, and immutable: after
// a change of settings there is another one.
type Library interface {
	// Ask answers q; if model is false, with quotes. It hands each checked sentence
	// to each.
	Ask(ctx context.Context, q rag.Question, model bool, each func(rag.CitedSentence)) (rag.Answer, error)
	// Model names the language model; it is empty if there is none.
	Model() string
	// Documents returns how many there are in a scope.
	Documents(s rag.Scope) int
	// Examples returns up to n questions that the documents in a scope can answer.
	Examples(ctx context.Context, s rag.Scope, n int) ([]string, error)
	// Link returns where a reader can open a source; empty if nowhere.
	Link(c rag.Citation) string
	// Problem reports an error, and says in a sentence with a reference what the
	// user can know of it.
	Problem(err error) string
}

// Options are what a Bot needs.
type Options struct {
	BotToken, AppToken string
	URL                string // of the Web API, with a final slash; empty: Slack's
	DB                 *db.DB // may be written to
	Library            Library
	Rules              config.Slack
	Log                *slog.Logger
	Now                func() time.Time
	Workers            int           // questions answered at once; 0: 4
	Waiting            int           // questions that may wait; 0: 100
	PerUser            int           // of one person, waiting or being answered; 0: 5
	Again              time.Duration // before an outcome that could not be given is tried again; 0: 30 s
	Drain              time.Duration // how long questions may take after the bot was told to stop; 0: 25 s
}

// A Bot relays between Slack and a Library.
type Bot struct {
	opt    Options
	api    *api
	people *lookups
	queue  *queue
	me     self
	lately *lately
	shared *shareable

	now      atomic.Pointer[setting]
	noStatus latch // the workspace has no status line, or the app no scope for it
	noStream latch
	side     sync.WaitGroup  // what runs beside the workers
	life     context.Context // ends a little after the time to drain
}

// A setting is what can be exchanged while the bot runs, always as a whole.
type setting struct {
	library Library
	rules   config.Slack
}

// New returns a bot. Nothing is asked of Slack yet.
func New(opt Options) *Bot {
	opt.Workers, opt.Waiting, opt.PerUser = orElse(opt.Workers, 4), orElse(opt.Waiting, 100), orElse(opt.PerUser, 5)
	opt.Again, opt.Drain = orElse(opt.Again, 30*time.Second), orElse(opt.Drain, 25*time.Second)
	b := &Bot{opt: opt, api: newAPI(opt.client(), opt.Again/60), life: context.Background(), queue: newQueue(opt.Waiting, opt.PerUser),
		lately: newLately(), shared: newShareable()}
	b.people = newLookups(b.api, opt.Now)
	b.Exchange(opt.Library, opt.Rules)
	return b
}

// client returns a client of the Web API.
func (opt Options) client() *slack.Client {
	options := []slack.Option{
		slack.OptionAppLevelToken(opt.AppToken),
		slack.OptionHTTPClient(&http.Client{Timeout: callTimeout}), // slack-go's own has none
		slack.OptionLog(log.New(io.Discard, "", 0)),                // it prints texts
	}
	if opt.URL != "" {
		options = append(options, slack.OptionAPIURL(opt.URL))
	}
	return slack.New(opt.BotToken, options...)
}

func orElse[T int | time.Duration](v, other T) T {
	if v == 0 {
		return other
	}
	return v
}

// Exchange has the next question answered by another library, under other rules.
func (b *Bot) Exchange(l Library, rules config.Slack) { b.now.Store(&setting{l, rules}) }

// ErrTokens says that Slack refuses a token.
var ErrTokens = errors.New("token refused")

// Run connects and answers until ctx ends; then it finishes what has begun, as far
// as there is time, and the rest when it is run again. It returns an error that
// wraps ErrTokens where Slack refuses a token.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.identify(ctx); err != nil {
		return err
	}
	// Answers in progress outlive ctx by the time to drain.
	work, halt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer halt(nil)
	var endLife context.CancelFunc
	b.life, endLife = context.WithCancel(context.WithoutCancel(ctx))
	defer endLife()
	if err := b.resume(work); err != nil {
		return err
	}
	var workers sync.WaitGroup
	for range b.opt.Workers {
		workers.Go(func() {
			for j := b.queue.take(work, b.opt.Now); j != nil; j = b.queue.take(work, b.opt.Now) {
				b.work(j)
			}
		})
	}
	err := b.listen(ctx, work)
	b.queue.close()
	for _, end := range []*time.Timer{time.AfterFunc(b.opt.Drain, func() { halt(errDraining) }), time.AfterFunc(b.opt.Drain+lastCalls, endLife)} {
		defer end.Stop()
	}
	workers.Wait()
	halt(errDraining)
	b.side.Wait()
	return err
}

// lastCalls is how long the bot may still talk to Slack after the time to drain, so
// that no stream is left open.
const lastCalls = 3 * time.Second

// identify asks Slack who the bot is.
func (b *Bot) identify(ctx context.Context) error {
	return b.api.call(ctx, "auth.test", "", true, func(ctx context.Context) error {
		r, err := b.api.AuthTestContext(ctx)
		if err != nil {
			return connectError("SLACK_BOT_TOKEN", err)
		}
		b.me = self{Team: r.TeamID, User: r.UserID, Bot: r.BotID}
		b.people.team = r.TeamID
		b.opt.Log.Info("connected", "team", r.TeamID, "bot", r.BotID)
		return nil
	})
}

// connectError says what to do where Slack lets the bot not in.
func connectError(variable string, err error) error {
	if refused(err) {
		return fmt.Errorf("%w: Slack does not take %s (%w); run footnote slack check", ErrTokens, variable, err)
	}
	return fmt.Errorf("connect to Slack: %w", err)
}

// refused tells whether Slack does not take a token, or not for what it was used for.
func refused(err error) bool {
	return slackSays(err, "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "missing_scope")
}
