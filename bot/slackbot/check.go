package slackbot

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"footnote/bot/config"
	"footnote/bot/show"
)

// A Finding is one thing that Check looked at, in a sentence.
type Finding struct {
	OK     bool
	What   string
	Remedy string // what to do; empty if nothing
}

// Check tries what the bot needs of Slack, and says what to do about what is
// missing. It posts nothing.
func Check(ctx context.Context, opt Options) []Finding {
	client := opt.client()
	bot, scopes := checkBotToken(ctx, client, opt.BotToken)
	all := []Finding{bot}
	if bot.OK {
		all = append(all, checkScopes(scopes, opt.Rules))
	}
	app := checkAppToken(ctx, client, opt.AppToken)
	all = append(all, app)
	if app.OK {
		all = append(all, checkSocket(ctx, client))
	}
	if bot.OK {
		all = append(all, checkChannels(ctx, client, opt.Rules)...)
	}
	return all
}

// noAnswer is what to say of a call that failed, but not for a token.
func noAnswer(err error) Finding {
	if slackSays(err) {
		return Finding{What: fmt.Sprintf("Slack answers with an error (%v).", err), Remedy: "Try again later; status.slack.com tells of disruptions."}
	}
	return Finding{What: fmt.Sprintf("Slack cannot be reached (%v).", err), Remedy: "Check the network and the proxy (HTTPS_PROXY)."}
}

// tokenProblem tells of a token that cannot be the right one.
func tokenProblem(variable, token, prefix, where string) (Finding, bool) {
	get := fmt.Sprintf("It begins with %s: in the app's settings, %s. Then: export %s=%s...", prefix, where, variable, prefix)
	switch {
	case token == "":
		return Finding{What: variable + " is not set.", Remedy: get}, true
	case !strings.HasPrefix(token, prefix):
		return Finding{What: variable + " holds another kind of token.", Remedy: get}, true
	}
	return Finding{}, false
}

