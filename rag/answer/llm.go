package answer

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/text"
)

// LLMOptions are what an LLM answers with.
type LLMOptions struct {
	Quotes        *Extractive // small talk, the gate and missing words are the same
	Generator     rag.Generator
	Templates     *prompts.Templates
	ContextTokens int       // of sources in a prompt; a token is three bytes
	Private       rag.Scope // documents that the Generator never sees
	Secret        []byte    // makes the markers around sources unknown to who writes them
	Version       string    // of the documents; the markers change with it
}

// LLM lets a language model write the answer from numbered sources. What it says
// is cut into sentences with their citations while it says it; nothing here trusts
// them. It is safe for concurrent use if its parts are.
type LLM struct{ o LLMOptions }

// NewLLM returns an answerer that asks a language model.
func NewLLM(o LLMOptions) *LLM { return &LLM{o} }

// Answer implements rag.Answerer. Small talk, and what the documents know nothing
// of, is answered without the model. Where the best hit is private, or the model
// finds nothing and a hit was kept from it, the error is a *rag.ModelError with
// the fault Private: quotes may answer.
func (l *LLM) Answer(ctx context.Context, q rag.Question, hits []rag.Hit, emit func(rag.Sentence)) (rag.Outcome, error) {
	none := rag.Outcome{Model: extractive}
	if reply, ok, err := l.o.Quotes.smallTalk(ctx, q); err != nil || ok {
		none.Verdict = rag.Chat
		emit(rag.Sentence{Text: reply, Fixed: true})
		return none, err
	}
	sendable := l.sendable(hits)
	if len(hits) > 0 && (len(sendable) == 0 || bestIsPrivate(hits, sendable)) {
		return none, &rag.ModelError{Fault: rag.Private}
	}
	asked, err := read(ctx, l.o.Quotes.ix, q)
	if err != nil {
		return none, err
	}
	fixed, err := prompts.In(asked.lang)
	if err != nil {
		return none, err
	}
	w := &writing{l: l, q: q, asked: asked, fixed: fixed, hits: hits, private: len(sendable) < len(hits), emit: emit}
	if len(hits) == 0 || !l.o.Quotes.words && asked.hopeless(q, hits) {
		return w.notFound(ctx, none, "")
	}
	return w.write(ctx, l.fit(asked, hits, sendable))
}

// sendable returns the places of the hits that may be put into a prompt.
func (l *LLM) sendable(hits []rag.Hit) []int {
	var in []int
	for i, h := range hits {
		if !l.o.Private.Holds(h.Passage.DocID) {
			in = append(in, i)
		}
	}
	return in
}

// bestIsPrivate tells whether the best hit is none of those that may be sent. In a
// corpus that is sent whole, hits that were not found have no score.
func bestIsPrivate(hits []rag.Hit, sendable []int) bool {
	best := 0
	for i, h := range hits {
		if h.Score > hits[best].Score {
			best = i
		}
	}
	return hits[best].Score > 0 && !slices.Contains(sendable, best)
}

// fit returns the best of the hits in that have room in a prompt, best first: those with
// the question's codes and dates before others. The best is always one of them.
func (l *LLM) fit(q *question, hits []rag.Hit, in []int) []int {
	exact := map[int]int{}
	for _, i := range in {
		exact[i] = q.holds(hits[i].Passage.Whole(), text.Language(hits[i].Passage.Text))
	}
	ranked := slices.Clone(in)
	slices.SortStableFunc(ranked, func(a, b int) int {
		return cmp.Or(cmp.Compare(exact[b], exact[a]), cmp.Compare(hits[b].Score, hits[a].Score))
	})
	room := l.o.ContextTokens
	var out []int
	for _, i := range ranked {
		tokens := source(len(hits), hits[i]).Tokens()
		if tokens > room && len(out) > 0 {
			continue
		}
		room -= tokens
		out = append(out, i)
	}
	return out
}

func source(n int, h rag.Hit) prompts.Source {
	p := h.Passage
	return prompts.Source{N: n, Title: p.Title, Heading: p.Heading, Date: p.Date, Text: strings.TrimLeft(p.Lead+"\n"+p.Text, "\n")}
}

// messages returns the prompt for a question and some of the hits, in the order
// of the hits.
func (l *LLM) messages(q rag.Question, lang string, hits []rag.Hit, in []int) ([]rag.Message, error) {
	a := prompts.Answer{Marker: l.marker(), History: l.history(q), Language: lang, Question: q.Text}
	for n, i := range in {
		a.Sources = append(a.Sources, source(n+1, hits[i]))
	}
	system, user, err := l.o.Templates.Answer(a)
	if err != nil {
		return nil, fmt.Errorf("make the prompt: %w", err)
	}
	return []rag.Message{{Role: rag.System, Text: system}, {Role: rag.User, Text: user}}, nil
}

// marker returns what stands around the sources: the same for each question, so
// that prompts begin alike, and unknown to who writes a document.
func (l *LLM) marker() string {
	mac := hmac.New(sha256.New, l.o.Secret)
	mac.Write([]byte(l.o.Version))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// history returns the turns that the model may hear of.
func (l *LLM) history(q rag.Question) []prompts.Turn {
	var out []prompts.Turn
	for _, t := range q.Disclosable(l.o.Private) {
		out = append(out, prompts.Turn{Question: t.Question, Answer: t.Answer})
	}
	return out
}

// byScore returns the hits best first.
func byScore(hits []rag.Hit) []rag.Hit {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, func(a, b rag.Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits
}

// hopeless tells that a model need not be asked: nothing was found, or next to
// nothing of the question stands in what was found and the vectors are far from it
// too. A question of a conversation, one in another language than the passages,
// and one to a whole corpus is never hopeless.
//
// The bounds are set on 20 paraphrases about one news article, of which they refuse the
// one that shares no word with it; questions about something else have cosines of .2 to
// .3 there.
func (q *question) hopeless(asked rag.Question, hits []rag.Hit) bool {
	if len(hits) == 0 {
		return true
	}
	if len(asked.History) > 0 || len(q.words) == 0 || !ranked(hits) {
		return false
	}
	if !slices.ContainsFunc(hits, func(h rag.Hit) bool { return text.Language(h.Passage.Text) == q.lang }) {
		return false
	}
	covered, dense := q.nearness(hits)
	return dense > 0 && dense < farAway && covered+dense < far
}

// nearness returns the largest share of the question's weight that a hit holds,
// and the largest cosine.
func (q *question) nearness(hits []rag.Hit) (covered, dense float64) {
	for _, h := range hits {
		p := h.Passage
		covered = max(covered, q.share(q.covered(p.Title+" "+p.Heading+" "+p.Text, text.Language(p.Text)), nil))
		dense = max(dense, h.Dense)
	}
	return covered, dense
}

const (
	farAway = .34 // cosine
	far     = .45 // cosine and share of the question's weight
)

// ranked tells whether hits are what a search found, best first.
func ranked(hits []rag.Hit) bool {
	return hits[len(hits)-1].Score > 0 && slices.IsSortedFunc(hits, func(a, b rag.Hit) int { return cmp.Compare(b.Score, a.Score) })
}

// tooLong tells whether a model could not read its prompt.
func tooLong(err error) bool {
	var m *rag.ModelError
	return errors.As(err, &m) && m.Fault == rag.TooLong
}

// trimmed returns s without white space before it, if nothing was written so far.
func trimmed(s string, begun bool) string {
	if begun {
		return s
	}
	return strings.TrimLeft(s, " \t\r\n")
}
