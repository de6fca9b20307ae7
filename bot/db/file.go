package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// An Error says that a file cannot be used as it is, and what to do about it.
type Error struct {
	Path   string
	Remedy string // an instruction: "delete it: ..."
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v; %s", e.Path, e.Err, e.Remedy) }
func (e *Error) Unwrap() error { return e.Err }

// Why a file is unusable.
var (
	ErrForeign = errors.New("not one of Footnote's files")
	ErrNewer   = errors.New("written by a newer version of Footnote")
	ErrDamaged = errors.New("damaged")
)

// errUnmade says that the process that writes has not made the file yet.
var errUnmade = errors.New("does not exist yet")

// damaged tells whether err comes from SQLite finding a damaged file.
func damaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// A file describes one of the two files.
type file struct {
	path   string
	id     int32 // application_id
	remedy string
	sync   string // PRAGMA synchronous
	// migrations bring the layout from version i to i+1. Their number is the
	// current version.
	migrations []string
}

// indexFile may lose its last transactions when the power fails, never its
// consistency: Sync makes them again.
func indexFile(dir string) file {
	return file{
		path:   filepath.Join(dir, "index.db"),
		id:     0x464e4958, // "FNIX"
		remedy: "delete it: it can be rebuilt from the documents",
		sync:   "normal",
		// rag/local owns the tables and their version.
		migrations: []string{""},
	}
}

func stateFile(dir string) file {
	return file{
		path:       filepath.Join(dir, "state.db"),
		id:         0x464e5354, // "FNST"
		remedy:     "move it away and keep it: its feedback cannot be rebuilt",
		sync:       "full",
		migrations: stateMigrations(),
	}
}

// make makes the file if it does not exist and this process may write.
func (f file) make(a access) error {
	info, err := os.Stat(f.path)
	switch {
	case err == nil && info.IsDir():
		return &Error{Path: f.path, Remedy: "move it out of the way", Err: errors.New("a folder is in the way")}
	case err == nil:
		return nil
	case a != writable:
		return f.unmade()
	}
	h, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return f.unusable(err)
	}
	return h.Close()
}

func (f file) unmade() error {
	return &Error{Path: f.path, Remedy: "run Footnote once where it can be written, or choose another folder for --db", Err: errUnmade}
}

// dsn returns the driver's name for the file.
func (f file) dsn(a access) (string, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "synchronous(" + f.sync + ")", "trusted_schema(0)",
		"secure_delete(1)"}} // what was deleted does not stay in free pages
	q.Set("mode", "rw")
	if a != writable {
		q.Set("mode", "ro")
		q.Add("_pragma", "query_only(1)")
	}
	if a == frozen {
		immutable, err := f.immutable()
		if err != nil {
			return "", err
		}
		if immutable {
			q.Set("immutable", "1")
		}
	}
	// A Windows path begins with a drive letter and needs the slash as well.
	u := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(f.path), "/"), RawQuery: q.Encode()}
	return u.String(), nil
}

// immutable decides how to open a file in a directory that cannot be written
// to. SQLite can read a WAL there only if its index (-shm) is there too, and
// cannot open the file at all without a WAL; but then it cannot change either.
func (f file) immutable() (bool, error) {
	wal, err := os.Stat(f.path + "-wal")
	if err != nil {
		return true, nil
	}
	if _, err := os.Stat(f.path + "-shm"); err == nil {
		return false, nil
	}
	if wal.Size() > 0 {
		return false, &Error{Path: f.path, Remedy: "open it once where it can be written to",
			Err: errors.New("not closed cleanly, and its folder cannot be written to")}
	}
	return true, nil
}

