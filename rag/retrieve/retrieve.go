// Package retrieve finds the passages that most likely answer a question: by
// words and by meaning, fused, and with the question before it for a follow-up.
package retrieve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/rag"
	"footnote/rag/text"
)

// candidates is how many passages are taken from each side, the nearest and the
// best matching, before fusion.
const candidates = 50

// Hybrid is a Retriever that adds w * cosine and (1-w) * normalised BM25.
//
// Convex fusion (Bruch et al., arXiv 2210.11934) was at or above reciprocal
// rank fusion on all of nine sets by hit@10, and on seven by MRR.
type Hybrid struct {
	ix        rag.Index
	embedders []rag.Embedder
}

// New returns a Hybrid over an index with vectors of one of the embedders: first
// the one that is wanted, then former ones, which answer until its vectors are
// made. Without embedders it searches words only.
func New(ix rag.Index, embedders ...rag.Embedder) *Hybrid {
	none := func(e rag.Embedder) bool { return e == nil }
	return &Hybrid{ix, slices.DeleteFunc(slices.Clone(embedders), none)}
}

// Retrieve implements rag.Retriever. A follow-up is searched as queriesOf says, and the
// scores are added: Score is that sum.
func (h *Hybrid) Retrieve(ctx context.Context, q rag.Question, n int) (rag.Retrieved, error) {
	s, err := h.choose(ctx)
	for err == nil {
		r, now, failed := h.retrieve(ctx, q, s)
		if failed == nil && now.recipe == s.recipe {
			r.Hits = r.Hits[:min(n, len(r.Hits))]
			return r, nil
		}
		s, err = now, failed
	}
	return rag.Retrieved{}, err
}

// retrieve compares with the vectors of one space. It ends early where these have been
// dropped meanwhile, and returns the space to begin anew with: what may be searched for
// depends on it.
func (h *Hybrid) retrieve(ctx context.Context, q rag.Question, s space) (rag.Retrieved, space, error) {
	queries := queriesOf(q, s.e == nil || builtIn(s.model()))
	r := rag.Retrieved{Query: queries[min(1, len(queries)-1)], Degraded: s.degraded}
	found := map[string]rag.Hit{}
	sum := 0.
	for i, query := range queries {
		share := 1.
		if i == 0 {
			share = alone
		}
		sum += share
		if now, err := h.search(ctx, query, share, q.Scope, s, &r, found); err != nil || now.recipe != s.recipe {
			return r, now, err
		}
	}
	for _, hit := range found {
		hit.Score /= sum
		r.Hits = append(r.Hits, hit)
	}
	slices.SortFunc(r.Hits, byScore)
	exactFirst(q.Text, r.Hits)
	return r, s, nil
}

const (
	// before is how many earlier questions are taken into account.
	before = 3
	// fromAnswer is how many words of the answer before are.
	fromAnswer = 60
	// alone is what the question alone counts: on half of 31 follow-ups about a handbook
	// 1 and 1.5 did as well as each other, on conversations 2 did best.
	alone = 1.5
)

// queriesOf returns what is searched for: the question alone; behind the questions
// before it; and behind the answer before it, which tells what "the second one" is. An
// answer may quote private documents: no embedder elsewhere is shown it. Of
// 16 follow-ups about a handbook the place was first for 9 and among eight for 15; alone
// and with the question before 3 and 12. No rule that guesses when a question is a
// follow-up did better.
func queriesOf(q rag.Question, withAnswer bool) []string {
	turns := q.Topics()
	if len(turns) == 0 {
		return []string{q.Text}
	}
	var said []string
	for _, turn := range turns[max(0, len(turns)-before):] {
		said = append(said, strings.TrimSpace(turn.Question))
	}
	queries := []string{q.Text, strings.Join(append(said, q.Text), " ")}
	answer := turns[len(turns)-1].Answer
	if ws := text.Words(answer); withAnswer && len(ws) > 0 {
		queries = append(queries, answer[:ws[min(len(ws), fromAnswer)-1].End]+" "+q.Text)
	}
	return queries
}

