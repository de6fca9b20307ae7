package local

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"time"

	"footnote/rag"
)

// formatVersion is that of the tables' layout and of how text is analysed, as
// the terms of each passage are stored. Raise it when either changes: Open then
// drops all but the cache of vectors.
const formatVersion = 5

// cacheTable outlives format versions: give it another name if it changes.
// Text is stored as BLOB, which keeps every byte.
const (
	tables = `
		CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
		CREATE TABLE files (
			id TEXT PRIMARY KEY, title TEXT NOT NULL, size INTEGER NOT NULL, mtime TEXT NOT NULL,
			hash TEXT NOT NULL, refused TEXT NOT NULL, embedded TEXT NOT NULL, passages INTEGER NOT NULL,
			crc INTEGER NOT NULL
		) STRICT, WITHOUT ROWID;
		CREATE TABLE passages (
			id TEXT NOT NULL UNIQUE, file TEXT NOT NULL, ord INTEGER NOT NULL, title TEXT NOT NULL,
			heading TEXT NOT NULL, url TEXT NOT NULL, date TEXT NOT NULL, start INTEGER NOT NULL,
			"end" INTEGER NOT NULL, paragraph INTEGER NOT NULL, line INTEGER NOT NULL, page INTEGER NOT NULL,
			lead BLOB NOT NULL, text BLOB NOT NULL, blocks BLOB NOT NULL, hash BLOB NOT NULL, lang TEXT NOT NULL, length INTEGER NOT NULL,
			terms BLOB NOT NULL, vectors BLOB, crc INTEGER NOT NULL
		) STRICT;
		CREATE UNIQUE INDEX passages_by_file ON passages (file, ord);
		CREATE INDEX passages_by_hash ON passages (hash);`

	cacheTable = `
		CREATE TABLE IF NOT EXISTS vectors (
			model TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, day INTEGER NOT NULL,
			crc INTEGER NOT NULL, PRIMARY KEY (model, hash)
		) STRICT;`

	insertFile    = `INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertPassage = `INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectFiles   = `SELECT id, title, size, mtime, hash, refused, embedded, passages, crc FROM files ORDER BY id`
	selectRows    = `SELECT id, file, ord, title, heading, url, date, start, "end", paragraph, line, page,
		lead, text, blocks, hash, lang, length, terms, vectors, crc FROM passages ORDER BY file, ord`
)

// prepareTables makes the tables if need be, and empties those of an older
// format. False: there are none, and this process may not make them.
func (ix *Index) prepareTables(ctx context.Context, tx *sql.Tx) (bool, error) {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'meta'").Scan(&n); err != nil {
		return false, err
	}
	if n == 0 && ix.readOnly {
		return false, nil
	}
	if n > 0 {
		s, err := meta(ctx, tx, "format")
		if err != nil {
			return false, err
		}
		format, err := strconv.Atoi(s)
		switch {
		case err != nil:
			return false, fmt.Errorf("format %q: %w", s, ErrDamaged)
		case format == formatVersion:
			return true, nil
		case format > formatVersion:
			return false, ErrNewer
		case ix.readOnly:
			return false, fmt.Errorf("written by an older version of Footnote, and %w", ErrReadOnly)
		}
		ix.outdated = true
		if _, err := tx.ExecContext(ctx, "DROP TABLE meta; DROP TABLE files; DROP TABLE passages; DROP TABLE IF EXISTS former;"); err != nil {
			return false, err
		}
	}
	if _, err := tx.ExecContext(ctx, tables+formerTable+cacheTable); err != nil {
		return false, err
	}
	return true, setMeta(ctx, tx, "format", strconv.Itoa(formatVersion))
}

// load builds the state from the tables.
func (ix *Index) load(ctx context.Context, tx *sql.Tx) error {
	synced, err := meta(ctx, tx, "synced")
	if err != nil {
		return err
	}
	if synced != "" {
		if ix.synced, err = time.Parse(time.RFC3339Nano, synced); err != nil {
			return fmt.Errorf("time of the last sync: %w", ErrDamaged)
		}
	}
	ix.state = newState()
	files, err := loadFiles(ctx, tx)
	if err != nil {
		return err
	}
	former, err := loadFormer(ctx, tx)
	if err != nil {
		return err
	}
	err = loadPassages(ctx, tx, files, func(f rag.FileState, items []item) error {
		beside := former[f.ID]
		delete(former, f.ID)
		for recipe, vs := range beside {
			if len(vs) != len(items) {
				return fmt.Errorf("%d former vectors of %s for %d passages", len(vs), recipe, len(items))
			}
		}
		return ix.state.put(f, items, beside)
	})
	if err == nil && len(former) > 0 {
		return fmt.Errorf("former vectors of no file: %w", ErrDamaged)
	}
	return err
}

