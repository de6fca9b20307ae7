package rag

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrNoQuestion is returned for a question of nothing but space.
var ErrNoQuestion = errors.New("the question is empty")

// maxNearest is how many titles a not-found answer names.
const maxNearest = 3

// An Engine answers questions. It is immutable: to change a part, build another
// and swap it whole. It is safe for concurrent use if its parts are.
type Engine struct {
	Retriever Retriever
	Answerer  Answerer
	Quotes    Answerer // answers where a language model fails the Answerer; may be nil
	Speller   Speller  // corrects misspelt words of questions; may be nil
	// Known tells words of a language, which are no slips of others however few
	// documents have them. It may be nil.
	Known func(word string) bool
	// Private is what a model elsewhere may not see of the documents: as it sees the
	// question, no word is corrected to one of theirs.
	Private Scope
	Top     int       // passages to answer from, at least 1
	Strict  bool      // leave unverified sentences out
	AsOf    time.Time // when the documents were last read
	// Refused are the files that are not indexed: an answer may stand in one of them.
	Refused []FileState
}

// Ask finds passages, lets the Answerer write from them, and checks every
// sentence. Each checked sentence goes to each, if each is not nil, as soon as
// it stands. All are held back, in order, until the first that holds: of an answer of
// which nothing holds, nothing is shown.
//
// If ctx ends meanwhile, the Answer is what was shown, with the error.
//
// A language model that fails before anything is shown leaves the answer to
// Quotes, and so does one of whose sentences none holds; one that fails later leaves
// a Partial answer. Degraded says why.
func (e *Engine) Ask(ctx context.Context, q Question, each func(CitedSentence)) (Answer, error) {
	start := time.Now()
	if strings.TrimSpace(q.Text) == "" {
		return Answer{}, ErrNoQuestion
	}
	q, err := e.spelled(ctx, q)
	if err != nil {
		return Answer{}, err
	}
	found, err := e.Retriever.Retrieve(ctx, q, max(e.Top, 1))
	if err != nil {
		return Answer{}, fmt.Errorf("search: %w", err)
	}
	found = withoutOrders(q, found)
	var first time.Duration
	w := &writing{e: e, q: q, found: found, show: func(s CitedSentence) {
		if first == 0 {
			first = time.Since(start)
		}
		if each != nil {
			each(s)
		}
	}}
	if err = w.write(ctx); err != nil {
		err = fmt.Errorf("answer: %w", err)
		if ctx.Err() == nil || len(w.draft.kept) == 0 {
			return Answer{}, err
		}
		w.out.Verdict, w.out.Degraded = Partial, Cancelled
	}
	a := w.answer()
	a.AsOf, a.Timing.First, a.Timing.Total = e.AsOf, first, time.Since(start)
	return a, err
}

// writing is the making of one answer from what was found.
type writing struct {
	e     *Engine
	q     Question
	found Retrieved
	show  func(CitedSentence)

	draft *draft
	out   Outcome
	fault *ModelError
	used  Usage // by tries before the last
}

// write lets the Answerer write, once more from a wider search if it finds
// nothing, and quotes where a language model fails it.
func (w *writing) write(ctx context.Context) error {
	var err error
	if w.found.Fault != nil && w.e.Quotes != nil {
		w.draft, err = &draft{}, w.found.Fault
	} else {
		err = w.try(ctx, w.e.Answerer, w.sources(), w.e.Quotes != nil)
	}
	if err == nil && w.out.Verdict == NotFound && w.out.Search != "" && len(w.draft.kept) == 0 {
		err = w.searchAgain(ctx)
	}
	if err == nil && w.e.Quotes != nil && w.draft.inVain(w.out.Verdict) {
		return w.closest(ctx)
	}
	var fault *ModelError
	if !errors.As(err, &fault) || ctx.Err() != nil {
		return err
	}
	w.fault = fault
	if len(w.draft.kept) > 0 {
		w.out.Verdict, w.out.Degraded = Partial, string(CutOff)
		return nil
	}
	if w.e.Quotes == nil {
		return err
	}
	if err := w.try(ctx, w.e.Quotes, w.found.Hits, false); err != nil {
		return err
	}
	w.out.Degraded = joined(fault.Said(), w.out.Degraded)
	return nil
}

