package retrieve

import (
	"context"
	"fmt"
	"strings"

	"footnote/rag"
)

// A space is the vectors that one question is compared with.
type space struct {
	e        rag.Embedder // nil: words only
	recipe   string
	coverage rag.Coverage
	degraded string // why not all that have vectors are compared
}

// choose takes the first of the embedders whose vectors most passages have.
func (h *Hybrid) choose(ctx context.Context) (space, error) {
	if len(h.embedders) == 0 {
		return space{}, nil
	}
	all, err := h.ix.Coverage(ctx)
	if err != nil {
		return space{}, fmt.Errorf("ask what vectors there are: %w", err)
	}
	var best space
	for _, e := range h.embedders {
		recipe := rag.Recipe(e)
		if c := all[recipe]; c.Passages > best.coverage.Passages {
			best = space{e: e, recipe: recipe, coverage: c}
		}
	}
	most := 0
	for _, c := range all {
		most = max(most, c.Passages)
	}
	if have := best.coverage.Passages; have < most {
		best.degraded = beingMade(h.embedders[0].Model(), have, most)
	}
	return best, nil
}

// beingMade says that most passages have vectors that no embedder at hand can be
// asked about.
func beingMade(model string, have, most int) string {
	if have == 0 {
		return "the vectors are being made anew with " + model + "; until then words only"
	}
	return fmt.Sprintf("the vectors are being made anew with %s, %d %% so far; words only for the rest", model, max(1, 100*have/most))
}

func (s space) model() string {
	if s.e == nil {
		return ""
	}
	return s.e.Model()
}

func (s space) embed(ctx context.Context, query string) (rag.Vector, error) {
	if s.e == nil {
		return nil, nil
	}
	return s.e.EmbedQuery(ctx, query)
}

// The cosines of random pairs of squad_tune's passages, of the built-in model.
const (
	builtInMean      = .03
	builtInDeviation = .11
)

// builtInFloor is about the least cosine that the built-in model gives.
const builtInFloor = .35

// tiny is the least cosine of a passage that has a vector: 0 means that it has none.
const tiny = 1e-6

// builtIn tells the built-in embedder by what its model's name begins with. The same
// model at an endpoint goes by a shorter name: it is elsewhere, and its cosines differ.
func builtIn(model string) bool { return strings.HasPrefix(model, "bge-small-en-v1.5-int8.") }

// rescale puts the cosine of any model on the scale of the built-in one, by what
// random pairs have: those of multilingual-e5-small have .81 to .87 on average, and
// deviate by .02.
func (s space) rescale(cosine float64) float64 {
	if builtIn(s.model()) {
		return min(1, max(tiny, (cosine-builtInFloor)/(1-builtInFloor)))
	}
	c := s.coverage
	if c.Deviation == 0 {
		return cosine
	}
	return min(1, max(tiny, (cosine-c.Mean)/c.Deviation*builtInDeviation+builtInMean))
}
