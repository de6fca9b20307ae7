// Package local is the embedded rag.Index: one SQLite file holds the truth, and
// the passages, a chromem-go collection and an inverted index of words are built
// from it in memory at Open and kept up to date by Replace.
//
// One lock guards what is in memory. Replace analyses and checks its passages
// and commits them to SQLite outside of it, then puts them in place in one short
// step whose cost depends on the file alone; a Search holds the lock for reading
// from beginning to end, so it sees each file wholly old or wholly new. An
// immutable state published to readers would need a copy of chromem's collection
// for each Replace, as that can only be changed in place.
//
// Scores do not depend on how the index came about: they are computed from
// whole numbers (counts of passages and words) in an order fixed by the terms,
// and ties are broken by passage ID.
//
//   - Lexical is BM25 (Robertson and Zaragoza 2009; k1 1.2, b .75) over the sum of
//     the idf of the query's terms that any passage holds: 0 to 1. Words of title
//     and heading count half. The passages of one language are a corpus of their
//     own: they are matched with the query as read in it, and counts and mean
//     length are theirs. Only which terms are known is asked of all, so that a few
//     passages in another language do not shine for the one name they share with
//     the query.
//   - Dense is the cosine, of chromem's own precision (float32), or the mean of two:
//     the passage's and that of its nearest block. Both are entries of the collection.
//
// Vectors of different recipes are never compared: each has a collection of its
// own, and a search names the one that it wants. While another model's vectors are
// made, a passage is in two of them.
package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"footnote/rag"
)

// Index implements rag.Index.
type Index struct {
	db       *sql.DB
	path     string // for messages
	readOnly bool
	outdated bool

	writing sync.Mutex   // held by whoever changes the database
	mu      sync.RWMutex // guards what follows; taken after writing
	state   state
	synced  time.Time
}

var (
	// ErrDamaged is wrapped by errors that say which row is not as written.
	ErrDamaged = errors.New("damaged")
	// ErrNewer says that a newer version wrote the index.
	ErrNewer = errors.New("written by a newer version of Footnote")
	// ErrReadOnly says that another process writes the index.
	ErrReadOnly = errors.New("the index is open read only")
)

// Open reads the index from db, whose tables it owns and makes if need be. With
// a database that is query_only it serves what it read, whatever another process
// writes later. The caller closes db after the last use of the Index.
//
// Errors that wrap ErrDamaged or ErrNewer name the file and the remedy.
func Open(ctx context.Context, db *sql.DB) (*Index, error) {
	ix := &Index{db: db}
	if err := ix.open(ctx); err != nil {
		return nil, fmt.Errorf("open index: %w", ix.explain(err))
	}
	return ix, nil
}

func (ix *Index) open(ctx context.Context) error {
	err := ix.db.QueryRowContext(ctx, `SELECT (SELECT file FROM pragma_database_list WHERE name = 'main'),
		(SELECT query_only FROM pragma_query_only)`).Scan(&ix.path, &ix.readOnly)
	if err != nil {
		return err
	}
	tx, err := ix.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: ix.readOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	made, err := ix.prepareTables(ctx, tx)
	if err != nil {
		return err
	}
	if made {
		if err := ix.load(ctx, tx); err != nil {
			return err
		}
	} else {
		ix.state = newState()
	}
	return tx.Commit()
}

// Outdated reports whether Open found an index of an older format and emptied
// it: a Sync fills it again, from the vectors that it kept.
func (ix *Index) Outdated() bool { return ix.outdated }

// Files implements rag.Index.
func (ix *Index) Files(ctx context.Context) (map[string]rag.FileState, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	files := make(map[string]rag.FileState, len(ix.state.files))
	for id, f := range ix.state.files {
		files[id] = f.FileState
	}
	return files, nil
}

// Passages implements rag.Index.
func (ix *Index) Passages(ctx context.Context, docID string) ([]rag.Passage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	f, ok := ix.state.files[docID]
	if !ok {
		return nil, nil
	}
	ps := make([]rag.Passage, len(f.slots))
	for i, slot := range f.slots {
		ps[i] = ix.state.entries[slot]
	}
	return ps, nil
}

