package slackbot

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"footnote/bot/show"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

// A view says how to show answers in one place.
type view struct {
	Fixed     prompts.Fixed             // the words around an answer, in its language
	Model     string                    // the language model that was asked for; empty: none
	Link      func(rag.Citation) string // where a reader can open the source; empty: nowhere
	Limited   bool                      // this place sees only some documents
	Documents int                       // how many were searched
	Now       func() time.Time
}

// live tells whether a sentence is in a model's own words. Before the first of them
// nothing should be streamed: an answer of quotes alone looks different, and only
// messages and tail show it.
func live(ss []rag.CitedSentence) bool {
	for _, s := range ss {
		if show.Written(s) {
			return true
		}
	}
	return false
}

// opening returns, as Markdown, what stands above an answer: why it is less than it
// could be, unless part of it was shown as it came.
func (v view) opening(a rag.Answer) string {
	if a.Degraded == "" || live(a.Sentences) || cancelled(a) {
		return ""
	}
	return v.degraded(a)
}

// prose returns the answer itself as Markdown.
func (v view) prose(a rag.Answer) string {
	switch {
	case v.ofPlaces(a):
		return v.quotes(a)
	case a.Verdict == rag.NotFound:
		return v.notFound(a)
	case a.Verdict == rag.Clarify:
		// The titles to choose from stand on one line, apart by spaces.
		return escapeMarkdown(strings.ReplaceAll(strings.ReplaceAll(show.Prose(a.Sentences), "   ", "\n- "), "  ", "\n- "))
	}
	var b strings.Builder
	for i, s := range a.Sentences {
		b.WriteString(v.next(a.Sentences[:i], s))
	}
	return b.String()
}

// next returns a sentence that follows others as Markdown, with the space before it.
func (v view) next(before []rag.CitedSentence, s rag.CitedSentence) string {
	gap := ""
	if len(before) > 0 {
		gap = between(before[len(before)-1], s)
	}
	return gap + v.sentence(s)
}

// between returns the space between two sentences.
func between(before, s rag.CitedSentence) string {
	body := strings.TrimLeftFunc(s.Text, unicode.IsSpace)
	space := s.Text[:len(s.Text)-len(body)]
	trailing := strings.TrimRightFunc(before.Text, unicode.IsSpace) != before.Text // it is lost to the marks
	switch {
	case show.Block(before.Text) || show.Block(s.Text) || show.Apart(before, s) || strings.Count(space, "\n") > 1:
		return "\n\n"
	case strings.Contains(space, "\n") || strings.HasSuffix(before.Text, "\n"):
		if was, is := isItem(before.Text), isItem(body); was && is {
			return "\n"
		} else if was || is {
			return "\n\n"
		}
		return "  \n"
	case space != "" || trailing || show.Between(before.Text, s.Text) != "":
		return " " // a mark with "(" right behind it were a link
	}
	return ""
}

func isItem(s string) bool { return bullet.MatchString(strings.TrimSpace(s)) }

// sentence returns a sentence with its marks, which go before its stop.
func (v view) sentence(s rag.CitedSentence) string {
	s = show.Read(s)
	if !show.Block(s.Text) {
		text, stop := show.Split(strings.TrimSpace(s.Text))
		return escapeMarkdown(text) + v.marks(s, " ") + escapeText(show.Clean(stop))
	}
	var parts []string
	gap := "\n"
	for _, g := range segments(strings.TrimLeft(s.Text, " ")) {
		if gap = "\n"; g.kept {
			g.lines = inColumns(g)
			parts = append(parts, g.fenced())
			continue
		}
		gap = " "
		parts = append(parts, escapeMarkdown(g.text()))
	}
	return strings.Join(parts, "\n") + v.marks(s, gap)
}

// inColumns returns the lines of a segment, those of a table in columns.
func inColumns(g segment) []string {
	if blocks := reading.Markdown(g.text(), nil); strings.HasPrefix(strings.TrimSpace(g.text()), "|") && len(blocks) == 1 && blocks[0].Kind == reading.Table {
		return strings.Split(show.Table(blocks[0], maxColumns), "\n")
	}
	return g.lines
}

// marks returns the marks of a sentence, after a gap, and what of it was not found.
func (v view) marks(s rag.CitedSentence, gap string) string {
	var b strings.Builder
	for _, n := range s.Citations {
		b.WriteString(mark(n))
	}
	if s.Support == rag.Unverified {
		if b.Len() > 0 {
			b.WriteString(" ")
		}
		b.WriteString(escapeMarkdown(prompts.Fill(v.Fixed.Words.NotChecked, "why", show.NotChecked(v.Fixed.Words, s))))
	}
	if b.Len() == 0 {
		return ""
	}
	return gap + b.String()
}

