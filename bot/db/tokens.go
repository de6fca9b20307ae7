package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Tokens counts what language models have used up.
type Tokens struct {
	Prompt     int
	Cached     int // of Prompt
	Completion int
}

// Total is what a budget counts.
func (t Tokens) Total() int { return t.Prompt + t.Completion }

// dayFormat is that of the rows: days begin where the clock on the wall does.
const dayFormat = "2006-01-02"

// AddTokens adds t to the day of at.
func (d *DB) AddTokens(ctx context.Context, at time.Time, t Tokens) error {
	day := at.Format(dayFormat)
	err := d.addTokens(ctx, day, t)
	if err != nil {
		return fmt.Errorf("count tokens: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

func (d *DB) addTokens(ctx context.Context, day string, t Tokens) error {
	tx, err := d.State.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	before, err := readTokens(ctx, tx, day, day)
	if err != nil {
		return err
	}
	t = Tokens{before.Prompt + t.Prompt, before.Cached + t.Cached, before.Completion + t.Completion}
	if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)`,
		day, t.Prompt, t.Cached, t.Completion, t.crc(day)); err != nil {
		return err
	}
	return tx.Commit()
}

// TokensSince returns what was used up on the days from that of from to that of to.
func (d *DB) TokensSince(ctx context.Context, from, to time.Time) (Tokens, error) {
	t, err := readTokens(ctx, d.State, from.Format(dayFormat), to.Format(dayFormat))
	if err != nil {
		return t, fmt.Errorf("read the count of tokens: %w", stateFile(d.dir).explain(err))
	}
	return t, nil
}

// A querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readTokens(ctx context.Context, q querier, first, last string) (sum Tokens, err error) {
	rows, err := q.QueryContext(ctx, `SELECT day, prompt, cached, completion, crc FROM tokens WHERE day BETWEEN ? AND ?`, first, last)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var day string
		var t Tokens
		var crc uint32
		if err := rows.Scan(&day, &t.Prompt, &t.Cached, &t.Completion, &crc); err != nil {
			return sum, err
		}
		if crc != t.crc(day) {
			return sum, fmt.Errorf("tokens of %s: %w", day, ErrDamaged)
		}
		sum = Tokens{sum.Prompt + t.Prompt, sum.Cached + t.Cached, sum.Completion + t.Completion}
	}
	return sum, rows.Err()
}

// crc is the CRC-32C of the row's columns.
func (t Tokens) crc(day string) uint32 {
	return row(day).number(t.Prompt).number(t.Cached).number(t.Completion).crc()
}
