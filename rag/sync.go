package rag

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A File is a file that Sync may read: what is known without opening it, and
// how to read it.
type File struct {
	FileState // ID, Size and ModTime are set
	// Load reads and splits the file. It returns a *RefusedError for a file
	// that cannot be indexed.
	Load func(ctx context.Context) (Document, []Passage, error)
}

// A FolderError says that a root or a folder below it could not be read. Sync
// removes nothing below Prefix and goes on.
type FolderError struct {
	Prefix string // of the IDs below it: "" or "hr/"
	Err    error
}

func (e *FolderError) Error() string { return e.Err.Error() }
func (e *FolderError) Unwrap() error { return e.Err }

// A RefusedError says why one file is not indexed. The others still are.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

// SyncOptions are the choices of a Sync.
type SyncOptions struct {
	// Roots are the ID prefixes of the roots: "" for a single unnamed one,
	// else "NAME/" for each.
	Roots []string
	// Prune confirms a removal that the guard against mass deletion stopped.
	Prune bool
	// Private documents are never shown to the Embedder: they are found by their
	// words. It is for one that is not on this machine.
	Private Scope
	// Progress, if set, is told what happens. The first Embedding progress
	// tells that the words of all files can be searched.
	Progress func(Progress)
}

// A Phase is what a Sync is at.
type Phase int

const (
	Reading Phase = iota
	Embedding
)

// Progress tells how far a Sync is.
type Progress struct {
	Phase Phase
	File  string
	// Done is files while Reading; while Embedding, passages with vectors, those of
	// former runs too: what was interrupted goes on from there.
	Done  int
	Total int // 0 while Reading: the walk is not over
}

// Kept is a root whose vanished documents were kept, and why.
type Kept struct {
	Root  string // ID prefix
	Would int    // documents that would have been removed
	Why   string
}

// A SyncReport says what a Sync did.
type SyncReport struct {
	Files     int // seen and not refused
	Unchanged int
	Changed   int // read and replaced
	Removed   int
	Passages  int // that now have vectors for the first time or again
	Refused   []FileState
	Kept      []Kept
	Folders   []FolderError
}

// Removing more than this many documents and more than this share of a root at
// once looks like an unmounted disk or a mistyped path, not like an edit.
const (
	massDeletion      = 10
	massDeletionShare = .10
)

// passagesVersion is that of the passages that files give. Raise it when rag/load
// or rag/split read files differently: Sync then reads unchanged files again, to
// make their vectors.
const passagesVersion = 3

// Recipe names how vectors are made: the Embedder's model, and what of a passage
// it is given. Vectors of two recipes are never compared.
func Recipe(e Embedder) string {
	return fmt.Sprintf("%s, title in front, paragraphs beside, passages %d", e.Model(), passagesVersion)
}

// Withheld is the FileState.Embedded of private documents, which have no vectors
// and shall have none.
const Withheld = "words only: stays on this machine"

// Sync makes the index hold what files hold. Words come first: every changed
// file is replaced without vectors, so that it can be found at once; then
// vectors are made and the file is replaced again. Killed at any moment and run
// again, it ends the same. A nil Embedder leaves it at words.
//
// With another Embedder than before, unchanged files get its vectors beside those
// that they have, which can be searched until all are made. New and changed files
// have only the new ones.
//
// A file whose size and time are unchanged is not read; one whose text is
// unchanged is not embedded. An error is returned only where the index or the
// Embedder fails: files and folders that cannot be read are in the report.
func Sync(ctx context.Context, ix Index, e Embedder, files iter.Seq2[File, error], opt SyncOptions) (SyncReport, error) {
	known, err := ix.Files(ctx)
	if err != nil {
		return SyncReport{}, fmt.Errorf("list indexed files: %w", err)
	}
	s := &syncing{ix: ix, e: e, opt: opt, known: known, seen: map[string]bool{}}
	if e != nil {
		s.recipe = Recipe(e)
	}
	for f, err := range files {
		if err == nil {
			err = s.file(ctx, f)
		}
		var folder *FolderError
		if errors.As(err, &folder) {
			s.report.Folders = append(s.report.Folders, *folder)
		} else if err != nil {
			return s.report, err
		}
	}
	if err := ctx.Err(); err != nil {
		return s.report, err
	}
	if err := s.remove(ctx); err != nil {
		return s.report, err
	}
	if e == nil {
		return s.report, nil
	}
	if err := s.embed(ctx); err != nil {
		return s.report, err
	}
	if err := ix.DropFormer(ctx); err != nil {
		return s.report, err
	}
	return s.report, nil
}

// syncing is one run of Sync.
type syncing struct {
	ix     Index
	e      Embedder
	recipe string // of e's vectors
	opt    SyncOptions
	known  map[string]FileState
	seen   map[string]bool
	todo   []pending
	total  int // passages to embed
	had    int // passages whose vectors are there already
	report SyncReport
}

// pending is a file without the vectors that it should have.
type pending struct {
	File
	embed int // how many passages, so far as is known
}

// wanted returns what a file's Embedded is when its vectors are up to date.
func (s *syncing) wanted(id string) string {
	switch {
	case s.e == nil:
		return ""
	case s.opt.Private.Holds(id):
		return Withheld
	}
	return s.recipe
}

func (s *syncing) progress(p Progress) {
	if s.opt.Progress != nil {
		s.opt.Progress(p)
	}
}

