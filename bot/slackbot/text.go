package slackbot

import (
	"strings"

	"footnote/bot/show"
)

// typed returns what somebody typed, without Slack's markup: the bot's own
// mention is gone (and said to have been there), other mentions are "@label" or
// nothing, links their label or address, and &lt; &gt; &amp; what they stand for.
//
// The markup is that of https://docs.slack.dev/messaging/formatting-message-text.
func typed(s, bot string) (text string, mentioned bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "<")
		b.WriteString(before)
		if !found {
			break
		}
		token, after, closed := strings.Cut(rest, ">")
		if !closed { // Slack escapes a lone "<": this is not its markup
			b.WriteString("<" + rest)
			break
		}
		said, own := spelled(token, bot)
		mentioned = mentioned || own
		b.WriteString(said)
		s = after
	}
	// In one pass, so that "&amp;lt;" stays the text "&lt;".
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String())
	return strings.TrimSpace(show.Clean(text)), mentioned
}

// spelled returns a token of Slack's markup as words, and whether it mentions bot.
func spelled(token, bot string) (said string, own bool) {
	target, label, labelled := strings.Cut(token, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		if target == "@"+bot {
			return "", true
		}
		if labelled {
			return "@" + label, false
		}
		return "", false // an ID is nothing to search for
	case strings.HasPrefix(target, "#"):
		if labelled {
			return "#" + label, false
		}
		return "", false
	case strings.HasPrefix(target, "!"): // !here, !subteam^S1|@team, !date^...|fallback
		return label, false
	case labelled:
		return label, false
	}
	return strings.TrimPrefix(target, "mailto:"), false
}
