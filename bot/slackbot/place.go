package slackbot

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/slack-go/slack"

	"footnote/bot/db"
)

// errGone says that the thread in which to reply was deleted.
var errGone = errors.New("the thread was deleted")

// lookup looks in the thread for an outcome that may stand there from before, and
// tells whether it is whole: then nothing is left to do.
func (r *reply) lookup() (whole bool, err error) {
	if !r.lost {
		return false, nil
	}
	ctx, cancel := r.lasting()
	defer cancel()
	switch whole, err = r.find(ctx); {
	case slackSays(err, "thread_not_found", "channel_not_found", "message_not_found"):
		r.bot.opt.Log.Info("slack", "problem", "the place of a question is gone", "error", err)
		return true, r.finish()
	case whole:
		return true, r.finish()
	}
	return false, err
}

// put places messages where the question was asked: over those that stand there
// already, else as new ones. plain is the whole outcome as text, for a Slack that
// rejects the blocks. An error means that nobody knows what stands there, or that Slack
// cannot do it now: it is to be tried again.
func (r *reply) put(ms []message, plain string) error {
	if err := r.intend(); err != nil { // it is posted all the same: silence would be worse
		r.bot.opt.Log.Error("slack", "problem", "note the intent", "error", err)
	}
	if whole, err := r.lookup(); whole || err != nil {
		return err
	}
	ctx, cancel := r.lasting()
	defer cancel()
	place := r.placeAll
	if r.ephemeral() {
		place = r.whisperAll
	}
	r.haltStream(ctx)
	err := place(ctx, ms)
	if final(err) && !stillborn(err) { // such as blocks that it does not like
		r.bot.opt.Log.Warn("slack", "problem", "a message is rejected", "error", details(err))
		err = place(ctx, []message{{Text: plain}})
	}
	switch {
	case errors.Is(err, errGone):
		return r.finish()
	case final(err):
		err = r.elsewhere(ctx, err)
	case r.ephemeral() && unknown(err): // it may have been seen, and cannot be looked for
		r.bot.opt.Log.Error("slack", "problem", "show an answer to one person", "error", err)
		err = nil
	}
	if err != nil {
		return errors.Join(err, r.unsaid())
	}
	if errors.Is(context.Cause(r.job.ctx), errDeleted) { // meanwhile
		return r.withdraw()
	}
	return r.finish()
}

// unsaid takes back that an outcome for one person may have been seen: it was not.
func (r *reply) unsaid() error {
	if !r.ephemeral() {
		return nil
	}
	r.given.State, r.given.Request = db.Waiting, r.job.given.Request
	return r.save()
}

// haltStream ends a stream whose message will be written anew, or deleted.
func (r *reply) haltStream(ctx context.Context) {
	if r.stream == "" {
		return
	}
	err := r.bot.api.call(ctx, "chat.stopStream", r.job.Channel, true, func(ctx context.Context) error {
		_, _, err := r.bot.api.StopStreamContext(ctx, r.job.Channel, r.stream)
		return err
	})
	if err != nil && !slackSays(err, "message_not_in_streaming_state", "message_not_found", "stopped_by_user") {
		r.bot.opt.Log.Info("slack", "problem", "halt a stream", "error", err)
	}
	r.stream = ""
}

// placeAll brings the thread to hold just the given messages as the outcome.
func (r *reply) placeAll(ctx context.Context, ms []message) error {
	for i, m := range ms {
		if i < len(r.given.Posts) {
			if err := r.update(ctx, i, len(ms), m); !slackSays(err, "message_not_found", "cant_update_message", "edit_window_closed") {
				if err != nil {
					return err
				}
				continue
			}
			if err := r.keepOnly(ctx, i); err != nil { // somebody deleted it
				return err
			}
		}
		if err := r.post(ctx, i, len(ms), m); err != nil {
			return err
		}
	}
	return r.keepOnly(ctx, len(ms))
}

// keepOnly removes all messages but the first n.
func (r *reply) keepOnly(ctx context.Context, n int) error {
	for len(r.given.Posts) > n {
		last := len(r.given.Posts) - 1
		if err := r.remove(ctx, r.given.Posts[last]); err != nil {
			return err
		}
		r.given.Posts = r.given.Posts[:last]
	}
	return nil
}

func (r *reply) options(i, n int, m message) []slack.MsgOption {
	opts := []slack.MsgOption{slack.MsgOptionText(m.Text, false), r.metadata(i, n)}
	if len(m.Blocks) > 0 {
		opts = append(opts, slack.MsgOptionBlocks(m.Blocks...))
	}
	return opts
}

