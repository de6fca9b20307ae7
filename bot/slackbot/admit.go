package slackbot

import (
	"strings"

	"footnote/bot/config"
)

// admit says why a message is none of the bot's business, or nothing. Messages that
// do not mention it are so unless their channel opted in: then a first message is
// one that auto-reply lets in, and a reply one in a thread where the bot was asked
// before.
func admit(rules config.Slack, a asked, known func() bool) string {
	if a.addressed() {
		return ""
	}
	rule, ok := rules.For(a.Channel, false)
	switch {
	case !ok:
		return "not addressed, in a channel that is not listed"
	case a.ToOther:
		return "addressed to somebody else"
	case a.reply() && !rule.FollowUps:
		return "not addressed, in a thread"
	case a.reply() && !known():
		return "not addressed, in a thread that the bot is not part of"
	case a.reply():
		return ""
	case rule.AutoReply == config.AutoReplyAll:
		return ""
	case rule.AutoReply == config.AutoReplyQuestions && question(a.Text):
		return ""
	case rule.AutoReply == config.AutoReplyQuestions:
		return "not addressed, and no question"
	}
	return "not addressed"
}

// question tells whether a text looks like a question, in any script.
func question(s string) bool { return strings.ContainsAny(s, "?？؟") }
