package local

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"footnote/bot/db"
	"footnote/rag"
	"footnote/rag/ragtest"
)

// sizes are the passages of a team's handbook and of a large archive.
var sizes = []int{2_154, 140_000}

const perFile = 40

// benchFile makes the passages of a file: 90 words drawn as in natural text, of
// which the most frequent half are stop words, and vectors of 384 numbers.
func benchFile(rnd *rand.Rand, n int) (string, []rag.Passage, []rag.Vectors) {
	doc := fmt.Sprintf("folder%d/file%d.txt", n%50, n)
	zipf := rand.NewZipf(rnd, 1.1, 8, 200_000)
	texts := make([]string, perFile)
	vs := make([]rag.Vectors, perFile)
	for i := range texts {
		for range 45 {
			texts[i] += fmt.Sprintf("the w%d ", zipf.Uint64())
		}
		vs[i].Whole = benchVector(rnd)
	}
	ps := ragtest.Passages(doc, texts...)
	for i := range ps {
		ps[i].Title = fmt.Sprintf("title of file%d", n)
	}
	return doc, ps, vs
}

func benchVector(rnd *rand.Rand) rag.Vector {
	v := make(rag.Vector, 384)
	for i := range v {
		v[i] = float32(rnd.NormFloat64())
	}
	return v
}

// benchIndex fills an index in a folder of its own.
func benchIndex(b *testing.B, size int) (*Index, *db.DB, string) {
	dir := b.TempDir()
	ix, d := open(b, dir)
	rnd := rand.New(rand.NewPCG(uint64(size), 0))
	start := time.Now()
	for n := range size / perFile {
		doc, ps, vs := benchFile(rnd, n)
		if err := ix.Replace(b.Context(), rag.FileState{ID: doc, Embedded: "random"}, ps, vs); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d passages in %v", size, time.Since(start).Round(time.Millisecond))
	return ix, d, dir
}

func Benchmark(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("passages=%d", size), func(b *testing.B) {
			ix, d, _ := benchIndex(b, size)
			rnd := rand.New(rand.NewPCG(1, 1))
			v := benchVector(rnd)
			query := "what is the w7 of w300 and w12 in w5000?"
			b.Run("Open", func(b *testing.B) {
				for b.Loop() {
					if _, err := Open(b.Context(), d.Index); err != nil {
						b.Fatal(err)
					}
				}
			})
			for _, s := range []rag.Scope{all, {Folders: []string{"folder7"}}, {Folders: []string{"folder7", "folder8", "folder9"}}} {
				b.Run(fmt.Sprintf("Search/folders=%d", len(s.Folders)), func(b *testing.B) {
					for b.Loop() {
						if _, err := ix.Search(b.Context(), rag.Query{Text: query, Vector: v, Embedded: "random"}, 50, s); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run("SearchWords", func(b *testing.B) {
				for b.Loop() {
					if _, err := ix.Search(b.Context(), rag.Query{Text: query}, 50, all); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("Coverage", func(b *testing.B) { // after a change
				for b.Loop() {
					ix.state.vectors["random"].spread = new(spread)
					if _, err := ix.Coverage(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("Replace", func(b *testing.B) {
				doc, ps, vs := benchFile(rnd, 3)
				for b.Loop() {
					if err := ix.Replace(b.Context(), rag.FileState{ID: doc, Embedded: "random"}, ps, vs); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
