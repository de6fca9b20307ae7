package show

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

// Reply begins the showing of one answer.
func (t Terminal) Reply() *Reply {
	r := &Reply{t: t}
	r.flow = flow{out: &r.buf, width: t.width()}
	return r
}

// A Reply shows an answer as it comes. Fixed lines and quotes are held back
// until the first sentence in other words, or the end: an answer of quotes alone
// looks different from one that was written.
type Reply struct {
	t     Terminal
	buf   strings.Builder
	flow  flow
	said  []rag.CitedSentence
	shown int  // how many of said are shown
	live  bool // sentences are shown as they come
	err   error
}

// Sentence takes the next sentence. It fits rag.Engine.Ask.
func (r *Reply) Sentence(s rag.CitedSentence) {
	r.said = append(r.said, s)
	r.live = r.live || Written(s)
	if r.live {
		r.showProse()
		r.write()
	}
}

// End shows what is left of the answer, its sources and what was checked.
func (r *Reply) End(a rag.Answer) error {
	r.said = a.Sentences
	if !r.live && a.Degraded != "" {
		r.degraded(a)
	}
	switch {
	case a.Verdict == rag.NotFound:
		r.notFound(a)
	case a.Verdict == rag.Chat || a.Verdict == rag.Clarify:
		r.fixed(Prose(a.Sentences))
	case a.Verdict == rag.Passages || r.shown == 0 && OfPlaces(r.t.Model, a):
		r.places(a)
	default:
		r.answer(a)
	}
	r.write()
	return r.err
}

// Cancelled shows what there is of an answer that was stopped, and its sources.
func (r *Reply) Cancelled(a rag.Answer) error {
	r.said = a.Sentences
	r.showProse()
	r.line(" " + r.words().Cancelled)
	r.sources(a)
	r.write()
	return r.err
}

func (r *Reply) words() prompts.Words { return r.t.Fixed.Words }

func (r *Reply) write() {
	if r.err == nil {
		_, r.err = io.WriteString(r.t.Out, r.buf.String())
	}
	r.buf.Reset()
}

// line writes cleaned text as a paragraph of its own.
func (r *Reply) line(s string) {
	r.flow.indent = ""
	r.flow.text(Clean(s))
	r.flow.end()
}

func (r *Reply) answer(a rag.Answer) {
	r.showProse()
	r.endLine()
	if len(a.Missing) > 0 && a.Verdict == rag.Partial {
		r.line(prompts.Fill(r.words().Missing, "words", strings.Join(a.Missing, ", ")))
	}
	if r.live && a.Degraded != "" {
		r.degraded(a)
	}
	r.sources(a)
}

// sources shows where the answer is from, and what of it was checked.
func (r *Reply) sources(a rag.Answer) {
	if len(a.Citations) > 0 {
		r.buf.WriteString("\n" + r.t.bold(r.words().Sources) + "\n")
		r.t.sources(&r.buf, a.Citations, func(c rag.Citation) bool { return !SaidInFull(r.said, c) })
		r.line(CheckedLine(r.words(), r.said))
	}
}

// places shows what the documents say, without prose: the best place, and others.
func (r *Reply) places(a rag.Answer) {
	lead, places := Places(a)
	if lead == "" && a.Verdict == rag.Passages {
		lead = r.t.Fixed.Passages
	}
	r.fixed(lead)
	also := false
	var before rag.Citation
	for i, p := range places {
		short := i > 0 && a.Verdict != rag.Passages
		if short && !also {
			also = true
			r.buf.WriteString("\n" + r.t.bold(r.words().Also) + "\n")
		} else if i > 0 && !(short && r.t.brief(p)) {
			r.buf.WriteByte('\n')
		}
		if short && r.t.brief(p) {
			r.t.briefly(&r.buf, p)
		} else {
			r.t.place(&r.buf, p, before)
		}
		before = p.Citation
	}
	if len(a.Missing) > 0 && a.Verdict == rag.Partial {
		r.line(prompts.Fill(r.words().Missing, "words", strings.Join(a.Missing, ", ")))
	}
}

func (r *Reply) notFound(a rag.Answer) {
	said := Prose(a.Sentences)
	if said == "" {
		said = r.t.Fixed.NotFound
	}
	text, stop := Split(said)
	r.flow.text(Clean(text))
	if r.t.Documents > 0 && !a.AsOf.IsZero() {
		searched := r.words().Searched.Of(r.t.Documents, "age", r.t.Age(a.AsOf))
		if strings.HasPrefix(searched, "(") { // the full-width one brings its own space
			r.flow.text(" ")
		}
		r.flow.mark(searched, searched) // on one line
	}
	r.flow.text(Clean(stop))
	r.flow.end()
	if len(a.Unread) > 0 {
		r.line(Unread(r.words(), a.Unread) + " (footnote sources).")
	}
	if len(a.Nearest) > 0 {
		r.line(prompts.Fill(r.words().Nearest, "titles", strings.Join(a.Nearest, ", ")))
	}
}

