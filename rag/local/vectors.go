package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
	collection *chromem.Collection
	byID       map[string]rag.Vector // the same; chromem cannot be asked what it has
	dim        int                   // length of each; 0 as long as there is none
	spread     *spread
}

func newVectors() *vectors {
	never := func(context.Context, string) ([]float32, error) {
		return nil, errors.New("the index does not embed")
	}
	// The only error is that of a name that is empty.
	c, _ := chromem.NewDB().CreateCollection("passages", nil, never)
	return &vectors{collection: c, byID: map[string]rag.Vector{}, spread: new(spread)}
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

// add keeps v, which must be of unit length; nil is no vector.
func (vs *vectors) add(id string, v rag.Vector, folders map[string]string) error {
	if v == nil {
		return nil
	}
	if len(vs.byID) == 0 {
		vs.dim = len(v)
	}
	if len(v) != vs.dim {
		return fmt.Errorf("the vector of passage %s has length %d, others have %d", id, len(v), vs.dim)
	}
	vs.byID[id], vs.spread = v, new(spread)
	return vs.collection.AddDocument(context.Background(), chromem.Document{ID: id, Embedding: v, Metadata: folders})
}

// remove forgets the vectors of ids; those without are skipped.
func (vs *vectors) remove(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		delete(vs.byID, id)
	}
	vs.spread = new(spread)
	return vs.collection.Delete(context.Background(), nil, nil, ids...)
}

// A match is a passage's ID and the cosine of its vector and the query's.
type match struct {
	id     string
	cosine float32
}

// nearest returns the n passages of folder nearest to v, or of all if folder is
// "", and all others that are as near as the last of them, in no certain order.
func (vs *vectors) nearest(ctx context.Context, v rag.Vector, n int, folder string) ([]match, error) {
	var where map[string]string
	if folder != "" {
		where = map[string]string{folder: inFolder}
	}
	count := vs.collection.Count()
	for k := n + 8; count > 0; k *= 8 {
		k = min(k, count)
		found, err := vs.collection.QueryEmbedding(ctx, v, k, where, nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if len(found) < k || k == count || found[len(found)-1].Similarity < found[n-1].Similarity {
			return matches(found), nil
		}
	}
	return nil, nil
}

func matches(found []chromem.Result) []match {
	ms := make([]match, len(found))
	for i, f := range found {
		ms[i] = match{f.ID, f.Similarity}
	}
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
func (s *state) addVectors(recipe string, items []item, all []rag.Vector) error {
	if !slices.ContainsFunc(all, func(v rag.Vector) bool { return v != nil }) {
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
		if id := s.entries[slot].ID; vs.byID[id] != nil {
			ids = append(ids, id)
		}
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

// coverage returns how many vectors there are, and how near random pairs of them
// are to each other. The caller holds Index.mu.
func (vs *vectors) coverage() rag.Coverage {
	s := vs.spread
	s.once.Do(func() { s.mean, s.deviation = vs.pairs() })
	return rag.Coverage{Passages: len(vs.byID), Mean: s.mean, Deviation: s.deviation}
}

// pairs returns mean and standard deviation of the cosines of up to a thousand
// pairs: of neighbours in the order of their IDs, which are hashes, so that the
// pairs are random and yet the same for the same vectors.
func (vs *vectors) pairs() (mean, deviation float64) {
	const most, least = 1000, 20
	ids := vs.first(most)
	if len(ids) < least {
		return 0, 0
	}
	var sum, squares float64
	for i, id := range ids {
		c := float64(cosine(vs.byID[id], vs.byID[ids[(i+1)%len(ids)]]))
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