// DF implements rag.Index. A word that stands for several terms (a compound, a
// run of Chinese) is in the passages that hold them all. Stop words are not
// indexed: they are in none.
func (ix *Index) DF(ctx context.Context, words []string) (df []int, n int, err error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	df = make([]int, len(words))
	for i, w := range words {
		df[i] = ix.state.words.df(w)
	}
	return df, ix.state.words.count, nil
}

// Coverage implements rag.Index. Mean and Deviation are computed once for each
// change of the vectors, from at most a thousand pairs.
func (ix *Index) Coverage(ctx context.Context) (map[string]rag.Coverage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	cs := make(map[string]rag.Coverage, len(ix.state.vectors))
	for recipe, vs := range ix.state.vectors {
		cs[recipe] = vs.coverage()
	}
	return cs, nil
}

// Synced returns when the documents were last read in full; the zero time if
// they never were.
func (ix *Index) Synced(ctx context.Context) (time.Time, error) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.synced, ctx.Err()
}

// SetSynced records when the documents were last read in full, and drops cached
// vectors that have become useless (see Cached).
func (ix *Index) SetSynced(ctx context.Context, at time.Time) error {
	at = at.UTC().Round(0)
	err := ix.write(ctx, func(tx *sql.Tx) error {
		if err := setMeta(ctx, tx, "synced", at.Format(time.RFC3339Nano)); err != nil {
			return err
		}
		return prune(ctx, tx, at)
	})
	if err != nil {
		return fmt.Errorf("record the sync: %w", err)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.synced = at
	return nil
}

// write runs f in a transaction of its own, one at a time.
func (ix *Index) write(ctx context.Context, f func(*sql.Tx) error) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	return ix.writeLocked(ctx, f)
}

func (ix *Index) writeLocked(ctx context.Context, f func(*sql.Tx) error) error {
	if ix.readOnly {
		return ErrReadOnly
	}
	tx, err := ix.db.BeginTx(ctx, nil)
	if err != nil {
		return ix.explain(err)
	}
	defer tx.Rollback()
	if err = f(tx); err == nil {
		err = tx.Commit()
	}
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		err = ctx.Err() // database/sql rolled back when ctx ended, and says only that
	}
	return ix.explain(err)
}

// A state is what is in memory.
type state struct {
	files   map[string]*file
	entries []rag.Passage     // by slot; the free ones are zero
	free    []uint32          // slots
	slots   map[string]uint32 // by passage ID
	words   words
	vectors map[string]*vectors // by recipe; none is empty
}

type file struct {
	rag.FileState
	slots []uint32 // of its passages, in order
}

func newState() state {
	return state{
		files:   map[string]*file{},
		slots:   map[string]uint32{},
		words:   newWords(),
		vectors: map[string]*vectors{},
	}
}

// put replaces what is known of a file, with the former vectors of its passages by
// recipe. No items and nothing refused: it is gone.
func (s *state) put(f rag.FileState, items []item, former map[string][]rag.Vectors) error {
	if err := s.remove(f.ID); err != nil {
		return err
	}
	f.Passages = len(items)
	if f.Passages == 0 && f.Refused == "" {
		return nil
	}
	g := &file{FileState: f, slots: make([]uint32, len(items))}
	s.files[f.ID] = g
	for i, it := range items {
		slot := s.takeSlot()
		g.slots[i] = slot
		s.slots[it.passage.ID] = slot
		s.entries[slot] = it.passage
		if err := s.words.add(slot, it.bag); err != nil {
			return err
		}
	}
	if err := s.addVectors(f.Embedded, items, vectorsOf(items)); err != nil {
		return err
	}
	for recipe, vs := range former {
		if err := s.addVectors(recipe, items, vs); err != nil {
			return err
		}
	}
	return nil
}

func (s *state) remove(fileID string) error {
	f, ok := s.files[fileID]
	if !ok {
		return nil
	}
	for recipe := range s.vectors {
		if err := s.removeVectors(recipe, f); err != nil {
			return err
		}
	}
	delete(s.files, fileID)
	for _, slot := range f.slots {
		delete(s.slots, s.entries[slot].ID)
		s.words.remove(slot)
		s.entries[slot] = rag.Passage{}
	}
	s.free = append(s.free, f.slots...)
	return nil
}

func (s *state) takeSlot() uint32 {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		return slot
	}
	s.entries = append(s.entries, rag.Passage{})
	return uint32(len(s.entries) - 1)
}
