package local

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"footnote/rag"
	"footnote/rag/text"
)

// An item is a passage as it is stored: checked, copied and analysed.
type item struct {
	passage rag.Passage
	vectors rag.Vectors // of unit length
	bag     bag
}

// Replace implements rag.Index. What it cannot index is an error that names the
// passage, and the file stays as it was: a vector that is zero, has a NaN or is
// not as long as the others of its model, vectors without the name of their
// model in f.Embedded or the name without vectors, passages of another document,
// one ID twice.
func (ix *Index) Replace(ctx context.Context, f rag.FileState, ps []rag.Passage, vs []rag.Vectors) error {
	if err := ix.replace(ctx, f, ps, vs); err != nil {
		return fmt.Errorf("replace %s: %w", f.ID, err)
	}
	return nil
}

func (ix *Index) replace(ctx context.Context, f rag.FileState, ps []rag.Passage, vs []rag.Vectors) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	items, err := prepare(f, ps, vs)
	if err != nil {
		return err
	}
	f.ModTime = f.ModTime.UTC().Round(0)
	f.Passages = len(items)

	ix.writing.Lock()
	defer ix.writing.Unlock()
	if err := ix.state.checkLength(f, items); err != nil {
		return err
	}
	former := ix.state.former(f, items)
	err = ix.writeLocked(ctx, func(tx *sql.Tx) error {
		if err := storeFile(ctx, tx, f, items); err != nil {
			return err
		}
		return storeFormer(ctx, tx, f.ID, former)
	})
	if err != nil {
		return err
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return ix.state.put(f, items, former)
}

// prepare checks, copies and analyses the passages of a file.
func prepare(f rag.FileState, ps []rag.Passage, vs []rag.Vectors) ([]item, error) {
	switch {
	case f.ID == "":
		return nil, errors.New("a file without an ID")
	case vs != nil && len(vs) != len(ps):
		return nil, fmt.Errorf("%d vectors for %d passages", len(vs), len(ps))
	case vs == nil && len(ps) > 0 && f.Embedded != "":
		return nil, fmt.Errorf("no vectors, but embedded by %s", f.Embedded)
	}
	items := make([]item, len(ps))
	seen := make(map[string]bool, len(ps))
	langs, short := languages(ps), acronyms(ps)
	for i, p := range ps {
		switch {
		case p.ID == "" || seen[p.ID]:
			return nil, fmt.Errorf("passage %d has no ID of its own: %q", i+1, p.ID)
		case p.DocID != f.ID:
			return nil, fmt.Errorf("passage %s is of document %q", p.ID, p.DocID)
		}
		seen[p.ID] = true
		items[i].passage = p
		items[i].bag = analyse(p, langs[i], short)
		if vs == nil {
			continue
		}
		var err error
		if items[i].vectors, err = unitVectors(vs[i], len(p.Blocks)); err != nil {
			return nil, fmt.Errorf("passage %s: %w", p.ID, err)
		}
		if f.Embedded == "" && vs[i].Whole != nil {
			return nil, errors.New("vectors without the name of their model")
		}
	}
	return items, nil
}

// unitVectors checks the vectors of a passage of so many blocks, and copies them.
func unitVectors(v rag.Vectors, blocks int) (rag.Vectors, error) {
	switch {
	case len(v.Blocks) > 0 && v.Whole == nil:
		return v, errors.New("vectors of blocks, and none of the whole")
	case len(v.Blocks) > 0 && len(v.Blocks) != blocks:
		return v, fmt.Errorf("%d vectors for %d blocks", len(v.Blocks), blocks)
	}
	all := flat(v)
	for i, w := range all {
		if w == nil {
			continue
		}
		var err error
		if all[i], err = unitVector(w); err != nil {
			return v, err
		}
	}
	return unflat(all), nil
}

// languages returns the language of each passage of one file: its own if it is
// long enough to tell and a fifth of the file is in that language, else that of
// most of the file, or English if none of it tells. So code, names and a quotation are
// read as what is around them, and a file in two languages is read in both.
func languages(ps []rag.Passage) []string {
	const long = 20 // words
	langs := make([]string, len(ps))
	words := make([]int, len(ps))
	total, byLang := 0, map[string]int{}
	for i, p := range ps {
		langs[i] = text.Language(p.Text)
		words[i] = text.Count(p.Text)
		if langs[i] != "" {
			byLang[langs[i]] += words[i]
			total += words[i]
		}
	}
	most := "en" // as good as any for names and codes
	for _, l := range slices.Sorted(maps.Keys(byLang)) {
		if byLang[l] > byLang[most] {
			most = l
		}
	}
	for i, l := range langs {
		if words[i] < long || 5*byLang[l] < total {
			langs[i] = most
		}
	}
	return langs
}

func vectorsOf(items []item) []rag.Vectors {
	vs := make([]rag.Vectors, len(items))
	for i, it := range items {
		vs[i] = it.vectors
	}
	return vs
}

// checkLength compares the vectors with each other and with those that other
// files have of the same recipe. The caller holds Index.writing.
func (s *state) checkLength(f rag.FileState, items []item) error {
	want := s.vectorLength(f)
	for _, it := range items {
		for _, v := range flat(it.vectors) {
			n := len(v)
			if want == 0 {
				want = n
			}
			if n > 0 && n != want {
				return fmt.Errorf("passage %s: vector of length %d, others of %s have %d", it.passage.ID, n, f.Embedded, want)
			}
		}
	}
	return nil
}

// vectorLength returns the length of the vectors of f's recipe in other files, 0
// if there are none.
func (s *state) vectorLength(f rag.FileState) int {
	vs := s.vectors[f.Embedded]
	if vs == nil {
		return 0
	}
	own := 0
	if old, ok := s.files[f.ID]; ok {
		for _, slot := range old.slots {
			if _, ok := vs.byID[s.entries[slot].ID]; ok {
				own++
			}
		}
	}
	if len(vs.byID) == own {
		return 0
	}
	return vs.dim
}

// storeFile writes a file's rows in place of the ones that it has.
func storeFile(ctx context.Context, tx *sql.Tx, f rag.FileState, items []item) error {
	for _, q := range []string{"DELETE FROM passages WHERE file = ?", "DELETE FROM files WHERE id = ?"} {
		if _, err := tx.ExecContext(ctx, q, f.ID); err != nil {
			return err
		}
	}
	if len(items) == 0 && f.Refused == "" {
		return nil
	}
	row := []any{f.ID, f.Title, f.Size, f.ModTime.Format(time.RFC3339Nano), f.Hash, f.Refused, f.Embedded, int64(f.Passages)}
	if _, err := tx.ExecContext(ctx, insertFile, append(row, checksum(row))...); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, insertPassage)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, it := range items {
		p := it.passage
		hash := sha256.Sum256([]byte(p.Text))
		row := []any{p.ID, p.DocID, int64(i), p.Title, p.Heading, p.URL, p.Date, int64(p.Span.Start), int64(p.Span.End),
			int64(p.Paragraph), int64(p.Line), int64(p.Page), []byte(p.Lead), []byte(p.Text), packBlocks(p.Blocks), hash[:],
			it.bag.lang, int64(it.bag.length), it.bag.terms, packVectors(flat(it.vectors))}
		if _, err := insert.ExecContext(ctx, append(row, checksum(row))...); err != nil {
			return fmt.Errorf("store passage %s: %w", p.ID, err)
		}
	}
	return nil
}
