package rag

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"footnote/rag/text"
)

// embedBatch is how many texts go to the Embedder at once: small enough that
// progress moves and an interrupt is quick.
const embedBatch = 30

// embed makes the vectors of the files that lack them. Files are read again,
// so that a large folder is not held in memory.
func (s *syncing) embed(ctx context.Context) error {
	done := s.had
	s.progress(Progress{Phase: Embedding, Done: done, Total: s.had + s.total})
	for _, f := range s.todo {
		doc, ps, err := f.Load(ctx)
		var refused *RefusedError
		if errors.As(err, &refused) || err == nil && len(ps) == 0 {
			s.total -= f.embed // since a moment ago: the next Sync tells
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", f.ID, err)
		}
		withheld := s.wanted(f.ID) == Withheld
		if !withheld {
			s.total += len(ps) - f.embed
		}
		f.Title, f.Hash = doc.Title, contentHash(doc, ps)
		err = s.put(ctx, f.FileState, ps, func(n int) {
			done += n
			s.progress(Progress{Phase: Embedding, File: f.ID, Done: done, Total: s.had + s.total})
		})
		if err != nil {
			return err
		}
		if !withheld {
			s.report.Passages += len(ps)
		}
	}
	return nil
}

// A part is a text to embed: of a passage or of a block of it.
type part struct {
	text    string
	passage int
	vector  *Vector // where it goes
}

// vectors returns those of each passage.
func (s *syncing) vectors(ctx context.Context, ps []Passage, step func(n int)) ([]Vectors, error) {
	vs := make([]Vectors, len(ps))
	done := 0
	parts := partsOf(ps, vs)
	for len(parts) > 0 {
		n := min(embedBatch, len(parts))
		if err := s.embedParts(ctx, ps[0].DocID, parts[:n]); err != nil {
			return nil, err
		}
		parts = parts[n:]
		now := len(ps) // passages that have all of theirs
		if len(parts) > 0 {
			now = parts[0].passage
		}
		step(now - done)
		done = now
	}
	for i := range vs {
		if vs[i].Whole == nil { // the Embedder has none for it
			vs[i].Blocks = nil
		}
	}
	return vs, nil
}

func (s *syncing) embedParts(ctx context.Context, docID string, parts []part) error {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	got, err := s.e.EmbedPassages(ctx, texts)
	if err != nil {
		return fmt.Errorf("embed %s: %w", docID, err)
	}
	if len(got) != len(texts) {
		return fmt.Errorf("embed %s: %s returned %d vectors for %d texts", docID, s.e.Model(), len(got), len(texts))
	}
	for i, v := range got {
		*parts[i].vector = v
	}
	return nil
}

// partsOf returns what is embedded of passages, and goes to vs: each, and behind it its
// blocks of some length, where it has several of them. A short one, such as a lead-in
// or a heading of a list, says too little by itself to be near to a question.
func partsOf(ps []Passage, vs []Vectors) []part {
	const words, several = 12, 2
	var parts []part
	for i, p := range ps {
		parts = append(parts, part{embedded(p), i, &vs[i].Whole})
		var long []int
		for b := range p.Blocks {
			if text.Count(p.part(b, b+1).Text) >= words {
				long = append(long, b)
			}
		}
		if len(long) < several {
			continue
		}
		vs[i].Blocks = make([]Vector, len(p.Blocks))
		for _, b := range long {
			parts = append(parts, part{embedded(p.part(b, b+1)), i, &vs[i].Blocks[b]})
		}
	}
	return parts
}

// embedded returns what the Embedder reads of a passage: where it stands, then what
// it says.
func embedded(p Passage) string {
	parts := []string{strings.TrimSpace(p.Title + " " + p.Heading), p.Lead, text.WithoutTargets(p.Text)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n")
}
