package slackbot

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/time/rate"
)

// An api is Slack's Web API at the pace that Slack allows (R6 of its rate tiers:
// https://docs.slack.dev/apis/web-api/rate-limits), with another try where one
// cannot do the same thing twice.
type api struct {
	*slack.Client
	rest  time.Duration            // before a second try
	tiers map[string]*rate.Limiter // by method

	mu    sync.Mutex
	posts map[string]*line // by channel
}

// How long a call may take, how long Slack may tell us to wait, and how often a call is
// tried.
const (
	callTimeout = 15 * time.Second
	maxWait     = 2 * time.Minute
	maxTries    = 5
)

func newAPI(c *slack.Client, rest time.Duration) *api {
	// A quarter at once and the rest over a minute: never more than n in any minute.
	minute := func(n int) *rate.Limiter { return rate.NewLimiter(rate.Limit(.75*float64(n)/60), n/4) }
	return &api{Client: c, rest: rest, posts: map[string]*line{}, tiers: map[string]*rate.Limiter{
		"chat.startStream": minute(20), "chat.appendStream": minute(100), "chat.stopStream": minute(20),
		"chat.update": minute(50), "chat.delete": minute(50), "chat.postEphemeral": minute(100),
		"conversations.replies": minute(50), "conversations.info": minute(50), "users.info": minute(100), "reactions.add": minute(50), "reactions.remove": minute(20),
		"assistant.threads.setStatus": minute(300),
	}}
}

// A line lets one message at a time into a channel, a little over a second after the
// one before has arrived: Slack allows about one a second.
type line struct {
	mine chan struct{} // holds one token
	last time.Time
}

const postPause = 1100 * time.Millisecond

// stand waits for its turn. The caller calls leave.
func (l *line) stand(ctx context.Context) error {
	select {
	case <-l.mine:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := pause(ctx, time.Until(l.last.Add(postPause))); err != nil {
		l.mine <- struct{}{}
		return err
	}
	return nil
}

func (l *line) leave() {
	l.last = time.Now()
	l.mine <- struct{}{}
}

func (a *api) line(channel string) *line {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.posts[channel]
	if l == nil {
		l = &line{mine: make(chan struct{}, 1)}
		l.mine <- struct{}{}
		a.posts[channel] = l
	}
	return l
}

// pause waits, at most until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn does one call when it is its turn.
func (a *api) turn(ctx context.Context, method, channel string, do func(ctx context.Context) error) error {
	if method == "chat.postMessage" {
		l := a.line(channel)
		if err := l.stand(ctx); err != nil {
			return err
		}
		defer l.leave()
	} else if l := a.tiers[method]; l != nil {
		if err := l.Wait(ctx); err != nil {
			return err
		}
	}
	return do(ctx)
}

// ready tells whether a method may be called at once, and counts it as called.
func (a *api) ready(method string) bool { return a.tiers[method].Allow() }

// call calls a method when it is its turn, and again where Slack says that there
// were too many calls. again says that calling twice does no harm: then it does so
// too where nobody knows what became of the call.
func (a *api) call(ctx context.Context, method, channel string, again bool, do func(ctx context.Context) error) error {
	for try := 1; ; try++ {
		err := a.turn(ctx, method, channel, do)
		wait, retry := retryAfter(err, again, time.Duration(try*try)*a.rest)
		if !retry || try == maxTries || wait > maxWait || ctx.Err() != nil {
			return err
		}
		if pause(ctx, wait) != nil {
			return err
		}
	}
}

// retryAfter says when to try again, if at all; after backoff, if Slack does not say.
func retryAfter(err error, again bool, backoff time.Duration) (time.Duration, bool) {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	switch {
	case err == nil:
		return 0, false
	case errors.As(err, &limited):
		return max(limited.RetryAfter, 100*time.Millisecond), true
	case slackSays(err, "rate_limited", "ratelimited"):
		return backoff, true
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		return backoff, true // the workspace's own limit: no header says until when
	case errors.As(err, &status):
		return backoff, again && status.Code >= 500
	case slackSays(err):
		return 0, false
	}
	return backoff, again // the network
}

// slackSays tells whether err is an error that Slack itself gave, one of those named if
// any are.
func slackSays(err error, names ...string) bool {
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) {
		return false
	}
	return len(names) == 0 || slices.Contains(names, e.Err)
}

// unknown tells whether a call may have had its effect although it failed: so it is
// with the network, and with two errors of Slack, by its own words.
func unknown(err error) bool {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	if slackSays(err) {
		return slackSays(err, "internal_error", "fatal_error")
	}
	return err != nil && !errors.As(err, &limited) && !(errors.As(err, &status) && status.Code < 500) &&
		!errors.Is(err, errGone)
}

// final tells whether Slack has said no for good: not now is another thing.
func final(err error) bool {
	return slackSays(err) && !unknown(err) && !slackSays(err, "rate_limited", "ratelimited", "service_unavailable", "request_timeout", "team_added_to_org")
}

// rejected tells whether Slack did not like how a message is made.
func rejected(err error) bool {
	return slackSays(err, "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "too_many_attachments",
		"invalid_arguments", "invalid_arg_name", "markdown_text_conflict", "no_text", "invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large")
}

// unsupported tells whether a feature is not to be had in this workspace or with
// these scopes: there is no point in trying again.
func unsupported(err error) bool {
	return slackSays(err, "unknown_method", "method_deprecated", "feature_not_enabled", "missing_scope", "not_allowed_token_type", "deprecated_endpoint")
}

// A latch remembers for an hour that a feature is not to be had: a scope may be
// granted meanwhile.
type latch struct{ until atomic.Int64 }

func (l *latch) closed(now time.Time) bool { return now.Unix() < l.until.Load() }

func (l *latch) note(err error, now time.Time) {
	if unsupported(err) {
		l.until.Store(now.Add(believed).Unix())
	}
}

// stillborn tells whether nothing can be posted at this place at all.
func stillborn(err error) bool {
	return slackSays(err, "channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only_channel",
		"restricted_action_thread_locked", "restricted_action_non_threadable_channel", "ekm_access_denied", "cannot_reply_to_message")
}
