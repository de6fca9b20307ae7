package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/philippgille/chromem-go"

	"footnote/rag"
)

// vectors is chromem-go's collection of the vectors of one recipe, in memory.
//
// chromem-go v0.7.0 has defects that this file, its caller's lock and
// unitVector guard against; vectors_test.go names each.
//
//	 4, 5  Delete with an empty non-nil filter deletes all; with filter and IDs
//	       it ignores the IDs: remove passes IDs only, and filters nil
//	 6     a cancelled context gives no results and no error: nearest asks ctx
//	 7     n above the count is an error: nearest clamps it
//	 8     one vector of another length breaks every query: add refuses it
//	 9     a zero vector scores NaN: unitVector refuses it
//	10     vectors of an EmbeddingFunc are not normalised: it is never called
//	11     a filter for "" matches what lacks the key: values are never empty
//	12     metadata and vectors are kept, not copied: Replace copies, and nothing
//	       that a query returns but ID and similarity leaves nearest
//	13     making a collection anew empties it and leaves old handles stale: each
//	       vectors has its own DB and makes one collection, once
//	16     Delete and GetCollection race: Index.mu is held for every call, for
//	       writing where the collection changes
//	17     the negative mode has no default: never used
//	 -     ties at the cut are kept at random: nearest widens it
//
// The others are of its files, which are never written: 1 (32-bit names), 2
// (unreadable after a kill), 3 (export crashes under writes), 14 (flag compress
// hides all), 15 (two processes, no lock).
type vectors struct {
	collection *chromem.Collection    // of entries: see entry
	byID       map[string]rag.Vectors // the same by passage; chromem cannot be asked what it has
	dim        int                    // length of each; 0 as long as there is none
	spread     *spread
}

func newVectors() *vectors {
	never := func(context.Context, string) ([]float32, error) {
		return nil, errors.New("the index does not embed")
	}
	// The only error is that of a name that is empty.
	c, _ := chromem.NewDB().CreateCollection("passages", nil, never)
	return &vectors{collection: c, byID: map[string]rag.Vectors{}, spread: new(spread)}
}

// inFolder is the value of the metadata key of each folder that holds a passage:
// chromem's filters are equality only.
const inFolder = "in"

// foldersOf returns the metadata of a document's passages: its folders, and
// itself.
func foldersOf(docID string) map[string]string {
	m := map[string]string{docID: inFolder}
	for i, r := range docID {
		if r == '/' {
			m[docID[:i]] = inFolder
		}
	}
	return m
}

// flat returns the vectors of a passage in one list: the whole's, then the blocks', of
// which some may be nil. It is empty if there are none.
func flat(v rag.Vectors) []rag.Vector {
	if v.Whole == nil {
		return nil
	}
	return append([]rag.Vector{v.Whole}, v.Blocks...)
}

// unflat is the inverse of flat.
func unflat(vs []rag.Vector) (v rag.Vectors) {
	if len(vs) > 0 {
		v.Whole = vs[0]
	}
	if len(vs) > 1 {
		v.Blocks = vs[1:]
	}
	return v
}

// entry names in chromem the i-th of a passage's vectors in one list.
func entry(i int, id string) string { return strconv.Itoa(i) + " " + id }

// passageOf returns the ID of an entry's passage.
func passageOf(entry string) string {
	_, id, _ := strings.Cut(entry, " ")
	return id
}

// entries names those that a passage has.
func (vs *vectors) entries(id string) []string {
	var names []string
	for i, v := range flat(vs.byID[id]) {
		if v != nil {
			names = append(names, entry(i, id))
		}
	}
	return names
}

// add keeps vectors, which must be of unit length.
func (vs *vectors) add(id string, v rag.Vectors, folders map[string]string) error {
	if v.Whole == nil {
		return nil
	}
	if len(vs.byID) == 0 {
		vs.dim = len(v.Whole)
	}
	all := flat(v)
	for _, w := range all {
		if w != nil && len(w) != vs.dim {
			return fmt.Errorf("a vector of passage %s has length %d, others have %d", id, len(w), vs.dim)
		}
	}
	vs.byID[id], vs.spread = v, new(spread)
	for i, w := range all {
		if w == nil {
			continue
		}
		err := vs.collection.AddDocument(context.Background(), chromem.Document{ID: entry(i, id), Embedding: w, Metadata: folders})
		if err != nil {
			return err
		}
	}
	return nil
}

// remove forgets the vectors of ids; those without are skipped.
func (vs *vectors) remove(ids []string) error {
	var names []string
	for _, id := range ids {
		names = append(names, vs.entries(id)...)
		delete(vs.byID, id)
	}
	if len(names) == 0 {
		return nil
	}
	vs.spread = new(spread)
	return vs.collection.Delete(context.Background(), nil, nil, names...)
}

// A match is a passage's ID and how near it is to the query.
type match struct {
	id       string
	nearness float64
}

// nearness returns what rag.Hit has as Dense and Block.
func nearness(v rag.Vector, of rag.Vectors) (dense float64, block int) {
	whole, best := float64(cosine(v, of.Whole)), math.Inf(-1)
	for i, b := range of.Blocks {
		if b == nil {
			continue
		}
		if c := float64(cosine(v, b)); c > best {
			best, block = c, i
		}
	}
	if math.IsInf(best, -1) {
		return whole, 0
	}
	return (whole + best) / 2, block
}