// file brings the words of one file up to date and notes it for vectors.
func (s *syncing) file(ctx context.Context, f File) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.seen[f.ID] = true
	s.progress(Progress{Phase: Reading, File: f.ID, Done: len(s.seen)})
	old, ok := s.known[f.ID]
	if ok && old.Refused == "" && old.Size == f.Size && old.ModTime.Equal(f.ModTime) {
		s.unchanged(f, old)
		return nil
	}
	doc, ps, err := f.Load(ctx)
	var refused *RefusedError
	if errors.As(err, &refused) {
		return s.refuse(ctx, f.FileState, refused.Reason)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.ID, err)
	}
	if len(ps) == 0 {
		return s.refuse(ctx, f.FileState, NothingToIndex)
	}
	f.Title, f.Hash = doc.Title, contentHash(doc, ps)
	s.report.Files++
	if ok && old.Hash == f.Hash && old.Embedded != "" && s.e != nil {
		s.report.Unchanged++
		return s.touch(ctx, f, old, ps)
	}
	s.report.Changed++
	if s.wanted(f.ID) == Withheld {
		return s.put(ctx, f.FileState, ps, func(int) {})
	}
	if err := s.replace(ctx, f.FileState, ps, nil); err != nil {
		return err
	}
	s.later(f, len(ps))
	return nil
}

// refuse remembers why a file is not indexed. Refused files are tried at every
// Sync: permission can come without a new size or time.
func (s *syncing) refuse(ctx context.Context, f FileState, reason string) error {
	f.Refused = reason
	s.report.Refused = append(s.report.Refused, f)
	if old := s.known[f.ID]; old.Refused == reason && old.Size == f.Size && old.ModTime.Equal(f.ModTime) {
		return nil
	}
	return s.replace(ctx, f, nil, nil)
}

// unchanged counts a file that need not be read.
func (s *syncing) unchanged(f File, old FileState) {
	s.report.Files++
	s.report.Unchanged++
	switch want := s.wanted(f.ID); {
	case s.e == nil:
	case old.Embedded != want:
		f.FileState = old
		s.later(f, old.Passages)
	case want != Withheld:
		s.had += old.Passages
	}
}

// touch notes the new size and time of a file whose text is unchanged. Its
// vectors are made again, which costs little with a cache. If they are of another
// recipe, that is work for later, and until then they stay.
func (s *syncing) touch(ctx context.Context, f File, old FileState, ps []Passage) error {
	if old.Embedded != s.wanted(f.ID) {
		s.later(f, len(ps))
		return nil
	}
	if old.Embedded != Withheld {
		s.had += len(ps)
	}
	return s.put(ctx, f.FileState, ps, func(int) {})
}

func (s *syncing) later(f File, passages int) {
	if s.e == nil {
		return
	}
	if s.wanted(f.ID) == Withheld {
		passages = 0
	}
	s.todo = append(s.todo, pending{f, passages})
	s.total += passages
}

// put replaces a file by one with the vectors that it should have.
func (s *syncing) put(ctx context.Context, f FileState, ps []Passage, step func(n int)) error {
	var err error
	vs := make([]Vectors, len(ps))
	f.Embedded = s.wanted(f.ID)
	if f.Embedded != Withheld {
		if vs, err = s.vectors(ctx, ps, step); err != nil {
			return err
		}
	}
	return s.replace(ctx, f, ps, vs)
}

func (s *syncing) replace(ctx context.Context, f FileState, ps []Passage, vs []Vectors) error {
	if err := s.ix.Replace(ctx, f, ps, vs); err != nil {
		return fmt.Errorf("index %s: %w", f.ID, err)
	}
	return nil
}

// remove takes vanished files out of the index, root by root, unless that
// looks like a mistake.
func (s *syncing) remove(ctx context.Context) error {
	gone := map[string][]string{}
	had, seen := map[string]int{}, map[string]int{}
	for id := range s.seen {
		seen[s.root(id)]++
	}
	for _, id := range slices.Sorted(maps.Keys(s.known)) {
		root, vanished := s.root(id), !s.seen[id] && !s.unreadable(id)
		switch {
		case s.known[id].Refused == "":
			had[root]++
			if vanished {
				gone[root] = append(gone[root], id)
			}
		case vanished: // nothing is lost with a refused file
			if err := s.replace(ctx, FileState{ID: id}, nil, nil); err != nil {
				return err
			}
		}
	}
	for _, root := range slices.Sorted(maps.Keys(gone)) {
		ids := gone[root]
		why := guard(len(ids), had[root], seen[root])
		if root == noRoot {
			why = "their folder is no longer given"
		}
		if why != "" && !s.opt.Prune {
			s.report.Kept = append(s.report.Kept, Kept{Root: root, Would: len(ids), Why: why})
			continue
		}
		for _, id := range ids {
			if err := s.replace(ctx, FileState{ID: id}, nil, nil); err != nil {
				return err
			}
			s.report.Removed++
		}
	}
	return nil
}

// guard says why a removal looks like a mistake, or nothing.
func guard(gone, had, seen int) string {
	switch {
	case seen == 0:
		return "the folder is suddenly empty"
	case gone > massDeletion && float64(gone) > massDeletionShare*float64(had):
		return fmt.Sprintf("%d of %d documents are gone at once", gone, had)
	}
	return ""
}

// noRoot stands for the documents of folders that are no longer given.
const noRoot = "?"

// root returns the longest root prefix of a document's ID, or noRoot.
func (s *syncing) root(id string) string {
	best, found := "", false
	for _, r := range s.opt.Roots {
		if strings.HasPrefix(id, r) && (!found || len(r) > len(best)) {
			best, found = r, true
		}
	}
	if !found {
		return noRoot
	}
	return best
}

func (s *syncing) unreadable(id string) bool {
	return slices.ContainsFunc(s.report.Folders, func(f FolderError) bool { return strings.HasPrefix(id, f.Prefix) })
}
