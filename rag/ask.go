package rag

import (
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
	Top       int       // passages to answer from, at least 1
	Strict    bool      // leave unverified sentences out
	AsOf      time.Time // when the documents were last read
}

// Ask finds passages, lets the Answerer write from them, and checks every
// sentence. Each checked sentence goes to each, if each is not nil, as soon as
// it stands. All are held back, in order, until the first that holds: an answer of
// which nothing holds is NotFound before anything is shown.
func (e *Engine) Ask(ctx context.Context, q Question, each func(CitedSentence)) (Answer, error) {
	start := time.Now()
	if strings.TrimSpace(q.Text) == "" {
		return Answer{}, ErrNoQuestion
	}
	found, err := e.Retriever.Retrieve(ctx, q, max(e.Top, 1))
	if err != nil {
		return Answer{}, fmt.Errorf("search: %w", err)
	}
	a := Answer{ID: newID(), Hits: found.Hits, Query: found.Query, AsOf: e.AsOf, Timing: found.Timing}
	if a.Query == "" {
		a.Query = q.Text
	}
	d := &draft{v: verifier{hits: found.Hits}, strict: e.Strict, show: func(s CitedSentence) {
		if a.Timing.First == 0 {
			a.Timing.First = time.Since(start)
		}
		if each != nil {
			each(s)
		}
	}}
	out, err := e.Answerer.Answer(ctx, q, found.Hits, d.add)
	if err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	a.Verdict, a.Missing, a.Model, a.Usage = out.Verdict, out.Missing, out.Model, out.Usage
	a.Degraded = strings.Join(slices.DeleteFunc([]string{found.Degraded, out.Degraded}, func(s string) bool { return s == "" }), "; ")
	d.finish(&a)
	if a.Verdict == NotFound {
		a.Nearest = nearest(found.Hits)
	}
	a.Timing.Total = time.Since(start)
	return a, nil
}

// draft collects the sentences of one answer.
type draft struct {
	v      verifier
	strict bool
	show   func(CitedSentence)
	held   []checkedSentence // all before the first that holds
	kept   []CitedSentence
	holds  bool // a sentence was quoted or checked
}

func (d *draft) add(s Sentence) {
	c := d.v.check(s)
	if c.Support == Unverified && d.strict {
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

// finish puts the sentences and their citations into the answer. Claims of which
// none holds are not an answer; an answer that claims nothing has fixed lines only.
func (d *draft) finish(a *Answer) {
	switch a.Verdict {
	case Answered, Partial, Passages:
		if !d.holds {
			a.Verdict = NotFound
			return
		}
	default:
		d.held = slices.DeleteFunc(d.held, func(c checkedSentence) bool { return c.Support != None })
		d.release()
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
