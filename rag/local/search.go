package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"footnote/rag"
)

// Search implements rag.Index. A vector whose length is not that of its recipe's
// finds nothing: the passages are found by their words.
func (ix *Index) Search(ctx context.Context, q rag.Query, n int, s rag.Scope) ([]rag.Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(q.Vector) > 0 {
		var err error
		if q.Vector, err = unitVector(q.Vector); err != nil {
			return nil, fmt.Errorf("search: the question's %w", err)
		}
	}
	folders := allowed(s)
	if n <= 0 || len(folders) == 0 {
		return nil, nil
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.state.search(ctx, q, n, folders)
}

func (s *state) search(ctx context.Context, q rag.Query, n int, folders []string) ([]rag.Hit, error) {
	lexical := s.words.scores(q.Text)
	found := s.matching(lexical, n, folders)
	vs := s.vectors[q.Embedded]
	if vs != nil && len(q.Vector) != vs.dim {
		vs = nil
	}
	if vs != nil {
		near, err := s.nearest(ctx, vs, q.Vector, n, folders)
		if err != nil {
			return nil, err
		}
		found = append(found, near...)
		slices.Sort(found)
		found = slices.Compact(found)
	}
	hits := make([]rag.Hit, len(found))
	for i, slot := range found {
		p := s.entries[slot]
		hits[i] = rag.Hit{Passage: p, Score: lexical[slot], Lexical: lexical[slot]}
		if vs == nil {
			continue
		}
		if v, ok := vs.byID[p.ID]; ok {
			hits[i].Dense, hits[i].Block = nearness(q.Vector, v)
		}
	}
	slices.SortFunc(hits, func(a, b rag.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Passage.ID, b.Passage.ID))
	})
	return hits, ctx.Err()
}

// matching returns the slots of the n best of scores above 0 in folders.
func (s *state) matching(scores []float64, n int, folders []string) []uint32 {
	best := top{n: n}
	for slot, score := range scores {
		if score > 0 && best.takes(score) && holds(folders, s.entries[slot].DocID) {
			best.add(candidate{s.entries[slot].ID, uint32(slot), score})
		}
	}
	return best.slots()
}

// nearest returns the slots of the n passages in folders nearest to v.
func (s *state) nearest(ctx context.Context, vs *vectors, v rag.Vector, n int, folders []string) ([]uint32, error) {
	best := top{n: n}
	for _, f := range folders {
		found, err := vs.nearest(ctx, v, n, f)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		for _, m := range found {
			best.add(candidate{m.id, s.slots[m.id], m.nearness})
		}
	}
	return best.slots(), nil
}

// A candidate is a passage with a score of one kind.
type candidate struct {
	id    string
	slot  uint32
	score float64
}

func (c candidate) compare(d candidate) int {
	return cmp.Or(cmp.Compare(d.score, c.score), strings.Compare(c.id, d.id))
}

// top keeps the n best candidates, ties by ID.
type top struct {
	n    int
	best []candidate // in order
}

// takes is false if a candidate with this score is certain not to be kept.
func (t *top) takes(score float64) bool {
	return len(t.best) < t.n || score >= t.best[t.n-1].score
}

func (t *top) add(c candidate) {
	at, _ := slices.BinarySearchFunc(t.best, c, candidate.compare)
	if at == t.n {
		return
	}
	t.best = slices.Insert(t.best, at, c)
	t.best = t.best[:min(len(t.best), t.n)]
}

func (t *top) slots() []uint32 {
	slots := make([]uint32, len(t.best))
	for i, c := range t.best {
		slots[i] = c.slot
	}
	return slots
}

// allowed returns the folders of a scope, less those inside of others. All of
// the index is "". A folder without a name holds nothing.
func allowed(s rag.Scope) []string {
	if s.All {
		return []string{""}
	}
	var folders []string
	for _, f := range s.Folders {
		if f = strings.Trim(f, "/"); f != "" {
			folders = append(folders, f)
		}
	}
	return outermost(folders)
}

// holds tells whether one of folders holds the document: by whole elements of
// its path.
func holds(folders []string, docID string) bool {
	for _, f := range folders {
		if f == "" || docID == f || len(docID) > len(f) && docID[len(f)] == '/' && docID[:len(f)] == f {
			return true
		}
	}
	return false
}

// outermost drops the folders that others hold.
func outermost(folders []string) []string {
	slices.Sort(folders) // a folder comes before what it holds
	var out []string
	for _, f := range folders {
		if !holds(out, f) {
			out = append(out, f)
		}
	}
	return out
}
