// Package answer writes answers from passages. Extractive quotes them, needs no
// model and invents nothing. LLM has a language model write, and reads its
// verdict, sentences and citations while it does.
package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/text"
)

const (
	// fromHits is how many of the best passages the best place is taken from, and the
	// places beside it.
	fromHits = 3
	// mostPlaces is how many are shown where all are short and none answers for sure.
	mostPlaces = 5
)

// extractive is the model's name of answers that no language model wrote.
const extractive = "extractive"

// Extractive answers by showing the best place, letter for letter: a short section
// whole, of a longer one what stands around its best sentence, of a long table or list
// the entry asked for. Up to two sentences from elsewhere follow, or where none answers
// for sure up to mostPlaces in all.
type Extractive struct {
	ix    rag.Index
	words bool // judge by words alone
}

// NewExtractive returns an answerer that weighs words by the index, for hits of
// the built-in embedder: its gates are set by that one's cosines.
func NewExtractive(ix rag.Index) *Extractive { return &Extractive{ix: ix} }

// ByWords returns an answerer for hits of any embedder: it judges by words alone.
func (x *Extractive) ByWords() *Extractive { return &Extractive{ix: x.ix, words: true} }

// Answer implements rag.Answerer. Its verdict is Answered, Passages, NotFound,
// Clarify (the documents are in another language) or Chat.
func (x *Extractive) Answer(ctx context.Context, q rag.Question, hits []rag.Hit, emit func(rag.Sentence)) (rag.Outcome, error) {
	out := rag.Outcome{Model: extractive}
	fixed, err := prompts.In(text.Language(q.Text))
	if err != nil {
		return out, err
	}
	say := func(s string) { emit(rag.Sentence{Text: s, Fixed: true}) }
	if reply, ok, err := x.smallTalk(ctx, q); err != nil || ok {
		out.Verdict = rag.Chat
		say(reply)
		return out, err
	}
	asked, err := read(ctx, x.ix, q)
	if err != nil {
		return out, err
	}
	all := hits[:min(len(hits), mostPlaces)]
	hits = all[:min(len(all), fromHits)]
	asked.meet(hits)
	cs := asked.candidates(all)
	out.Verdict = x.judge(asked, hits, cs)
	if out.Verdict == rag.Answered {
		asked.show(cs, hits, true, emit)
		return out, nil
	}
	if reply, ok := otherLanguage(asked, hits, fixed); ok {
		out.Verdict = rag.Clarify
		say(reply)
		return out, nil
	}
	if out.Missing, err = x.missing(ctx, q, asked); err != nil {
		return out, err
	}
	if out.Verdict == rag.NotFound {
		say(withMissing(fixed.NotFound, fixed, out.Missing))
		return out, nil
	}
	say(withMissing(fixed.Passages, fixed, out.Missing))
	asked.show(cs, all, false, emit)
	return out, nil
}

// maxMissing is how many missing words are named.
const maxMissing = 3

// missing returns the words of the question that no document in scope holds,
// in its order.
func (x *Extractive) missing(ctx context.Context, q rag.Question, asked *question) ([]string, error) {
	var out []string
	unheld, err := x.unheld(ctx, q, asked)
	if err != nil {
		return nil, err
	}
	for _, e := range unheld {
		out = append(out, e.Text)
	}
	for _, w := range asked.words {
		part := func(e text.Exact) bool { return strings.Contains(e.Text, w.text) }
		if !w.own || text.Unspaced(w.text) || text.Everyday(w.text, asked.lang) || slices.ContainsFunc(asked.exact, part) {
			continue // pairs of letters are no words to name, nor is "get", nor are parts of a code
		}
		held := w.known
		if held && !q.Scope.All {
			hits, err := x.ix.Search(ctx, rag.Query{Text: w.text}, 1, q.Scope)
			if err != nil {
				return nil, fmt.Errorf("look for a word of the question: %w", err)
			}
			held = len(hits) > 0 && hits[0].Lexical > 0
		}
		if !held {
			out = append(out, w.text)
		}
	}
	return out[:min(len(out), maxMissing)], nil
}