// asPost returns the options of a message that is new. No unfurling: only this call can
// stop it, and a preview is not the answer.
func (r *reply) asPost(i, n int, m message) []slack.MsgOption {
	opts := append(r.options(i, n, m), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if r.job.Thread != "" {
		opts = append(opts, slack.MsgOptionTS(r.job.Thread))
	}
	return opts
}

func (r *reply) update(ctx context.Context, i, n int, m message) error {
	opts := r.options(i, n, m)
	if len(m.Blocks) == 0 {
		opts = append(opts, slack.MsgOptionBlocks([]slack.Block{}...)) // else the old ones stay
	}
	update := func() error {
		return r.bot.api.call(ctx, "chat.update", r.job.Channel, true, func(ctx context.Context) error {
			_, _, _, err := r.bot.api.UpdateMessageContext(ctx, r.job.Channel, r.given.Posts[i], opts...)
			return err
		})
	}
	err := update()
	if slackSays(err, "streaming_state_conflict") {
		r.stream = r.given.Posts[i]
		r.haltStream(ctx)
		err = update()
	}
	return err
}

// post posts one message. Where nobody knows whether it was, the thread tells.
func (r *reply) post(ctx context.Context, i, n int, m message) error {
	opts := r.asPost(i, n, m)
	for try := 1; ; try++ {
		var ts, thread string
		err := r.bot.api.call(ctx, "chat.postMessage", r.job.Channel, false, func(ctx context.Context) error {
			_, at, posted, err := r.bot.api.PostMessageWithResponseContext(ctx, r.job.Channel, opts...)
			ts, thread = at, posted.ThreadTimestamp
			return err
		})
		switch {
		case err == nil && thread == "": // Slack posts to the channel if the thread is gone
			return errors.Join(errGone, r.remove(ctx, ts))
		case err == nil:
			r.note(ts)
			return nil
		case !unknown(err) || try == 3:
			return err
		}
		if _, lookErr := r.find(ctx); lookErr != nil {
			return errors.Join(err, lookErr)
		}
		if len(r.given.Posts) > i {
			return nil
		}
	}
}

// find looks in the thread for messages of this outcome that are not noted, and
// tells whether all of them are there.
func (r *reply) find(ctx context.Context) (whole bool, err error) {
	thread, err := r.bot.thread(ctx, r.job.Channel, r.job.Thread, r.job.TS)
	if err != nil {
		return false, err
	}
	known, err := r.bot.opt.DB.Deliveries(ctx, r.job.Channel, r.job.Thread)
	if err != nil {
		return false, err
	}
	others := map[string]bool{}
	for _, d := range known {
		for _, ts := range d.Posts {
			others[ts] = d.Key != r.given.Key
		}
	}
	var posts []string
	parts := 0
	for _, m := range thread {
		if m.Timestamp <= r.job.TS || m.User != r.bot.me.User || others[m.Timestamp] {
			continue
		}
		switch of, n := partOf(m); {
		case m.Metadata.EventType != metadataType: // a stream that was not ended carries none yet
			posts = append(posts, m.Timestamp)
		case of == r.job.TS:
			posts, parts = append(posts, m.Timestamp), n
		}
	}
	r.given.Posts, r.lost = posts, false
	return parts > 0 && len(posts) == parts, nil
}

// partOf returns the question that a message answers, by its metadata, and how many
// messages the answer has.
func partOf(m slack.Message) (question string, parts int) {
	question, _ = m.Metadata.EventPayload["question"].(string)
	n, _ := m.Metadata.EventPayload["parts"].(string)
	parts, err := strconv.Atoi(n)
	if err != nil {
		return question, 0
	}
	return question, parts
}

// whisperAll shows messages to the asker alone.
func (r *reply) whisperAll(ctx context.Context, ms []message) error {
	for i, m := range ms {
		opts := []slack.MsgOption{slack.MsgOptionText(m.Text, false)}
		if len(m.Blocks) > 0 {
			opts = append(opts, slack.MsgOptionBlocks(m.Blocks...))
		}
		if r.job.reply() && r.job.TS != "" {
			opts = append(opts, slack.MsgOptionTS(r.job.Thread))
		}
		err := withoutAddress(r.whisperOne(ctx, opts))
		if i > 0 && err != nil { // the beginning was seen: that has to do
			r.bot.opt.Log.Warn("slack", "problem", "show the rest of an answer", "error", details(err))
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withoutAddress returns what went wrong without the address that was called: whoever
// knows a response's can post there.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// whisperOne answers a command by its own address, which works in channels that the
// bot is not in; that address is good for a while only.
func (r *reply) whisperOne(ctx context.Context, opts []slack.MsgOption) error {
	if r.job.ResponseURL != "" {
		err := r.bot.api.call(ctx, "response_url", "", false, func(ctx context.Context) error {
			_, _, _, err := r.bot.api.SendMessageContext(ctx, r.job.Channel, append(opts, slack.MsgOptionResponseURL(r.job.ResponseURL, slack.ResponseTypeEphemeral))...)
			return err
		})
		if err == nil || rejected(err) || unknown(err) {
			return err
		}
	}
	return r.bot.api.call(ctx, "chat.postEphemeral", r.job.Channel, false, func(ctx context.Context) error {
		_, err := r.bot.api.PostEphemeralContext(ctx, r.job.Channel, r.job.User, opts...)
		return err
	})
}

// elsewhere tells the asker in a direct message that their channel takes no answer. It
// returns an error if that cannot be done either.
func (r *reply) elsewhere(ctx context.Context, why error) error {
	r.bot.opt.Log.Warn("slack", "problem", "a channel takes no answer", "error", details(why))
	if !r.job.addressed() {
		return nil
	}
	text := fmt.Sprintf("I could not answer in <#%s>: Slack does not let me post there.", r.job.Channel)
	err := r.bot.api.call(ctx, "chat.postMessage", r.job.User, false, func(ctx context.Context) error {
		_, _, err := r.bot.api.PostMessageContext(ctx, r.job.User, slack.MsgOptionText(text, false))
		return err
	})
	if final(err) {
		r.bot.opt.Log.Error("slack", "problem", "nowhere to answer", "error", err)
		return nil
	}
	return err
}

// details adds what Slack says is wrong with a message: pointers into it, no text.
func details(err error) error {
	var e slack.SlackErrorResponse
	if errors.As(err, &e) && len(e.ResponseMetadata.Messages) > 0 {
		return fmt.Errorf("%w: %q", err, e.ResponseMetadata.Messages)
	}
	return err
}