func loadFiles(ctx context.Context, tx *sql.Tx) ([]rag.FileState, error) {
	rows, err := tx.QueryContext(ctx, selectFiles)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var files []rag.FileState
	for rows.Next() {
		var f rag.FileState
		var mtime string
		var passages int64
		var crc uint32
		if err := rows.Scan(&f.ID, &f.Title, &f.Size, &mtime, &f.Hash, &f.Refused, &f.Embedded, &passages, &crc); err != nil {
			return nil, err
		}
		f.Passages = int(passages)
		f.ModTime, err = time.Parse(time.RFC3339Nano, mtime)
		row := []any{f.ID, f.Title, f.Size, mtime, f.Hash, f.Refused, f.Embedded, passages}
		if err != nil || checksum(row) != crc {
			return nil, fmt.Errorf("file %s: %w", f.ID, ErrDamaged)
		}
		files = append(files, f)
	}
	return files, rows.Err()
}

// loadPassages hands each file and its items to put, in the order of the files,
// which is that of the rows.
func loadPassages(ctx context.Context, tx *sql.Tx, files []rag.FileState, put func(rag.FileState, []item) error) error {
	rows, err := tx.QueryContext(ctx, selectRows)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := reader{strings: map[string]string{}}
	for _, f := range files {
		items := make([]item, 0, f.Passages)
		for range f.Passages {
			if !rows.Next() {
				break
			}
			it, err := r.read(rows)
			if err != nil {
				return fmt.Errorf("file %s: %w", f.ID, err)
			}
			if it.passage.DocID != f.ID {
				return fmt.Errorf("file %s: %w: passages are missing or too many", f.ID, ErrDamaged)
			}
			items = append(items, it)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if len(items) != f.Passages {
			return fmt.Errorf("file %s: %w: passages are missing", f.ID, ErrDamaged)
		}
		if err := put(f, items); err != nil {
			return fmt.Errorf("file %s: %w: %w", f.ID, ErrDamaged, err)
		}
	}
	if rows.Next() {
		return fmt.Errorf("passages of no file: %w", ErrDamaged)
	}
	return rows.Err()
}

// A reader reads rows of passages, and keeps strings that many of them share
// once.
type reader struct {
	strings map[string]string
}

func (r *reader) read(rows *sql.Rows) (item, error) {
	var it item
	var id, doc, title, heading, url, date, lang string
	var ord, start, end, paragraph, line, page, length int64
	var lead, text, blocks, hash, terms, vectors sql.RawBytes
	var crc uint32
	err := rows.Scan(&id, &doc, &ord, &title, &heading, &url, &date, &start, &end, &paragraph, &line, &page,
		&lead, &text, &blocks, &hash, &lang, &length, &terms, &vectors, &crc)
	if err != nil {
		return it, err
	}
	row := []any{id, doc, ord, title, heading, url, date, start, end, paragraph, line, page,
		[]byte(lead), []byte(text), []byte(blocks), []byte(hash), lang, length, []byte(terms), []byte(vectors)}
	if checksum(row) != crc {
		return it, fmt.Errorf("passage %s: %w", id, ErrDamaged)
	}
	it.passage = rag.Passage{
		ID: id, DocID: r.shared(doc), Title: r.shared(title), Heading: r.shared(heading), URL: r.shared(url), Date: r.shared(date),
		Span: rag.Span{Start: int(start), End: int(end)}, Paragraph: int(paragraph), Line: int(line), Page: int(page),
		Lead: string(lead), Text: string(text),
	}
	if it.passage.Blocks, err = unpackBlocks(blocks, it.passage.Heading); err != nil {
		return it, fmt.Errorf("passage %s: %w: %w", id, ErrDamaged, err)
	}
	all, err := unpackVectors(vectors)
	if err != nil {
		return it, fmt.Errorf("passage %s: %w: %w", id, ErrDamaged, err)
	}
	it.vectors = unflat(all)
	it.bag = bag{lang: r.shared(lang), length: int(length), terms: bytes.Clone(terms)}
	return it, nil
}

func (r *reader) shared(s string) string {
	if t, ok := r.strings[s]; ok {
		return t
	}
	r.strings[s] = s
	return s
}

// packBlocks writes start, length, line, page and kind of each block. Their heading is
// the passage's.
func packBlocks(bs []rag.Block) []byte {
	packed := []byte{}
	for _, b := range bs {
		for _, n := range []int{b.Span.Start, b.Span.End - b.Span.Start, b.Line, b.Page, int(b.Kind)} {
			packed = binary.AppendUvarint(packed, uint64(n))
		}
	}
	return packed
}

func unpackBlocks(packed []byte, heading string) ([]rag.Block, error) {
	var bs []rag.Block
	for len(packed) > 0 {
		var v [5]int
		for i := range v {
			n, size := binary.Uvarint(packed)
			if size <= 0 {
				return nil, errors.New("blocks that cannot be read")
			}
			v[i], packed = int(n), packed[size:]
		}
		bs = append(bs, rag.Block{Span: rag.Span{Start: v[0], End: v[0] + v[1]}, Heading: heading, Line: v[2], Page: v[3], Kind: rag.BlockKind(v[4])})
	}
	return bs, nil
}

// packVectors writes the length of each vector in bytes, 0 for nil, and the vector.
func packVectors(vs []rag.Vector) []byte {
	var packed []byte
	for _, v := range vs {
		packed = binary.AppendUvarint(packed, uint64(4*len(v)))
		packed = append(packed, packVector(v)...)
	}
	return packed
}

func unpackVectors(packed []byte) ([]rag.Vector, error) {
	var vs []rag.Vector
	for len(packed) > 0 {
		one, rest, err := framed(packed)
		if err != nil {
			return nil, err
		}
		vs, packed = append(vs, unpackVector(one)), rest
	}
	return vs, nil
}

// framed reads a length and so many bytes.
func framed(packed []byte) (one, rest []byte, err error) {
	length, n := binary.Uvarint(packed)
	if n <= 0 || length > uint64(len(packed)-n) {
		return nil, nil, errors.New("vectors that cannot be read")
	}
	end := n + int(length)
	return packed[n:end], packed[end:], nil
}

// packVector writes little-endian float32s; nil stays nil.
func packVector(v rag.Vector) []byte {
	if v == nil {
		return nil
	}
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func unpackVector(b []byte) rag.Vector {
	if len(b) == 0 {
		return nil
	}
	v := make(rag.Vector, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

// checksum is the CRC-32C of a row: of each column its length, then its bytes.
func checksum(row []any) uint32 {
	var crc uint32
	var buf [binary.MaxVarintLen64]byte
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, col := range row {
		switch c := col.(type) {
		case int64:
			crc = crc32.Update(crc, table, binary.AppendVarint(buf[:0], c))
		case string:
			crc = crc32.Update(crc, table, binary.AppendUvarint(buf[:0], uint64(len(c))))
			crc = crc32.Update(crc, table, []byte(c))
		case []byte:
			crc = crc32.Update(crc, table, binary.AppendUvarint(buf[:0], uint64(len(c))))
			crc = crc32.Update(crc, table, c)
		default:
			panic(fmt.Sprintf("checksum of a %T", col)) // a mistake in this package
		}
	}
	return crc
}

// meta returns a value, "" if there is none.
func meta(ctx context.Context, tx *sql.Tx, key string) (string, error) {
	var value string
	var crc uint32
	err := tx.QueryRowContext(ctx, "SELECT value, crc FROM meta WHERE key = ?", key).Scan(&value, &crc)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	case crc != checksum([]any{key, value}):
		return "", fmt.Errorf("%s of the index: %w", key, ErrDamaged)
	}
	return value, nil
}

func setMeta(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", key, value, checksum([]any{key, value}))
	return err
}

// explain adds the file and the remedy to errors that have one, and recognises
// SQLite's own reports of damage by their codes (SQLITE_CORRUPT, SQLITE_NOTADB),
// whatever the driver.
func (ix *Index) explain(err error) error {
	var coded interface{ Code() int }
	if errors.As(err, &coded) && (coded.Code()&0xff == 11 || coded.Code()&0xff == 26) {
		err = fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	switch {
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("%s: %w; delete it: it can be rebuilt from the documents", ix.path, err)
	case errors.Is(err, ErrNewer):
		return fmt.Errorf("%s: %w; use that version, or another folder for --db", ix.path, err)
	}
	return err
}
