// Package bge is the built-in embedder: bge-small-en-v1.5 (MIT) in plain Go,
// with its weights in the program.
//
// A text becomes a vector in three steps, a file each:
//
//	tokenizer.go   text -> ids of WordPiece tokens, 256 at most
//	encoder.go     ids -> a vector for each token, by twelve transformer layers
//	encoder.go     that of the first token, at unit length
//
// Weights have 8 bits with a scale per row, activations 16 bits with a scale
// per token, so that nearly all the work is integer multiplication; package
// kernel does it, with AVX2 or NEON where there is one. The vectors have a cosine of
// .9998 (median) to those of the original in float32. The program in convert
// makes model.bin from the published model, and package weights describes it.
//
// The scripts in reference hold this package against the Python libraries:
//
//	python3 reference/tokens.py MODEL 10000 > tokens.jsonl
//	go test ./rag/bge -run TestTokens -v -tokens tokens.jsonl
//	python3 reference/vectors.py MODEL DOCS 500 > vectors.jsonl
//	go test ./rag/bge -run TestVectors -v -vectors vectors.jsonl
//	python3 reference/compare.py MODEL DOCS        speed against onnxruntime
//
// GODEBUG=cpu.avx2=off shows plain Go's.
package bge

import (
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"footnote/rag"
	"footnote/rag/bge/kernel"
	"footnote/rag/bge/weights"
)

// modelName changes when vectors would: raise the number behind "int8" with
// every change of model.bin, the tokenizer, the instruction or the arithmetic.
const modelName = "bge-small-en-v1.5-int8.1"

// instruction stands in front of questions, as when the model was trained;
// passages have none.
const instruction = "Represent this sentence for searching relevant passages: "

//go:embed model.bin
var asset []byte

// An Embedder makes vectors of 384 values. It is safe for concurrent use, and
// keeps no goroutine between calls.
//
// No more texts are worked on at a time than there are CPUs. Queries come
// first: while one waits, passages stop at the next step, after a few
// milliseconds at most, and go on when it is done.
type Embedder struct {
	tokenizer *tokenizer
	encoder   *encoder
	turns     *turns
	scratch   sync.Pool // of *scratch
}

// New returns the built-in embedder. An error means that the program's file is
// damaged.
func New() (*Embedder, error) {
	return load(asset, kernel.Best())
}

func load(file []byte, set *kernel.Set) (*Embedder, error) {
	m, err := weights.Read(file)
	if err != nil {
		return nil, fmt.Errorf("load embedder: %w", err)
	}
	t, err := newTokenizer(m.Vocabulary)
	if err != nil {
		return nil, fmt.Errorf("load embedder: %w", err)
	}
	return &Embedder{
		tokenizer: t,
		encoder:   &encoder{model: m, set: set},
		turns:     newTurns(runtime.GOMAXPROCS(0)),
		scratch:   sync.Pool{New: func() any { return newScratch() }},
	}, nil
}

// Model names the model.
func (e *Embedder) Model() string { return modelName }

// Knows tells whether a word is one of the 30,000 that are most common in English,
// or one of them with an ending.
func (e *Embedder) Knows(word string) bool { return e.tokenizer.knows(strings.ToLower(word)) }

// EmbedPassages returns a vector of unit length for each text, in order. Of a
// text, the first 256 tokens count. When ctx ends, it returns ctx's error
// within a few milliseconds and no vectors.
func (e *Embedder) EmbedPassages(ctx context.Context, texts []string) ([]rag.Vector, error) {
	vectors := make([]rag.Vector, len(texts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(texts), e.turns.all) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(texts)); i = next.Add(1) - 1 {
				v, err := e.embed(ctx, texts[i], passage)
				if err != nil {
					return // only for the end of ctx, which all workers see
				}
				vectors[i] = v
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return vectors, nil
}

// EmbedQuery returns the vector of a question. It overtakes passages.
func (e *Embedder) EmbedQuery(ctx context.Context, text string) (rag.Vector, error) {
	return e.embed(ctx, instruction+text, query)
}

func (e *Embedder) embed(ctx context.Context, text string, u urgency) (rag.Vector, error) {
	if err := e.turns.take(ctx, u); err != nil {
		return nil, err
	}
	s := e.scratch.Get().(*scratch)
	defer e.scratch.Put(s)
	s.ids = e.tokenizer.encode(s.ids[:0], text, weights.Positions)
	pause := func() error { return nil }
	if u == passage {
		pause = func() error { return e.turns.yield(ctx) }
	}
	v := make(rag.Vector, weights.Hidden)
	if err := e.encoder.encode(v, s, pause); err != nil {
		return nil, err // the turn is lost already
	}
	e.turns.give()
	return v, nil
}
