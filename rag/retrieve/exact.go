package retrieve

import (
	"cmp"
	"slices"
	"strings"

	"footnote/rag"
	"footnote/rag/text"
)

// exactFirst puts hits that hold the question's codes and dates before those that do
// not, and leaves their order as it is: to a vector, E4017 and E4071 are the same.
func exactFirst(question string, hits []rag.Hit) {
	asked := slices.DeleteFunc(text.Exacts(question, text.Language(question)), func(e text.Exact) bool { return !e.Strong })
	if len(asked) == 0 {
		return
	}
	held := make(map[string]int, len(hits))
	for _, h := range hits {
		p := h.Passage
		all := strings.Join([]string{p.Title, p.Heading, p.Lead, p.Text}, "\n")
		lang := text.Language(p.Text)
		for _, e := range asked {
			if e.In(all, lang) {
				held[p.ID]++
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b rag.Hit) int { return cmp.Compare(held[b.Passage.ID], held[a.Passage.ID]) })
}
