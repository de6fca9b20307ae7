package eval

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// The measures of a ranking are trec_eval's (github.com/usnistgov/trec_eval):
// success_k, recall_k, recip_rank and ndcg_cut_k. What is ranked is named by a
// string, a paragraph or a document, and each at most once: see [Distinct].
// Without anything relevant they are 0; such questions, the unanswerable ones,
// are to be left out of an average.

// A Scored is one retrieved paragraph or document.
type Scored struct {
	ID    string
	Score float64
}

// Order returns the IDs of a run as trec_eval ranks them: by falling score,
// and those of equal score by falling ID. Scores are compared in single
// precision, as trec_eval keeps them.
func Order(run []Scored) []string {
	sorted := slices.Clone(run)
	slices.SortStableFunc(sorted, func(a, b Scored) int {
		if c := cmp.Compare(float32(b.Score), float32(a.Score)); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	ids := make([]string, len(sorted))
	for i, s := range sorted {
		ids[i] = s.ID
	}
	return ids
}

// Distinct returns ranked with only the first of each ID, in a new slice: a
// ranking of paragraphs, each named by its document, becomes one of documents.
func Distinct(ranked []string) []string {
	seen := make(map[string]bool, len(ranked))
	var first []string
	for _, id := range ranked {
		if !seen[id] {
			seen[id] = true
			first = append(first, id)
		}
	}
	return first
}

// HitAt returns 1 if one of the first k is relevant, else 0.
func HitAt(relevant map[string]bool, ranked []string, k int) float64 {
	if found(relevant, ranked, k) > 0 {
		return 1
	}
	return 0
}

// RecallAt returns the share of the relevant that is among the first k.
func RecallAt(relevant map[string]bool, ranked []string, k int) float64 {
	all := 0
	for _, r := range relevant {
		if r {
			all++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found(relevant, ranked, k)) / float64(all)
}

// ReciprocalRank returns 1/rank of the first relevant one, or 0. Its mean is
// the MRR.
func ReciprocalRank(relevant map[string]bool, ranked []string) float64 {
	for i, id := range ranked {
		if relevant[id] {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// NDCGAt returns the discounted gain of the first k, gain/log2(rank+1) each,
// divided by that of the best ranking of all that has a gain. A gain below 0
// counts as none.
func NDCGAt(gain map[string]int, ranked []string, k int) float64 {
	var ideal []int
	for _, g := range gain {
		if g > 0 {
			ideal = append(ideal, g)
		}
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	got := make([]int, len(ranked))
	for i, id := range ranked {
		got[i] = max(gain[id], 0)
	}
	best := discounted(ideal, k)
	if best == 0 {
		return 0
	}
	return discounted(got, k) / best
}

func found(relevant map[string]bool, ranked []string, k int) (n int) {
	for _, id := range head(ranked, k) {
		if relevant[id] {
			n++
		}
	}
	return n
}

func discounted(gains []int, k int) (sum float64) {
	for i, g := range head(gains, k) {
		sum += float64(g) / math.Log2(float64(i+2))
	}
	return sum
}

// head returns the first k of s, or all if there are fewer.
func head[T any](s []T, k int) []T { return s[:max(0, min(k, len(s)))] }