// fixed shows one of Footnote's own texts, which may have several lines.
func (r *Reply) fixed(s string) {
	for line := range strings.Lines(strings.TrimSpace(s)) {
		r.line(line)
	}
}

// degraded says why the answer is less than it could be: before the answer, or
// after what was shown as it came.
func (r *Reply) degraded(a rag.Answer) {
	s := Degraded(r.words(), a)
	if r.instead(a) && (a.Verdict == rag.Answered || a.Verdict == rag.Partial) {
		s += " " + r.words().Instead
	}
	r.line(s)
}

func (r *Reply) instead(a rag.Answer) bool { return Instead(r.t.Model, a) }

// showProse puts the sentences that are not shown yet into the paragraph.
func (r *Reply) showProse() {
	for ; r.shown < len(r.said); r.shown++ {
		s := Read(r.said[r.shown])
		if r.shown > 0 && Apart(r.said[r.shown-1], s) {
			r.endLine()
		}
		r.sentence(s)
	}
}

func (r *Reply) sentence(s rag.CitedSentence) {
	if Block(s.Text) {
		r.endLine()
		p := page{t: r.t, b: &r.buf}
		p.write(reading.Markdown(strings.TrimLeft(s.Text, " "), nil), func(f *flow) { r.marksIn(f, s) })
		return
	}
	if r.shown > 0 {
		r.flow.text(Between(r.said[r.shown-1].Text, s.Text))
	}
	r.newLine(s.Text)
	text, stop := Split(s.Text)
	r.flow.text(Clean(text))
	r.marks(s)
	r.flow.text(Clean(stop))
	r.flow.flush()
}

// newLine begins one where a sentence does: at a list item, a heading, or a
// paragraph, which an empty line sets apart.
func (r *Reply) newLine(s string) {
	body := strings.TrimLeftFunc(s, unicode.IsSpace)
	space := s[:len(s)-len(body)]
	if !strings.Contains(space, "\n") && r.shown > 0 {
		return
	}
	r.endLine()
	if strings.Count(space, "\n") > 1 && r.shown > 0 {
		r.buf.WriteByte('\n')
	}
	r.flow.indent = ""
	if listItem(body) {
		r.flow.indent = "  "
	}
}

// marks adds the marks of a sentence and what of it was not found.
func (r *Reply) marks(s rag.CitedSentence) { r.marksIn(&r.flow, s) }

func (r *Reply) marksIn(f *flow, s rag.CitedSentence) {
	for i, n := range s.Citations {
		if i == 0 || r.t.Plain {
			f.text(" ")
		}
		f.mark(r.t.mark(n), r.t.bold(r.t.mark(n)))
	}
	if s.Support == rag.Unverified {
		f.text(" " + prompts.Fill(r.words().NotChecked, "why", NotChecked(r.words(), s)))
	}
}

func (r *Reply) endLine() {
	if r.flow.col > 0 || r.flow.wide > 0 {
		r.flow.end()
	}
}

// NotChecked says why a sentence does not count as checked.
func NotChecked(w prompts.Words, s rag.CitedSentence) string {
	if len(s.Citations) == 0 || len(s.Unsupported) == 0 {
		return w.Uncited
	}
	var words []string
	for _, u := range s.Unsupported {
		words = append(words, `"`+Line(u)+`"`)
	}
	return w.InNoSource.Of(len(words), "words", strings.Join(words, ", "))
}

// upper returns s with a capital at its beginning.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// Apart tells whether a sentence begins a line of its own: a quote after a fixed
// line, or after a quote from elsewhere.
func Apart(before, s rag.CitedSentence) bool {
	if s.Support != rag.Quoted {
		return before.Support == rag.None && len(s.Citations) > 0 && strings.HasSuffix(before.Text, "\n")
	}
	return before.Support == rag.None || before.Support == rag.Quoted && !slices.Equal(before.Citations, s.Citations)
}

// Split returns a sentence without its final stop, and the stop: marks go
// between.
func Split(s string) (text, stop string) {
	const mark = " [0]"
	marked := rag.Marked(rag.CitedSentence{Text: s, Citations: []int{0}})
	i := strings.LastIndex(marked, mark)
	return marked[:i], marked[i+len(mark):]
}

// CheckedLine says how many sentences were checked, and how.
func CheckedLine(w prompts.Words, ss []rag.CitedSentence) string {
	all, quoted, checked := claims(ss)
	if quoted == all {
		return w.Quoted.Of(all)
	}
	line := w.Checked.Of(all, "checked", strconv.Itoa(checked+quoted))
	if quoted > 0 {
		line = prompts.Fill(w.AndQuoted, "line", line, "quoted", strconv.Itoa(quoted))
	}
	return line
}

// SaidInFull tells whether all that is said of a citation's passage is a quote
// already: its words need not stand there twice.
func SaidInFull(ss []rag.CitedSentence, c rag.Citation) bool {
	said := false
	for _, s := range ss {
		if slices.Contains(s.Citations, c.N) {
			if s.Support != rag.Quoted {
				return false
			}
			said = true
		}
	}
	return said
}