// closest quotes what is nearest to an answer where a model claims one and nothing
// that it wrote holds: "not in the documents" might be false, and so might the quotes
// as an answer.
func (w *writing) closest(ctx context.Context) error {
	if err := w.try(ctx, w.e.Quotes, w.found.Hits, false); err != nil {
		return err
	}
	if w.out.Verdict == Answered {
		w.out.Verdict = Passages
	}
	w.out.Degraded = joined(InVain, w.out.Degraded)
	return nil
}

// sources are what the Answerer writes from.
func (w *writing) sources() []Hit {
	if w.found.Whole != nil {
		return w.found.Whole
	}
	return w.found.Hits
}

// try begins the draft anew. A language model has to keep to the topic.
func (w *writing) try(ctx context.Context, by Answerer, sources []Hit, model bool) (err error) {
	w.used = w.used.Add(w.out.Usage)
	w.draft = &draft{v: verifier{hits: sources}, bar: bar{question: w.q.Text, hits: sources}, strict: w.e.Strict, show: w.show}
	if model {
		w.draft.bar.topic = newTopic(w.q)
	}
	w.out, err = by.Answer(ctx, w.q, sources, w.draft.add)
	return err
}

// searchAgain looks for what the Answerer missed, if there is more than it has
// seen, and lets it try once more.
func (w *writing) searchAgain(ctx context.Context) error {
	if w.found.Whole != nil {
		return nil
	}
	more, err := w.e.Retriever.Retrieve(ctx, Question{Text: w.out.Search, Scope: w.q.Scope}, max(w.e.Top, 1))
	if err != nil {
		return fmt.Errorf("search again: %w", err)
	}
	w.used = w.used.Add(more.Usage)
	if more.Fault != nil {
		return more.Fault
	}
	w.found.Timing.Embed += more.Timing.Embed
	w.found.Timing.Search += more.Timing.Search
	hits := merged(w.found.Hits, withoutOrders(w.q, more).Hits)
	if len(hits) == len(w.found.Hits) {
		return nil
	}
	w.found.Hits = hits
	return w.try(ctx, w.e.Answerer, hits, true)
}