// unheld returns the codes and dates of the question that no document in scope holds.
func (x *Extractive) unheld(ctx context.Context, q rag.Question, asked *question) ([]text.Exact, error) {
	const looked = 50 // passages that match the code best
	var out []text.Exact
	for _, e := range asked.exact {
		hits, err := x.ix.Search(ctx, rag.Query{Text: e.Text}, looked, q.Scope)
		if err != nil {
			return nil, fmt.Errorf("look for a code of the question: %w", err)
		}
		in := func(h rag.Hit) bool { return e.In(h.Passage.Whole(), text.Language(h.Passage.Text)) }
		sibling := func(h rag.Hit) bool { return e.Sibling(h.Passage.Whole()) }
		if !slices.ContainsFunc(hits, in) && (e.Strong || slices.ContainsFunc(hits, sibling)) {
			out = append(out, e)
		}
	}
	return out, nil
}

// withMissing adds to a fixed line that no document mentions some words.
func withMissing(line string, fixed prompts.Fixed, missing []string) string {
	if len(missing) == 0 {
		return line
	}
	var quoted []string
	for _, w := range missing {
		quoted = append(quoted, `"`+w+`"`)
	}
	return line + gap(fixed) + prompts.Fill(fixed.NoneMentions, "words", list(quoted, fixed.Or, fixed))
}

// otherLanguage tells somebody who asks in a language that none of the passages
// is in.
func otherLanguage(asked *question, hits []rag.Hit, fixed prompts.Fixed) (string, bool) {
	var langs []string
	for _, h := range hits {
		if len(h.Passage.Blocks) > 0 && !slices.ContainsFunc(h.Passage.Blocks, func(b rag.Block) bool { return b.Kind == rag.Paragraph }) {
			return "", false // tables and code are in no language
		}
		l := text.Language(h.Passage.Text)
		if l == asked.lang || l == "" || fixed.Languages[l] == "" {
			return "", false
		}
		if !slices.Contains(langs, fixed.Languages[l]) {
			langs = append(langs, fixed.Languages[l])
		}
	}
	if len(langs) == 0 || fixed.Languages[asked.lang] == "" {
		return "", false
	}
	return prompts.Fill(fixed.OtherLanguage, "languages", list(langs, fixed.Or, fixed), "asked", fixed.Languages[asked.lang]), true
}

// smallTalk replies to what is no question about the documents' content.
func (x *Extractive) smallTalk(ctx context.Context, q rag.Question) (string, bool, error) {
	reply, fixed, err := prompts.SmallTalk(q.Text)
	if err != nil || reply == "" {
		return "", false, err
	}
	reply, err = x.withDocuments(ctx, reply, fixed, q.Scope)
	return reply, true, err
}

// maxTitles is how many documents a list names.
const maxTitles = 20

// withDocuments fills in how many documents are in scope, and their titles.
func (x *Extractive) withDocuments(ctx context.Context, reply string, fixed prompts.Fixed, scope rag.Scope) (string, error) {
	if !strings.Contains(reply, "{titles}") {
		return reply, nil
	}
	files, err := x.ix.Files(ctx)
	if err != nil {
		return "", fmt.Errorf("list the documents: %w", err)
	}
	var seen []rag.FileState
	for _, f := range files {
		if f.Refused == "" && scope.Holds(f.ID) {
			seen = append(seen, f)
		}
	}
	if len(seen) == 0 {
		return fixed.NoDocuments, nil
	}
	slices.SortFunc(seen, func(a, b rag.FileState) int { return cmp.Compare(a.ID, b.ID) })
	var titles []string
	for _, f := range seen[:min(len(seen), maxTitles)] {
		titles = append(titles, cmp.Or(f.Title, f.ID))
	}
	names := strings.Join(titles, comma(fixed))
	if more := len(seen) - len(titles); more > 0 {
		names += gap(fixed) + prompts.Fill(fixed.More, "count", strconv.Itoa(more))
	}
	return prompts.Fill(reply, "count", strconv.Itoa(len(seen)), "titles", names), nil
}

// list joins names: a, b or c.
func list(names []string, or string, fixed prompts.Fixed) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], comma(fixed)) + gap(fixed) + or + gap(fixed) + names[last]
}

// Chinese has its own comma, and no spaces.
func comma(f prompts.Fixed) string {
	if f.Language == "zh" {
		return "、"
	}
	return ", "
}

func gap(f prompts.Fixed) string {
	if f.Language == "zh" {
		return ""
	}
	return " "
}