// nearest returns the n passages of folder nearest to v, or of all if folder is
// "", and all others that are as near as the last of them, in no certain order.
//
// A passage is no nearer than the nearest of its entries. So where n are nearer than
// the last entry of those that chromem found, none that it did not find is among the
// n best (the threshold of Fagin, Lotem and Naor, 2001).
func (vs *vectors) nearest(ctx context.Context, v rag.Vector, n int, folder string) ([]match, error) {
	var where map[string]string
	if folder != "" {
		where = map[string]string{folder: inFolder}
	}
	count := vs.collection.Count()
	for k := 4*n + 8; count > 0; k *= 8 {
		k = min(k, count)
		found, err := vs.collection.QueryEmbedding(ctx, v, k, where, nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		ms := vs.matches(v, found)
		if len(found) < k || k == count || len(ms) >= n && ms[n-1].nearness > float64(found[k-1].Similarity) {
			return ms, nil
		}
	}
	return nil, nil
}

// matches returns the passages of entries, the nearest first.
func (vs *vectors) matches(v rag.Vector, found []chromem.Result) []match {
	ms := make([]match, 0, len(found))
	seen := make(map[string]bool, len(found))
	for _, f := range found {
		id := passageOf(f.ID)
		if seen[id] {
			continue
		}
		seen[id] = true
		near, _ := nearness(v, vs.byID[id])
		ms = append(ms, match{id, near})
	}
	slices.SortFunc(ms, func(a, b match) int { return cmp.Compare(b.nearness, a.nearness) })
	return ms
}

// cosine computes what chromem does, in the same order, to the same bits.
func cosine(v, w rag.Vector) float32 {
	var sum float32
	for i := range v {
		sum += v[i] * w[i]
	}
	return sum
}

// unitVector returns a copy of v of length 1, so close to it that chromem takes
// it as it is.
func unitVector(v rag.Vector) (rag.Vector, error) {
	sum := 0.
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	switch {
	case sum == 0:
		return nil, errors.New("zero vector")
	case math.IsNaN(sum) || math.IsInf(sum, 0):
		return nil, errors.New("vector with NaN or infinity")
	}
	unit := make(rag.Vector, len(v))
	if length := math.Sqrt(sum); math.Abs(length-1) < 1e-7 {
		copy(unit, v)
	} else {
		for i, x := range v {
			unit[i] = float32(float64(x) / length)
		}
	}
	return unit, nil
}

// addVectors adds those of a file's items, of one recipe.
func (s *state) addVectors(recipe string, items []item, all []rag.Vectors) error {
	if !slices.ContainsFunc(all, func(v rag.Vectors) bool { return v.Whole != nil }) {
		return nil
	}
	vs := s.vectors[recipe]
	if vs == nil {
		vs = newVectors()
		s.vectors[recipe] = vs
	}
	folders := foldersOf(items[0].passage.DocID)
	for i, it := range items {
		if err := vs.add(it.passage.ID, all[i], folders); err != nil {
			return err
		}
	}
	return nil
}

// removeVectors forgets those that a file has of one recipe.
func (s *state) removeVectors(recipe string, f *file) error {
	vs := s.vectors[recipe]
	var ids []string
	for _, slot := range f.slots {
		ids = append(ids, s.entries[slot].ID)
	}
	err := vs.remove(ids)
	if len(vs.byID) == 0 {
		delete(s.vectors, recipe)
	}
	return err
}

// A spread is how the cosines of random pairs of vectors are distributed.
type spread struct {
	once            sync.Once
	mean, deviation float64
}

// coverage returns how many passages have vectors, and how near random pairs of them
// are to each other. The caller holds Index.mu.
func (vs *vectors) coverage() rag.Coverage {
	s := vs.spread
	s.once.Do(func() { s.mean, s.deviation = vs.pairs() })
	return rag.Coverage{Passages: len(vs.byID), Mean: s.mean, Deviation: s.deviation}
}

// pairs returns mean and standard deviation of the cosines of up to a thousand
// pairs of whole passages: of neighbours in the order of their IDs, which are hashes, so
// that the pairs are random and yet the same for the same vectors.
func (vs *vectors) pairs() (mean, deviation float64) {
	const most, least = 1000, 20
	ids := vs.first(most)
	if len(ids) < least {
		return 0, 0
	}
	var sum, squares float64
	for i, id := range ids {
		c := float64(cosine(vs.byID[id].Whole, vs.byID[ids[(i+1)%len(ids)]].Whole))
		sum += c
		squares += c * c
	}
	mean = sum / float64(len(ids))
	return mean, math.Sqrt(max(0, squares/float64(len(ids))-mean*mean))
}

// first returns the first n IDs in their order.
func (vs *vectors) first(n int) []string {
	var ids []string
	for id := range vs.byID {
		if len(ids) == n && id >= ids[n-1] {
			continue
		}
		at, _ := slices.BinarySearch(ids, id)
		ids = slices.Insert(ids, at, id)
		ids = ids[:min(n, len(ids))]
	}
	return ids
}