// merged returns the hits of both, best first, each passage once.
func merged(a, b []Hit) []Hit {
	all := slices.Clone(a)
	for _, h := range b {
		if !slices.ContainsFunc(a, func(o Hit) bool { return o.Passage.ID == h.Passage.ID }) {
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(x, y Hit) int { return cmp.Compare(y.Score, x.Score) })
	return all
}

// answer returns what stands.
func (w *writing) answer() Answer {
	a := Answer{ID: newID(), Hits: w.found.Hits[:min(len(w.found.Hits), max(w.e.Top, 1))], Query: w.found.Query,
		Verdict: w.out.Verdict, Missing: w.out.Missing, Model: w.out.Model, Fault: w.fault, Dropped: w.out.Dropped, Timing: w.found.Timing,
		Usage: w.found.Usage.Add(w.used).Add(w.out.Usage), Degraded: joined(w.found.Degraded, w.out.Degraded)}
	if a.Query == "" {
		a.Query = w.q.Text
	}
	w.draft.finish(&a)
	if a.Verdict == NotFound {
		a.Nearest, a.Unread = nearest(w.found.Hits), CountUnread(w.e.Refused, w.q.Scope)
	}
	return a
}

// UntilFormat is that of the time until which there is no budget.
const UntilFormat = "2 Jan 15:04"

// Parts of Answer.Degraded that are the same each time.
const (
	InVain    = "nothing that the model wrote stands in the documents"
	Beyond    = "what the model wrote beyond the documents was left out"
	Cancelled = "cancelled"
)

// Said says why quotes stand in for a model's prose.
func (m *ModelError) Said() string {
	switch m.Fault {
	case Private:
		return "these documents stay on this machine, so the answer is quotes"
	case OutOfBudget:
		if m.Until.IsZero() {
			return "the language model is out of budget"
		}
		return "the language model is out of budget until " + m.Until.Format(UntilFormat)
	}
	why := string(m.Fault)
	if m.Host != "" {
		why = m.Host + ": " + why
	}
	return "the model did not answer (" + why + ")"
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// draft collects the sentences of one answer.
type draft struct {
	v      verifier
	bar    bar
	strict bool
	show   func(CitedSentence)
	held   []checkedSentence // all before the first that holds
	kept   []CitedSentence
	holds  bool // a sentence was quoted or checked
	left   int  // sentences that strict left out
	barred int  // sentences that must not be shown
}

func (d *draft) add(s Sentence) {
	c := d.v.check(s)
	if !s.Fixed {
		var ok bool
		if c, ok = d.bar.pass(c); !ok {
			d.barred++
			return
		}
	}
	if c.Support == Unverified && d.strict {
		d.left++
		return
	}
	d.held = append(d.held, c)
	if d.holds = d.holds || c.Support == Quoted || c.Support == Checked; d.holds {
		d.release()
	}
}

func (d *draft) release() {
	for _, c := range d.held {
		s := d.v.number(c)
		d.kept = append(d.kept, s)
		d.show(s)
	}
	d.held = nil
}

// inVain tells whether sentences were claimed to be an answer and none holds.
func (d *draft) inVain(v Verdict) bool {
	return (v == Answered || v == Partial) && !d.holds && len(d.held)+d.left+d.barred > 0
}

// finish puts the sentences and their citations into the answer. Claims of which
// none holds are not an answer; an answer that claims nothing has fixed lines only.
func (d *draft) finish(a *Answer) {
	switch a.Verdict {
	case Answered, Partial, Passages:
		if !d.holds {
			a.Verdict, a.Missing = NotFound, nil
			return
		}
	default:
		d.held = slices.DeleteFunc(d.held, func(c checkedSentence) bool { return c.Support != None })
		d.release()
	}
	if d.barred > 0 {
		a.Degraded = joined(a.Degraded, Beyond)
	}
	a.Sentences = d.kept
	if a.Verdict != NotFound {
		a.Citations = d.v.citations()
		return
	}
	a.Sentences = slices.DeleteFunc(a.Sentences, func(s CitedSentence) bool { return s.Support != None })
}

// nearest names the first few documents among the hits.
func nearest(hits []Hit) []string {
	var names []string
	for _, h := range hits {
		name := h.Passage.Title + " (" + h.Passage.DocID + ")"
		if h.Passage.Title == "" {
			name = h.Passage.DocID
		}
		if len(names) < maxNearest && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, by its documentation
	return hex.EncodeToString(b[:])
}

// Marked returns the sentence with the marks of its citations before its final
// full stop: "Leave is 16 weeks [1]."
func Marked(s CitedSentence) string {
	if len(s.Citations) == 0 {
		return s.Text
	}
	var marks strings.Builder
	for _, n := range s.Citations {
		fmt.Fprintf(&marks, "[%d]", n)
	}
	body := strings.TrimRightFunc(s.Text, unicode.IsSpace)
	cut := len(body)
	for cut > 0 {
		r, n := utf8.DecodeLastRuneInString(body[:cut])
		if !strings.ContainsRune(".!?。！？", r) {
			break
		}
		cut -= n
	}
	return strings.TrimRightFunc(body[:cut], unicode.IsSpace) + " " + marks.String() + body[cut:]
}

// Turn returns the answer to a question as one of a conversation. Words that neither
// cite a document nor ask back stay out: of unknown origin, they might quote what
// must not leave the machine.
func (a Answer) Turn(question string) Turn {
	t := Turn{Question: question}
	if len(a.Citations) > 0 || a.Verdict == Clarify {
		var said []string
		for _, s := range a.Sentences {
			said = append(said, strings.TrimSpace(s.Text))
		}
		t.Answer = strings.Join(said, " ")
	}
	for _, c := range a.Citations {
		t.Docs = append(t.Docs, c.DocID)
	}
	return t
}
