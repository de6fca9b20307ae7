package slackbot

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"footnote/bot/show"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

// Limits of Slack, in characters. Those of a message are below the 12,000 of all its
// markdown blocks (docs.slack.dev, markdown block) and the 13,200 or so of all its
// blocks (measured by others, bolt-js issue 2509), with room for a question before an
// answer. Those of a text are below the 4,000 of chat.update.
const (
	maxMarkdown = 11_500
	maxMessage  = 12_500
	maxText     = 3_000
	maxPlain    = 3_900
	maxElement  = 2_800
	maxQuestion = 450
	maxLabel    = 150
	maxQuote    = 120
	maxValue    = 2_000
	maxReason   = 2_000
	maxBlocks   = 40 // of an answer; Slack takes 50 with those around it
	// maxSources is how many blocks of sources there are.
	maxSources = 3
	// maxClosing is how much stands below an answer that was streamed.
	maxClosing = 1_500
)

// A message is what one chat.postMessage or chat.update says.
type message struct {
	Blocks []slack.Block
	// Text is the answer itself in mrkdwn, for notifications and screen readers.
	Text string
}

// below returns m with a block above it.
func (m message) below(b slack.Block) message {
	m.Blocks = append([]slack.Block{b}, m.Blocks...)
	return m
}

// A button is an action that can be taken on an answer. It is the action's ID; the
// value is the answer's.
type button string

const (
	helpful   button = "helpful"
	unhelpful button = "not_helpful"
	share     button = "share"
)

// The modal that asks for a reason, and its one field.
const (
	reasonCallback = "reason"
	reasonBlock    = "reason"
	reasonAction   = "reason"
)

// messages returns an answer as one or more messages; a long one continues in the
// next. The last has the sources and the buttons.
func (v view) messages(a rag.Answer, buttons ...button) []message {
	parts := append([]part{{markdown: v.opening(a)}}, v.parts(a)...)
	for _, closing := range v.closing(a) {
		parts = append(parts, part{markdown: closing})
	}
	ms := composed(parts)
	foot := v.foot(a, buttons)
	if len(ms) == 0 {
		ms = append(ms, said(escapeMarkdown(v.Fixed.NotFound)))
	}
	if last := &ms[len(ms)-1]; len(foot) > 0 && weight(last.Blocks)+weight(foot) <= maxMessage {
		last.Blocks = append(last.Blocks, foot...)
	} else if len(foot) > 0 {
		ms = append(ms, message{Blocks: foot, Text: escapeMrkdwn(v.Fixed.Words.Sources)})
	}
	return ms
}

// composed returns parts as messages, as few as can be.
func composed(parts []part) []message {
	var ms []message
	add := func(m message) {
		if last := len(ms) - 1; last >= 0 && len(ms[last].Blocks) < maxBlocks && weight(ms[last].Blocks)+weight(m.Blocks) <= maxMarkdown {
			ms[last].Blocks = append(ms[last].Blocks, m.Blocks...)
			ms[last].Text = short(strings.Trim(ms[last].Text+"\n\n"+m.Text, "\n"), maxText)
			return
		}
		ms = append(ms, m)
	}
	var open []string // Markdown that goes into one block
	flush := func() {
		for _, s := range split(strings.Join(open, "\n\n"), maxMarkdown) {
			if s != "" {
				add(said(s))
			}
		}
		open = nil
	}
	for _, p := range parts {
		switch {
		case p.block != nil:
			flush()
			add(message{Blocks: []slack.Block{p.block}, Text: short(escapeMrkdwn(p.text), maxText)})
		case p.markdown != "":
			open = append(open, p.markdown)
		}
	}
	flush()
	return ms
}

// said returns a message of one markdown block.
func said(markdown string) message {
	return message{Blocks: []slack.Block{slack.NewMarkdownBlock("", markdown)}, Text: short(escapeMrkdwn(plainText(markdown)), maxText)}
}

