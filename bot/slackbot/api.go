package slackbot

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/time/rate"
)

// An api is Slack's Web API at the pace that Slack allows (R6 of its rate tiers:
// https://docs.slack.dev/apis/web-api/rate-limits), with another try where one
// cannot do the same thing twice.
type api struct {
	*slack.Client
	pause time.Duration            // before a second try
	tiers map[string]*rate.Limiter // by method

	mu    sync.Mutex
	posts map[string]*rate.Limiter // by channel: about one message a second
}

// patience is how long a call may take, and how long Slack may tell us to wait.
const (
	callTimeout = 15 * time.Second
	maxWait     = 2 * time.Minute
	maxTries    = 5
)

func newAPI(c *slack.Client, pause time.Duration) *api {
	// A quarter at once and the rest over a minute: never more than n in any minute.
	minute := func(n int) *rate.Limiter { return rate.NewLimiter(rate.Limit(.75*float64(n)/60), n/4) }
	return &api{Client: c, pause: pause, posts: map[string]*rate.Limiter{}, tiers: map[string]*rate.Limiter{
		"chat.startStream": minute(20), "chat.appendStream": minute(100), "chat.stopStream": minute(20),
		"chat.update": minute(50), "chat.delete": minute(50), "chat.postEphemeral": minute(100),
		"conversations.replies": minute(50), "conversations.info": minute(50), "users.info": minute(100), "reactions.add": minute(50), "reactions.remove": minute(20),
		"assistant.threads.setStatus": minute(300),
	}}
}

// limiter returns the limiter of a method, or for messages that of a channel.
func (a *api) limiter(method, channel string) *rate.Limiter {
	if method != "chat.postMessage" {
		return a.tiers[method]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.posts) > 10_000 {
		clear(a.posts) // more channels than anybody writes to at once
	}
	l := a.posts[channel]
	if l == nil {
		l = rate.NewLimiter(rate.Every(1100*time.Millisecond), 1) // a little slower: not all take equally long to arrive
		a.posts[channel] = l
	}
	return l
}

// ready tells whether a method may be called at once, and counts it as called.
func (a *api) ready(method string) bool { return a.tiers[method].Allow() }

// call calls a method when it is its turn, and again where Slack says that there
// were too many calls. again says that calling twice does no harm: then it does so
// too where nobody knows what became of the call.
func (a *api) call(ctx context.Context, method, channel string, again bool, do func(ctx context.Context) error) error {
	for try := 1; ; try++ {
		if l := a.limiter(method, channel); l != nil {
			if err := l.Wait(ctx); err != nil {
				return err
			}
		}
		err := do(ctx)
		wait, retry := retryAfter(err, again, time.Duration(try*try)*a.pause)
		if !retry || try == maxTries || wait > maxWait || ctx.Err() != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
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
	for _, name := range names {
		if e.Err == name {
			return true
		}
	}
	return len(names) == 0
}

// unknown tells whether a call may have had its effect although it failed.
func unknown(err error) bool {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	return err != nil && !slackSays(err) && !errors.As(err, &limited) && !(errors.As(err, &status) && status.Code < 500)
}

// rejected tells whether Slack did not like how a message is made.
func rejected(err error) bool {
	return slackSays(err, "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "too_many_attachments",
		"invalid_arguments", "invalid_arg_name", "markdown_text_conflict", "no_text", "invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large")
}

// unsupported tells whether a feature is not to be had in this workspace or with
// these scopes: there is no point in trying again.
func unsupported(err error) bool {
	return slackSays(err, "unknown_method", "method_deprecated", "feature_not_enabled", "missing_scope", "not_allowed_token_type",
		"access_denied", "method_not_supported_for_channel_type", "deprecated_endpoint")
}

// stillborn tells whether nothing can be posted at this place at all.
func stillborn(err error) bool {
	return slackSays(err, "channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only_channel",
		"restricted_action_thread_locked", "restricted_action_non_threadable_channel", "ekm_access_denied", "cannot_reply_to_message")
}
