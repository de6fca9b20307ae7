// Package db opens the two SQLite files of a data directory. It alone imports
// the driver.
//
//	index.db   passages, vectors, words: can always be rebuilt from the documents
//	state.db   what people did (questions, feedback): cannot be rebuilt
//	lock       held by the process that may write
//
// The first process takes the lock and writes. Others, and one that may not
// write to the directory, open both files read only, while the first goes on
// writing (both files are in WAL mode).
//
// A file is ours if its application_id says so; its user_version is the version
// of its layout. Anything else is an *Error that names the file and the remedy.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// A DB is an open data directory.
type DB struct {
	Index *sql.DB // index.db; rag/local owns its tables
	State *sql.DB // state.db
	// ReadOnly says that another process holds the lock, or that the directory
	// cannot be written to.
	ReadOnly bool

	dir  string
	lock *flock.Flock // nil if ReadOnly
}

// Open opens the data directory dir, and makes it (0700, its files 0600) if it
// does not exist. An error that errors.As finds to be an *Error means that a
// file or the directory is unusable as it is.
func Open(ctx context.Context, dir string) (*DB, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	d := &DB{dir: dir}
	access, err := d.takeLock(dir)
	if err != nil {
		return nil, err
	}
	d.ReadOnly = access != writable
	d.Index, err = openFile(ctx, indexFile(dir), access)
	if err == nil {
		d.State, err = openFile(ctx, stateFile(dir), access)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close closes both files and gives the lock back.
func (d *DB) Close() error {
	var errs []error
	for _, f := range []*sql.DB{d.Index, d.State} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}

func makeDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	switch {
	case errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist):
		return &Error{Path: dir, Remedy: "choose another folder for --db", Err: errors.New("a file is in the way")}
	case err != nil:
		return &Error{Path: dir, Remedy: "choose a folder for --db that can be written to", Err: err}
	}
	return nil
}

// An access says how this process may use the files.
type access int

const (
	writable access = iota
	beside          // read only, beside the process that holds the lock
	frozen          // read only, in a directory that cannot be written to
)

func (d *DB) takeLock(dir string) (access, error) {
	path := filepath.Join(dir, "lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return frozen, nil
	case errors.Is(err, syscall.EISDIR):
		return 0, &Error{Path: path, Remedy: "move it out of the way", Err: errors.New("a folder is in the way")}
	case err != nil:
		return 0, fmt.Errorf("lock %s: %w", path, err)
	case !ok:
		return beside, nil
	}
	if !dirWritable(dir) { // the lock file was left by somebody who may write
		return frozen, lock.Close()
	}
	d.lock = lock
	return writable, nil
}

// dirWritable tells by trying: neither mode bits nor access(2) know of read-only
// mounts and access lists everywhere.
func dirWritable(dir string) bool {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return false
	}
	closeErr := f.Close()
	return errors.Join(closeErr, os.Remove(f.Name())) == nil
}

// openFile opens one file, checks whose it is, and brings it to its version.
// A process beside the one that writes waits until that one has made the file:
// both may just have been started.
func openFile(ctx context.Context, f file, a access) (*sql.DB, error) {
	const patience, step = 5 * time.Second, 20 * time.Millisecond
	for range patience / step {
		db, err := openOnce(ctx, f, a)
		if a != beside || !errors.Is(err, errUnmade) {
			return db, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(step):
		}
	}
	return openOnce(ctx, f, a)
}

func openOnce(ctx context.Context, f file, a access) (*sql.DB, error) {
	if err := f.make(a); err != nil {
		return nil, err
	}
	dsn, err := f.dsn(a)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, f.unusable(err)
	}
	if err := f.check(ctx, db, a); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