// checkBotToken also returns the scopes that Slack says the token has.
func checkBotToken(ctx context.Context, c *slack.Client, token string) (f Finding, scopes []string) {
	const where = "OAuth & Permissions > Install to Workspace shows it as Bot User OAuth Token"
	if f, bad := tokenProblem("SLACK_BOT_TOKEN", token, "xoxb-", where); bad {
		return f, nil
	}
	r, err := c.AuthTestContext(ctx)
	switch {
	case refused(err):
		return Finding{What: fmt.Sprintf("Slack refuses SLACK_BOT_TOKEN (%v).", err), Remedy: "Install the app again and take the new token: in the app's settings, " + where + "."}, nil
	case err != nil:
		return noAnswer(err), nil
	}
	scopes = strings.FieldsFunc(r.Header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	return Finding{OK: true, What: fmt.Sprintf("SLACK_BOT_TOKEN is that of %s in %s.", r.User, r.Team)}, scopes
}

func checkScopes(have []string, rules config.Slack) Finding {
	need, _ := Needs(rules)
	missing := slices.DeleteFunc(slices.Clone(need), func(s string) bool { return slices.Contains(have, s) })
	if len(missing) == 0 {
		return Finding{OK: true, What: fmt.Sprintf("All %d scopes are granted.", len(need))}
	}
	return Finding{What: "Scopes are missing: " + strings.Join(missing, ", ") + ".",
		Remedy: "In the app's settings, OAuth & Permissions > Bot Token Scopes, add them, then Reinstall to Workspace. Or paste what footnote slack manifest prints into App Manifest, then reinstall."}
}

func checkAppToken(ctx context.Context, c *slack.Client, token string) Finding {
	const where = "Basic Information > App-Level Tokens > Generate Token and Scopes, with the scope connections:write"
	if f, bad := tokenProblem("SLACK_APP_TOKEN", token, "xapp-", where); bad {
		return f
	}
	_, _, err := c.StartSocketModeContext(ctx)
	switch {
	case slackSays(err, "missing_scope"):
		return Finding{What: "SLACK_APP_TOKEN has no scope connections:write.", Remedy: "Make another one: in the app's settings, " + where + "."}
	case refused(err):
		return Finding{What: fmt.Sprintf("Slack refuses SLACK_APP_TOKEN (%v).", err), Remedy: "Make another one: in the app's settings, " + where + "."}
	case slackSays(err):
		return Finding{What: fmt.Sprintf("Slack opens no socket (%v).", err), Remedy: "In the app's settings, Socket Mode must be on. If it is, try again later."}
	case err != nil:
		return noAnswer(err)
	}
	return Finding{OK: true, What: "SLACK_APP_TOKEN may open sockets."}
}

// checkSocket waits for Slack's hello. It acknowledges nothing: an event that comes to
// this socket meanwhile, and not to that of a bot that runs, comes again.
func checkSocket(ctx context.Context, c *slack.Client) Finding {
	ctx, stop := context.WithTimeout(ctx, socketWait)
	socket := socketmode.New(c, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = socket.RunContext(ctx) // it ends with ctx; before, only for a token, which was checked
	}()
	defer func() {
		stop()
		<-ended
	}()
	why := ""
	for {
		select {
		case e := <-socket.Events:
			switch e.Type {
			case socketmode.EventTypeHello:
				return Finding{OK: true, What: "A socket is open: Slack said hello."}
			case socketmode.EventTypeConnectionError:
				if ctx.Err() == nil { // else that is all that it tells of
					why = fmt.Sprintf(" (%v)", connectionFault(e))
				}
			}
		case <-ended:
			return noSocket(why)
		case <-ctx.Done():
			return noSocket(why)
		}
	}
}

// socketWait is how long Slack may take to say hello.
const socketWait = 20 * time.Second

func noSocket(why string) Finding {
	return Finding{What: fmt.Sprintf("No socket could be opened%s.", why),
		Remedy: "A proxy or firewall may not let websockets (wss) through to Slack."}
}

// checkChannels looks whether the bot is in the channels that are listed, or in any.
func checkChannels(ctx context.Context, c *slack.Client, rules config.Slack) []Finding {
	in, err := channelsOf(ctx, c)
	switch {
	case slackSays(err, "missing_scope"):
		return []Finding{{What: "Slack does not say in which channels the bot is (missing_scope).", Remedy: "Grant the scopes channels:read and groups:read, then reinstall."}}
	case err != nil:
		return []Finding{noAnswer(err)}
	}
	var all []Finding
	if len(in) > 0 {
		all = append(all, Finding{OK: true, What: fmt.Sprintf("The bot is in %s.", show.Count(len(in), "channel"))})
	} else if len(rules.Channels) == 0 {
		all = append(all, Finding{What: "The bot is in no channel.", Remedy: "In a channel where it is to answer, write: /invite @footnote. Direct messages and /ask work without."})
	}
	for _, id := range slices.Sorted(maps.Keys(rules.Channels)) {
		if _, ok := in[id]; !ok {
			all = append(all, Finding{What: fmt.Sprintf("The bot is not in channel %s, which is listed.", id), Remedy: "In that channel, write: /invite @footnote. If the channel is archived or deleted, take it off the list."})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(in)) {
		ch := in[id]
		if rule, _ := rules.For(id, false); rule.External || !ch.IsExtShared && !ch.IsPendingExtShared {
			continue
		}
		_, listed := rules.Channels[id]
		all = append(all, Finding{OK: !listed, What: fmt.Sprintf("Channel %s (#%s) is shared with another organisation: the bot refuses there.", id, ch.Name),
			Remedy: "If the other organisation may read the answers, list the channel in the settings with external: true."})
	}
	return all
}

// channelsOf returns the channels that the bot is in, by ID.
func channelsOf(ctx context.Context, c *slack.Client) (map[string]slack.Channel, error) {
	in := map[string]slack.Channel{}
	p := &slack.GetConversationsForUserParameters{Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: 200}
	for {
		page, next, err := c.GetConversationsForUserContext(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, ch := range page {
			in[ch.ID] = ch
		}
		if next == "" {
			return in, nil
		}
		p.Cursor = next
	}
}