// tail returns what goes below prose that was streamed already. Its text is the
// prose: the message has no other.
func (v view) tail(a rag.Answer, buttons ...button) message {
	m := message{Text: short(escapeMrkdwn(plainText(v.prose(a))), maxText)}
	if closing := v.closing(a); len(closing) > 0 {
		m.Blocks = append(m.Blocks, slack.NewMarkdownBlock("", short(strings.Join(closing, "\n\n"), maxClosing)))
	}
	m.Blocks = append(m.Blocks, v.foot(a, buttons)...)
	return m
}

// foot returns the sources, what was checked, who wrote it, and buttons. Of places each
// has its source above it.
func (v view) foot(a rag.Answer, buttons []button) []slack.Block {
	var blocks []slack.Block
	if v.ofPlaces(a) {
		if len(buttons) > 0 {
			blocks = append(blocks, v.actions(a.ID, buttons))
		}
		return blocks
	}
	parts := split(v.sources(a), maxElement)
	if len(parts) > maxSources {
		more := strings.Count(strings.Join(parts[maxSources:], "\n"), "\n") + 1
		parts = parts[:maxSources]
		parts[maxSources-1] += "\n" + label(prompts.Fill(v.Fixed.More, "count", strconv.Itoa(more)), maxLabel)
	}
	for _, part := range parts {
		if part != "" {
			blocks = append(blocks, small(part))
		}
	}
	if line := v.checked(a); line != "" {
		blocks = append(blocks, small(line))
	}
	if len(buttons) > 0 {
		blocks = append(blocks, v.actions(a.ID, buttons))
	}
	return blocks
}

// small returns a context block of one piece of mrkdwn. Verbatim has Slack make no
// links of its own.
func small(mrkdwn string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, mrkdwn, false, true))
}

// section returns a block of one piece of mrkdwn in the size of the answer.
func section(mrkdwn string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, mrkdwn, false, true), nil, nil)
}

// sources returns a line of mrkdwn for each citation, below a heading.
func (v view) sources(a rag.Answer) string {
	if len(a.Citations) == 0 || a.Verdict == rag.NotFound {
		return ""
	}
	quote := func(c rag.Citation) string {
		if a.Verdict == rag.Passages || show.SaidInFull(a.Sentences, c) {
			return ""
		}
		return show.Flat(reading.Of(c.DocID, c.Quote, nil))
	}
	lines := []string{"*" + label(v.Fixed.Words.Sources, maxLabel) + "*"}
	for _, c := range a.Citations {
		lines = append(lines, v.source(c, quote(c)))
	}
	return strings.Join(lines, "\n")
}

// source returns a citation: "[1] Leave > Parental · 2 Mar 2026 · "Every…" · open".
func (v view) source(c rag.Citation, quote string) string {
	return mark(c.N) + " " + v.where(c, "", quote)
}

// where returns where a citation stands, its title between marks of a style.
func (v view) where(c rag.Citation, style, quote string) string {
	words := v.Fixed.Words
	parts := []string{style + label(cmp.Or(show.Label(c.Title, c.Heading, c.DocID), c.DocID), maxLabel) + style}
	if c.Page > 0 {
		parts = append(parts, label(prompts.Fill(words.Page, "n", strconv.Itoa(c.Page)), maxLabel))
	}
	if c.Date != "" {
		parts = append(parts, label(v.Fixed.Slack.Day(c.Date), maxLabel))
	}
	if quote != "" {
		parts = append(parts, "“"+label(quote, maxQuote)+"”")
	}
	if v.Link != nil {
		if l := link(v.Link(c), v.Fixed.Slack.Open); l != "" {
			parts = append(parts, l)
		}
	}
	return strings.Join(parts, " · ")
}

// mark returns the mark of citation n.
func mark(n int) string { return "[" + strconv.Itoa(n) + "]" }

// checked says in words how many sentences were checked, and that a language model
// wrote them; of an answer that was not found, how many documents were searched.
func (v view) checked(a rag.Answer) string {
	switch a.Verdict {
	case rag.NotFound:
		if v.Documents == 0 || a.AsOf.IsZero() {
			return ""
		}
		age := show.Terminal{Fixed: v.Fixed, Now: v.Now}.Age(a.AsOf)
		line := strings.Trim(v.Fixed.Words.Searched.Of(v.Documents, "age", age), "()（） ")
		if len(a.Unread) > 0 {
			line += " · " + show.Unread(v.Fixed.Words, a.Unread)
		}
		return label(line, 2*maxLabel)
	case rag.Answered, rag.Partial:
		if len(a.Citations) == 0 {
			return ""
		}
		line := show.CheckedLine(v.Fixed.Words, a.Sentences)
		if live(a.Sentences) || v.Model != "" && a.Model == v.Model {
			line += " · " + v.Fixed.Slack.Written
		}
		return label(line, maxElement)
	}
	return ""
}

