// Package ragtest has the contract of rag.Index as a test, and honest fakes: they
// do what they say, only worse or faster than the real thing.
package ragtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync/atomic"

	"footnote/rag"
	"footnote/rag/text"
)

// Embedder is a rag.Embedder whose vectors are bags of words: texts that share
// words are near each other. The zero value is ready, and safe for concurrent use.
type Embedder struct {
	Name string // the model; "bag" if empty
	Dim  int    // length of the vectors; 64 if 0

	texts, queries atomic.Int64
}

// Model implements rag.Embedder.
func (e *Embedder) Model() string {
	if e.Name == "" {
		return "bag"
	}
	return e.Name
}

// EmbedPassages implements rag.Embedder.
func (e *Embedder) EmbedPassages(ctx context.Context, texts []string) ([]rag.Vector, error) {
	vs := make([]rag.Vector, len(texts))
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.texts.Add(1)
		vs[i] = e.vector(t)
	}
	return vs, nil
}

// EmbedQuery implements rag.Embedder.
func (e *Embedder) EmbedQuery(ctx context.Context, query string) (rag.Vector, error) {
	e.queries.Add(1)
	return e.vector(query), ctx.Err()
}

// Texts returns how many passages were embedded so far.
func (e *Embedder) Texts() int { return int(e.texts.Load()) }

// Queries returns how many queries were embedded so far.
func (e *Embedder) Queries() int { return int(e.queries.Load()) }

// vector adds a random direction for each word, and a small one that all texts
// share, so that a text without words has a vector too.
func (e *Embedder) vector(s string) rag.Vector {
	dim := e.Dim
	if dim == 0 {
		dim = 64
	}
	sum := make([]float64, dim)
	sum[0] = .1
	for _, w := range text.Words(s) {
		h := fnv.New64a()
		h.Write([]byte(e.Model() + " " + strings.ToLower(w.Text)))
		for i, seed := 0, h.Sum64(); i < dim; i++ {
			// splitmix64 (Steele, Lea, Flood 2014)
			seed += 0x9e3779b97f4a7c15
			z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			sum[i] += float64(int64(z^z>>31)) / (1 << 63)
		}
	}
	norm := 0.
	for _, x := range sum {
		norm += x * x
	}
	norm = math.Sqrt(norm)
	v := make(rag.Vector, dim)
	for i, x := range sum {
		v[i] = float32(x / norm)
	}
	return v
}

// Passages makes a document's passages from their texts, as rag/split would: one
// below the other, with an empty line between. One with an empty line inside has
// blocks.
func Passages(docID string, texts ...string) []rag.Passage {
	ps := make([]rag.Passage, len(texts))
	at, paragraph := 0, 1
	for i, t := range texts {
		span := rag.Span{Start: at, End: at + len(t)}
		id := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d\x00%s", docID, span.Start, span.End, t))
		ps[i] = rag.Passage{ID: hex.EncodeToString(id[:8]), DocID: docID, Span: span, Paragraph: paragraph, Line: 2*paragraph - 1, Text: t}
		if strings.Contains(t, "\n\n") {
			for b := range strings.SplitSeq(t, "\n\n") {
				ps[i].Blocks = append(ps[i].Blocks, rag.Block{Span: rag.Span{Start: at, End: at + len(b)}, Line: 2*paragraph - 1})
				at += len(b) + 2
				paragraph++
			}
			continue
		}
		at = span.End + 2
		paragraph++
	}
	return ps
}

// Vectors embeds passages and, where they have any, each of their blocks.
func Vectors(ctx context.Context, e rag.Embedder, ps []rag.Passage) ([]rag.Vectors, error) {
	vs := make([]rag.Vectors, len(ps))
	for i, p := range ps {
		texts := []string{p.Text}
		for _, b := range p.Blocks {
			texts = append(texts, p.Text[b.Span.Start-p.Span.Start:b.Span.End-p.Span.Start])
		}
		all, err := e.EmbedPassages(ctx, texts)
		if err != nil {
			return nil, err
		}
		vs[i] = rag.Vectors{Whole: all[0], Blocks: all[1:]}
	}
	return vs, nil
}