// check verifies that the file is ours and of a version that we know, marks a
// new one, and runs the migrations that it lacks.
func (f file) check(ctx context.Context, db *sql.DB, a access) error {
	var id int32
	var version, tables int
	err := db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)`).Scan(&id, &version, &tables)
	if err != nil {
		return f.unusable(err)
	}
	want := len(f.migrations)
	isNew := id == 0 && version == 0 && tables == 0
	switch {
	case !isNew && id != f.id:
		return &Error{Path: f.path, Remedy: "move it away, or choose another folder for --db", Err: ErrForeign}
	case version > want:
		return &Error{Path: f.path, Remedy: "use that version of Footnote, or another folder for --db", Err: ErrNewer}
	case a != writable && isNew:
		return f.unmade()
	case a != writable && version < want:
		return &Error{Path: f.path, Remedy: "stop the process that holds the lock, then try again",
			Err: errors.New("in use by an older version of Footnote")}
	}
	if a != writable {
		return nil
	}
	if err := f.migrate(ctx, db, version); err != nil {
		return f.unusable(err)
	}
	// Only now: a file that is not ours stays as it is. The mode is kept in the file.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return f.unusable(err)
	}
	return nil
}

// migrate runs what the file lacks in one transaction: a process beside this one
// never reads a layout between two versions.
func (f file) migrate(ctx context.Context, db *sql.DB, version int) error {
	if version == len(f.migrations) {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for i, m := range f.migrations[version:] {
		if _, err := tx.ExecContext(ctx, m); err != nil {
			return errors.Join(fmt.Errorf("migrate to version %d: %w", version+i+1, err), tx.Rollback())
		}
	}
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", f.id, len(f.migrations))
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return errors.Join(fmt.Errorf("mark version %d: %w", len(f.migrations), err), tx.Rollback())
	}
	return tx.Commit()
}

// unusable turns an error of the driver into one with a remedy, where there is
// one.
func (f file) unusable(err error) error {
	var e *sqlite.Error
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("open %s: %w", f.path, err)
	case damaged(err):
		return f.explain(err)
	case errors.Is(err, fs.ErrPermission) || errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CANTOPEN:
		return &Error{Path: f.path, Remedy: "make it readable, or choose another folder for --db", Err: err}
	}
	return fmt.Errorf("open %s: %w", f.path, err)
}

// explain adds the file and its remedy to an error that tells of damage.
func (f file) explain(err error) error {
	if damaged(err) {
		err = fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	return &Error{Path: f.path, Remedy: f.remedy, Err: err}
}

// stateMigrations is the history of state.db's tables: append, never change.
func stateMigrations() []string {
	return []string{
		`CREATE TABLE feedback (
			id INTEGER PRIMARY KEY,
			answer_id TEXT NOT NULL,
			question TEXT NOT NULL,
			verdict TEXT NOT NULL,
			vote INTEGER NOT NULL,
			comment TEXT NOT NULL,
			at TEXT NOT NULL,
			crc INTEGER NOT NULL
		) STRICT;`,
		`CREATE TABLE tokens (
			day TEXT PRIMARY KEY,
			prompt INTEGER NOT NULL,
			cached INTEGER NOT NULL,
			completion INTEGER NOT NULL,
			crc INTEGER NOT NULL
		) STRICT;
		CREATE TABLE secret (
			id INTEGER PRIMARY KEY CHECK (id = 1),
			value BLOB NOT NULL,
			crc INTEGER NOT NULL
		) STRICT;`,
		`CREATE TABLE delivery (
			key TEXT PRIMARY KEY,
			channel TEXT NOT NULL,
			thread TEXT NOT NULL,
			at TEXT NOT NULL,
			state TEXT NOT NULL,
			request BLOB NOT NULL,
			answer TEXT NOT NULL,
			crc INTEGER NOT NULL
		) STRICT;
		CREATE INDEX delivery_thread ON delivery (channel, thread);`,
		`CREATE TABLE questions (
			id TEXT PRIMARY KEY,
			at TEXT NOT NULL,
			question TEXT NOT NULL,
			verdict TEXT NOT NULL,
			citations TEXT NOT NULL,
			latency_ms INTEGER NOT NULL,
			prompt INTEGER NOT NULL,
			cached INTEGER NOT NULL,
			completion INTEGER NOT NULL,
			channel TEXT NOT NULL,
			user TEXT NOT NULL,
			model TEXT NOT NULL,
			degraded TEXT NOT NULL,
			crc INTEGER NOT NULL
		) STRICT;
		CREATE INDEX questions_at ON questions (at);
		ALTER TABLE feedback ADD COLUMN user TEXT NOT NULL DEFAULT '';
		ALTER TABLE feedback ADD COLUMN reason TEXT NOT NULL DEFAULT '';
		CREATE UNIQUE INDEX feedback_of_user ON feedback (answer_id, user) WHERE user <> '';`,
	}
}