func (v view) actions(answerID string, buttons []button) slack.Block {
	words := v.Fixed.Slack
	labels := map[button]string{helpful: words.Helpful, unhelpful: words.NotHelpful, share: words.Share}
	var elements []slack.BlockElement
	for _, b := range buttons {
		text := slack.NewTextBlockObject(slack.PlainTextType, labels[b], false, false)
		elements = append(elements, slack.NewButtonBlockElement(string(b), answerID[:min(len(answerID), maxValue)], text))
	}
	return slack.NewActionBlock("", elements...)
}

// plain returns an answer as one text in mrkdwn without blocks: the last resort,
// where Slack rejects them.
func (v view) plain(a rag.Answer) string {
	var parts []string
	for _, part := range append([]string{v.opening(a), v.prose(a)}, v.closing(a)...) {
		parts = append(parts, mrkdwn(part))
	}
	foot := v.sources(a)
	if foot != "" {
		foot = short(foot, maxPlain/2)
	}
	foot = strings.TrimSpace(foot + "\n" + v.checked(a))
	text := short(strings.TrimSpace(strings.Join(parts, "\n\n")), maxPlain-size(foot)-len("\n\n"))
	return strings.TrimSpace(text + "\n\n" + foot)
}

// notice returns one line of ours: a refusal, or an error with its reference.
func notice(s string) message {
	text := short(escapeMrkdwn(s), maxElement)
	return message{
		Blocks: []slack.Block{section(text)},
		Text:   text,
	}
}

// question returns the block that restates the question of a slash command, which
// Slack does not show, above the first message of its answer.
func (v view) question(text string) slack.Block {
	return slack.NewMarkdownBlock("", "> "+short(escapeMarkdown(show.Line(text)), maxQuestion))
}

// reasonModal asks what was wrong with an answer, whose ID comes back as its private
// metadata.
func (v view) reasonModal(answerID string) slack.ModalViewRequest {
	words := v.Fixed.Slack
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	field := slack.NewPlainTextInputBlockElement(nil, reasonAction).WithMultiline(true).WithMaxLength(maxReason)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: reasonCallback, PrivateMetadata: answerID,
		Title: plain(words.Reason), Submit: plain(words.Send), Close: plain(words.Close),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(reasonBlock, plain(words.Expected), nil, field)}},
	}
}

// short returns s, which is escaped, with at most limit characters; what was cut off
// shows as an ellipsis.
func short(s string, limit int) string {
	if size(s) <= limit {
		return s
	}
	s = split(s, limit-len("\n…"))[0]
	if strings.HasSuffix(s, closing) {
		return s + "\n…"
	}
	return s + "…"
}

// weight returns how many characters the texts of blocks have.
func weight(blocks []slack.Block) int {
	n := 0
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.MarkdownBlock:
			n += size(b.Text)
		case *slack.SectionBlock:
			n += size(b.Text.Text)
		case *slack.TableBlock:
			for _, row := range b.Rows {
				for _, cell := range row {
					n += cellSize(cell)
				}
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				n += size(e.(*slack.TextBlockObject).Text)
			}
		case *slack.ActionBlock:
			for _, e := range b.Elements.ElementSet {
				n += size(e.(*slack.ButtonBlockElement).Text.Text)
			}
		}
	}
	return n
}

// cellSize returns how many characters a cell of a table has.
func cellSize(cell slack.TableCell) int {
	n := 0
	switch c := cell.(type) {
	case *slack.TableRawTextCell:
		n = size(c.Text)
	case *slack.TableRichTextCell:
		for _, section := range c.Elements {
			for _, e := range section.(*slack.RichTextSection).Elements {
				n += size(e.(*slack.RichTextSectionTextElement).Text)
			}
		}
	}
	return n
}
