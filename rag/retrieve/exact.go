package retrieve

import (
	"cmp"
	"slices"

	"footnote/rag"
	"footnote/rag/text"
)

// exactFirst puts hits that hold the question's codes and dates before those that do
// not, and leaves their order as it is: to a vector, E4017 and E4071 are the same.
func exactFirst(question string, hits []rag.Hit) {
	asked := text.Exacts(question, text.Language(question))
	if !slices.ContainsFunc(asked, func(e text.Exact) bool { return e.Strong }) {
		return
	}
	held := make(map[string]int, len(hits))
	for _, h := range hits {
		held[h.Passage.ID] = text.Holds(asked, h.Passage.Whole(), text.Language(h.Passage.Text))
	}
	slices.SortStableFunc(hits, func(a, b rag.Hit) int { return cmp.Compare(held[b.Passage.ID], held[a.Passage.ID]) })
}
