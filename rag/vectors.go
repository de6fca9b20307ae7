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

// vectors returns the vector of each passage.
func (s *syncing) vectors(ctx context.Context, ps []Passage, step func(n int)) ([]Vector, error) {
	var vs []Vector
	for batch := range slices.Chunk(ps, embedBatch) {
		texts := make([]string, len(batch))
		for i, p := range batch {
			texts[i] = embedded(p)
		}
		got, err := s.e.EmbedPassages(ctx, texts)
		if err != nil {
			return nil, fmt.Errorf("embed %s: %w", batch[0].DocID, err)
		}
		if len(got) != len(texts) {
			return nil, fmt.Errorf("embed %s: %s returned %d vectors for %d texts", batch[0].DocID, s.e.Model(), len(got), len(texts))
		}
		vs = append(vs, got...)
		step(len(batch))
	}
	return vs, nil
}

// embedded returns what the Embedder reads of a passage: where it stands, then what
// it says.
func embedded(p Passage) string {
	parts := []string{strings.TrimSpace(p.Title + " " + p.Heading), p.Lead, text.WithoutTargets(p.Text)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n")
}
