package local

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"footnote/rag"
)

// Cached returns e with a memory: EmbedPassages takes from the index's table the
// vectors of texts that e's model has seen, embeds the others in batches of 32,
// and commits each batch before the next, so that what was embedded is never
// lost. Queries pass through.
//
// A vector is kept as long as a passage has its text, and for 30 days anyway:
// that is enough for files that are renamed or change back and forth, and bounds
// what titles and former texts take up.
func (ix *Index) Cached(e rag.Embedder) rag.Embedder { return cached{e, ix} }

type cached struct {
	rag.Embedder
	ix *Index
}

const (
	batchSize = 32
	keepDays  = 30
)

type textHash = [sha256.Size]byte

func (c cached) EmbedPassages(ctx context.Context, texts []string) ([]rag.Vector, error) {
	vs := make([]rag.Vector, len(texts))
	missing, err := c.ix.lookUp(ctx, c.Model(), texts, vs)
	if err != nil {
		return nil, fmt.Errorf("look up vectors: %w", err)
	}
	for len(missing) > 0 {
		n := min(batchSize, len(missing))
		if err := c.embed(ctx, texts, missing[:n], vs); err != nil {
			return nil, err
		}
		missing = missing[n:]
	}
	shareRepeated(texts, vs)
	return vs, nil
}

// embed fills in the vectors of the texts at the given places.
func (c cached) embed(ctx context.Context, texts []string, places []int, vs []rag.Vector) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	batch := make([]string, len(places))
	for i, at := range places {
		batch[i] = texts[at]
	}
	got, err := c.Embedder.EmbedPassages(ctx, batch)
	if err != nil {
		return err
	}
	if len(got) != len(batch) {
		return fmt.Errorf("%s returned %d vectors for %d texts", c.Model(), len(got), len(batch))
	}
	for i, v := range got {
		if v == nil {
			continue // the embedder has none for this text
		}
		if _, err := unitVector(v); err != nil {
			return fmt.Errorf("%s returned a %w for a text of %d bytes", c.Model(), err, len(batch[i]))
		}
		vs[places[i]] = v
	}
	err = c.ix.write(ctx, func(tx *sql.Tx) error {
		return storeVectors(ctx, tx, c.Model(), batch, got)
	})
	if err != nil {
		return fmt.Errorf("store vectors: %w", err)
	}
	return nil
}

// lookUp fills in the vectors that the table has, and returns the places of the
// texts that it does not have; of equal texts, the first.
func (ix *Index) lookUp(ctx context.Context, model string, texts []string, vs []rag.Vector) ([]int, error) {
	stmt, err := ix.db.PrepareContext(ctx, "SELECT vector, day, crc FROM vectors WHERE model = ? AND hash = ?")
	if err != nil {
		return nil, ix.explain(err)
	}
	defer stmt.Close()
	var missing []int
	seen := map[textHash]bool{}
	for i, t := range texts {
		hash := sha256.Sum256([]byte(t))
		if seen[hash] {
			continue
		}
		seen[hash] = true
		var blob []byte
		var day int64
		var crc uint32
		err := stmt.QueryRowContext(ctx, model, hash[:]).Scan(&blob, &day, &crc)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			missing = append(missing, i)
		case err != nil:
			return nil, ix.explain(err)
		case crc != checksum([]any{model, hash[:], blob, day}):
			return nil, ix.explain(fmt.Errorf("vector %x: %w", hash[:8], ErrDamaged))
		default:
			vs[i] = unpackVector(blob)
		}
	}
	return missing, nil
}

// shareRepeated gives equal texts equal vectors.
func shareRepeated(texts []string, vs []rag.Vector) {
	first := map[string]int{}
	for i, t := range texts {
		if at, ok := first[t]; ok {
			vs[i] = slices.Clone(vs[at])
		} else {
			first[t] = i
		}
	}
}

func storeVectors(ctx context.Context, tx *sql.Tx, model string, texts []string, vs []rag.Vector) error {
	stmt, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer stmt.Close()
	day := dayOf(time.Now())
	for i, v := range vs {
		if v == nil {
			continue
		}
		hash := sha256.Sum256([]byte(texts[i]))
		row := []any{model, hash[:], packVector(v), day}
		if _, err := stmt.ExecContext(ctx, append(row, checksum(row))...); err != nil {
			return err
		}
	}
	return nil
}

// prune drops the vectors of texts that no passage has any more, at most once a
// day.
func prune(ctx context.Context, tx *sql.Tx, now time.Time) error {
	today := strconv.FormatInt(dayOf(now), 10)
	last, err := meta(ctx, tx, "pruned")
	if err != nil || last == today {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM vectors WHERE day < ?
		AND NOT EXISTS (SELECT 1 FROM passages WHERE passages.hash = vectors.hash)`, dayOf(now)-keepDays)
	if err != nil {
		return err
	}
	return setMeta(ctx, tx, "pruned", today)
}

// dayOf numbers the days.
func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
