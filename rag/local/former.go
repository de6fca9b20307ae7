package local

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"

	"footnote/rag"
)

// Former vectors are those that a file has beside the ones of its newest recipe:
// they answer until the others are complete. They are one row for each file and
// recipe, as they come and go together.
const (
	formerTable = `
		CREATE TABLE former (
			file TEXT NOT NULL, recipe TEXT NOT NULL, vectors BLOB NOT NULL, crc INTEGER NOT NULL,
			PRIMARY KEY (file, recipe)
		) STRICT, WITHOUT ROWID;`

	insertFormer = "INSERT INTO former VALUES (?, ?, ?, ?)"
	selectFormer = "SELECT file, recipe, vectors, crc FROM former ORDER BY file, recipe"
)

// former returns the vectors that stay beside those of f, by recipe: all of other
// recipes, if f has one and its passages and their blocks are the same as before. The
// caller holds Index.writing.
func (s *state) former(f rag.FileState, items []item) map[string][]rag.Vectors {
	old, ok := s.files[f.ID]
	if !ok || f.Embedded == "" || !slices.EqualFunc(old.slots, items, func(slot uint32, it item) bool {
		return s.entries[slot].ID == it.passage.ID && slices.Equal(s.entries[slot].Blocks, it.passage.Blocks)
	}) {
		return nil
	}
	all := map[string][]rag.Vectors{}
	for recipe, vs := range s.vectors {
		if recipe == f.Embedded {
			continue
		}
		had := make([]rag.Vectors, len(items))
		any := false
		for i, it := range items {
			had[i] = vs.byID[it.passage.ID]
			any = any || had[i].Whole != nil
		}
		if any {
			all[recipe] = had
		}
	}
	return all
}

// DropFormer implements rag.Index.
func (ix *Index) DropFormer(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	if !ix.state.hasFormer() {
		return nil
	}
	err := ix.writeLocked(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM former")
		return err
	})
	if err == nil {
		ix.mu.Lock()
		defer ix.mu.Unlock()
		err = ix.state.dropFormer()
	}
	if err != nil {
		return fmt.Errorf("drop former vectors: %w", err)
	}
	return nil
}

// hasFormer tells whether any passage has a vector of another recipe than its
// file's newest.
func (s *state) hasFormer() bool {
	for recipe, vs := range s.vectors {
		for id := range vs.byID {
			if s.files[s.entries[s.slots[id]].DocID].Embedded != recipe {
				return true
			}
		}
	}
	return false
}

func (s *state) dropFormer() error {
	for _, f := range s.files {
		for recipe := range s.vectors {
			if recipe == f.Embedded {
				continue
			}
			if err := s.removeVectors(recipe, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// storeFormer writes what a file has, in place of what it had.
func storeFormer(ctx context.Context, tx *sql.Tx, fileID string, former map[string][]rag.Vectors) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM former WHERE file = ?", fileID); err != nil {
		return err
	}
	for recipe, vs := range former {
		row := []any{fileID, recipe, packFormer(vs)}
		if _, err := tx.ExecContext(ctx, insertFormer, append(row, checksum(row))...); err != nil {
			return fmt.Errorf("store former vectors: %w", err)
		}
	}
	return nil
}

// loadFormer returns former vectors by file and recipe.
func loadFormer(ctx context.Context, tx *sql.Tx) (map[string]map[string][]rag.Vectors, error) {
	rows, err := tx.QueryContext(ctx, selectFormer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]map[string][]rag.Vectors{}
	for rows.Next() {
		var file, recipe string
		var packed sql.RawBytes
		var crc uint32
		if err := rows.Scan(&file, &recipe, &packed, &crc); err != nil {
			return nil, err
		}
		if checksum([]any{file, recipe, []byte(packed)}) != crc {
			return nil, fmt.Errorf("former vectors of %s: %w", file, ErrDamaged)
		}
		if all[file] == nil {
			all[file] = map[string][]rag.Vectors{}
		}
		if all[file][recipe], err = unpackFormer(packed); err != nil {
			return nil, fmt.Errorf("former vectors of %s: %w: %w", file, ErrDamaged, err)
		}
	}
	return all, rows.Err()
}

// packFormer writes the packed vectors of each passage, their length in front.
func packFormer(vs []rag.Vectors) []byte {
	var packed []byte
	for _, v := range vs {
		one := packVectors(flat(v))
		packed = binary.AppendUvarint(packed, uint64(len(one)))
		packed = append(packed, one...)
	}
	return packed
}

func unpackFormer(packed []byte) ([]rag.Vectors, error) {
	var all []rag.Vectors
	for len(packed) > 0 {
		one, rest, err := framed(packed)
		if err != nil {
			return nil, err
		}
		vs, err := unpackVectors(one)
		if err != nil {
			return nil, err
		}
		all, packed = append(all, unflat(vs)), rest
	}
	return all, nil
}