// search adds the hits of one query to found, their scores times share. Where the vectors
// of s are gone it adds none, and returns those that took their place.
func (h *Hybrid) search(ctx context.Context, query string, share float64, scope rag.Scope, s space, r *rag.Retrieved, found map[string]rag.Hit) (space, error) {
	start := time.Now()
	v, err := s.embed(ctx, query)
	if err != nil {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		r.Degraded = "searched by words only: " + err.Error()
	}
	embedded := time.Now()
	hits, err := h.ix.Search(ctx, rag.Query{Text: query, Vector: v, Embedded: s.recipe}, candidates, scope)
	if err != nil {
		return s, fmt.Errorf("search the index: %w", err)
	}
	r.Timing.Embed += embedded.Sub(start)
	r.Timing.Search += time.Since(embedded)
	if v != nil && !slices.ContainsFunc(hits, func(h rag.Hit) bool { return h.Dense != 0 }) {
		// Another model's vectors may have become complete meanwhile.
		if now, err := h.choose(ctx); err != nil || now.recipe != s.recipe {
			return now, err
		}
	}
	known, err := h.known(ctx, query)
	if err != nil {
		return s, err
	}
	w := 0.
	if v != nil {
		w = weight(s.model(), text.Language(query))
	}
	for _, hit := range hits {
		hit = s.scored(hit, w, known)
		hit.Score *= share
		if old, ok := found[hit.Passage.ID]; ok {
			hit = merged(hit, old)
		}
		found[hit.Passage.ID] = hit
	}
	return s, nil
}

// scored returns a hit with its cosine rescaled, which counts w, and the sum as its Score.
func (s space) scored(hit rag.Hit, w, known float64) rag.Hit {
	if hit.Dense == 0 {
		hit.Score = hit.Lexical // it has no vector yet
		return hit
	}
	hit.Dense = s.rescale(hit.Dense)
	hit.Score = w*hit.Dense + (1-w)*known*hit.Lexical
	return hit
}

// known returns the share of the weight of a query's words that any passage holds: where
// most words are not those of the documents, the others say little.
func (h *Hybrid) known(ctx context.Context, query string) (float64, error) {
	df, n, err := h.ix.DF(ctx, text.Topic(query, text.Language(query)))
	if err != nil {
		return 0, fmt.Errorf("weigh the question's words: %w", err)
	}
	in, all := 0., 0.
	for _, d := range df {
		weight := rag.IDF(d, n)
		all += weight
		if d > 0 {
			in += weight
		}
	}
	if all == 0 {
		return 1, nil
	}
	return in / all, nil
}

// weight returns how much the cosine counts. In English .6 is a compromise: first and
// among ten are .646 and .938 on half of 160 questions about a handbook that its readers
// typed (.708 and .954 with .75), .83 and .98 on squad_tune, whose questions have the
// text's own words (.79 and .97), .89 and .99 on techdocs (.84 and .97), .92 and .99 on
// conversations. The built-in model is English: on xquad more than this costs German,
// Russian and Chinese questions hits.
//
// Of another model nothing is known. With multilingual-e5-small, rescaled, .4 and
// .48 are alike: hit@1 .87 and .86 on techdocs, .945 and .950, .945 and .945, .953
// and .954 on xquad in German, Russian and Chinese; by words only .83, .904, .908
// and .929; not rescaled, .4 gains .024, .020 and .010 on these, not .041, .037 and
// .024.
func weight(model, lang string) float64 {
	if !builtIn(model) {
		return .4
	}
	switch lang {
	case "en", "":
		return .6
	case "de", "fr", "es", "it", "pt", "nl", "sv", "tr", "pl":
		return .2
	case "ru", "uk":
		return .1
	}
	return 0
}

// merged returns a passage that two searches found: the sum of their scores, and the
// better of each other value.
func merged(h, other rag.Hit) rag.Hit {
	h.Score += other.Score
	h.Lexical = max(h.Lexical, other.Lexical)
	if other.Dense > h.Dense {
		h.Dense, h.Block = other.Dense, other.Block
	}
	return h
}

func byScore(a, b rag.Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Passage.ID, b.Passage.ID))
}