// ofPlaces tells whether an answer is what the documents say, without prose.
func (v view) ofPlaces(a rag.Answer) bool {
	switch a.Verdict {
	case rag.Passages:
		return true
	case rag.Answered, rag.Partial:
		return show.OfPlaces(v.Model, a)
	}
	return false
}

// parts returns the answer itself: places, or prose with its first table as one of
// Slack's.
func (v view) parts(a rag.Answer) []part {
	if v.ofPlaces(a) {
		return v.places(a)
	}
	if a.Verdict != rag.Answered && a.Verdict != rag.Partial {
		return []part{{markdown: v.prose(a)}}
	}
	var parts []part
	var b strings.Builder
	table := false
	for i, s := range a.Sentences {
		if blocks := tableIn(s); blocks != nil && !table {
			if t := slackTable(*blocks, false); t != nil {
				table = true
				parts = append(parts, part{markdown: strings.TrimSpace(b.String())}, part{block: t, text: show.Flat([]reading.Block{*blocks})})
				b.Reset()
				b.WriteString(v.marks(s, ""))
				continue
			}
		}
		b.WriteString(v.next(a.Sentences[:i], s))
	}
	return append(parts, part{markdown: strings.Trim(b.String(), "\n")})
}

// tableIn returns the table that a sentence is.
func tableIn(s rag.CitedSentence) *reading.Block {
	if !show.Block(s.Text) {
		return nil
	}
	blocks := reading.Markdown(strings.TrimLeft(s.Text, " "), nil)
	if len(blocks) != 1 || blocks[0].Kind != reading.Table {
		return nil
	}
	return &blocks[0]
}

// quotes returns places as Markdown alone, for where there are no other blocks.
func (v view) quotes(a rag.Answer) string {
	lead, places := show.Places(a)
	if lead == "" && a.Verdict == rag.Passages {
		lead = v.Fixed.Passages
	}
	var parts []string
	if lead != "" {
		parts = append(parts, escapeMarkdown(strings.TrimSpace(lead)))
	}
	for _, p := range places {
		said, _ := placed(p, mark(p.N), false)
		parts = append(parts, said[0].markdown)
	}
	return strings.Join(parts, "\n\n")
}

func (v view) notFound(a rag.Answer) string {
	said := show.Prose(a.Sentences)
	if said == "" {
		said = v.Fixed.NotFound
	}
	if rest, ok := strings.CutPrefix(said, v.Fixed.NotFound); ok && v.Limited {
		said = v.Fixed.Slack.Limited + rest
	}
	return escapeMarkdown(said)
}

// closing returns the paragraphs, as Markdown, that stand below an answer.
func (v view) closing(a rag.Answer) []string {
	var parts []string
	if a.Verdict == rag.Partial && len(a.Missing) > 0 {
		parts = append(parts, escapeMarkdown(prompts.Fill(v.Fixed.Words.Missing, "words", show.Line(strings.Join(a.Missing, ", ")))))
	}
	if a.Verdict == rag.NotFound && len(a.Nearest) > 0 {
		parts = append(parts, escapeMarkdown(prompts.Fill(v.Fixed.Words.Nearest, "titles", show.Line(strings.Join(titles(a.Nearest), " · ")))))
	}
	switch {
	case cancelled(a):
		parts = append(parts, "_"+escapeMarkdown(v.Fixed.Words.Cancelled)+"_")
	case a.Degraded != "" && live(a.Sentences):
		parts = append(parts, v.degraded(a))
	}
	return parts
}

// degraded says in italics why an answer is less than it could be.
func (v view) degraded(a rag.Answer) string {
	s := show.Line(show.Degraded(v.Fixed.Words, a))
	if show.Instead(v.Model, a) && (a.Verdict == rag.Answered || a.Verdict == rag.Partial) {
		s += " " + v.Fixed.Slack.Quotes
	}
	return "_" + escapeMarkdown(s) + "_"
}

// cancelled tells whether the answer is what there was when somebody stopped it.
func cancelled(a rag.Answer) bool {
	return slices.Contains(strings.Split(a.Degraded, "; "), rag.Cancelled)
}

// titles returns the names of documents, "Leave (hr/leave.md)", as their titles
// alone, where these tell them apart.
func titles(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, title(name))
	}
	if len(slices.Compact(slices.Sorted(slices.Values(out)))) < len(names) {
		return names
	}
	return out
}

// title returns a name without the parenthesis that ends it; there may be others
// inside.
func title(name string) string {
	depth := 0
	for i := len(name) - 1; i > 0 && strings.HasSuffix(name, ")"); i-- {
		switch name[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 && name[i-1] == ' ' {
				return name[:i-1]
			}
		}
	}
	return name
}
