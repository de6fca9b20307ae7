package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Question is one that was answered, and how. Whoever keeps nothing (retention 0)
// adds none.
type Question struct {
	ID        string // the answer's
	At        time.Time
	Text      string
	Verdict   string
	Citations []Citation
	Latency   time.Duration // kept in whole milliseconds
	Tokens    Tokens
	Channel   string // where it was asked, as Slack names it; empty: elsewhere
	User      string // a Pseudonym; empty: nobody's
	Model     string
	Degraded  string
}

// A Citation is what an answer quotes.
type Citation struct {
	Doc       string `json:"doc"`
	Paragraph int    `json:"paragraph"`
	Start     int    `json:"start"` // bytes of the document's text
	End       int    `json:"end"`
	Quote     string `json:"quote"`
}

// atFormat has every time of a question as long as any other, so that their order
// as texts is their order.
const atFormat = "2006-01-02T15:04:05.000000000Z07:00"

// AddQuestion keeps q, in place of one with its ID.
func (d *DB) AddQuestion(ctx context.Context, q Question) error {
	citations, err := json.Marshal(q.Citations)
	if err != nil {
		return fmt.Errorf("keep a question: %w", err)
	}
	at := q.At.UTC().Format(atFormat)
	_, err = d.State.ExecContext(ctx, `INSERT OR REPLACE INTO questions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		q.ID, at, q.Text, q.Verdict, string(citations), q.Latency.Milliseconds(), q.Tokens.Prompt, q.Tokens.Cached, q.Tokens.Completion,
		q.Channel, q.User, q.Model, q.Degraded, q.crc(at, string(citations)))
	if err != nil {
		return fmt.Errorf("keep a question: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

// Questions returns the questions since from, oldest first. A row that is not as it
// was written is an *Error that wraps ErrDamaged.
func (d *DB) Questions(ctx context.Context, from time.Time) ([]Question, error) {
	return d.questions(ctx, `at >= ?`, from.UTC().Format(atFormat))
}

// Question returns the question of an answer, if it is kept.
func (d *DB) Question(ctx context.Context, id string) (q Question, ok bool, err error) {
	all, err := d.questions(ctx, `id = ?`, id)
	if len(all) == 0 {
		return Question{}, false, err
	}
	return all[0], true, nil
}

// DropQuestion deletes the question of an answer that nobody got to see.
func (d *DB) DropQuestion(ctx context.Context, id string) error {
	if _, err := d.State.ExecContext(ctx, `DELETE FROM questions WHERE id = ?`, id); err != nil {
		return fmt.Errorf("drop a question: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

func (d *DB) questions(ctx context.Context, where string, args ...any) ([]Question, error) {
	all, err := readQuestions(ctx, d.State, where, args)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", stateFile(d.dir).explain(err))
	}
	return all, nil
}

func readQuestions(ctx context.Context, state querier, where string, args []any) (all []Question, err error) {
	rows, err := state.QueryContext(ctx, `SELECT id, at, question, verdict, citations, latency_ms, prompt, cached, completion,
		channel, user, model, degraded, crc FROM questions WHERE `+where+` ORDER BY at, id`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var q Question
		var at, citations string
		var ms int64
		var crc uint32
		if err := rows.Scan(&q.ID, &at, &q.Text, &q.Verdict, &citations, &ms, &q.Tokens.Prompt, &q.Tokens.Cached, &q.Tokens.Completion,
			&q.Channel, &q.User, &q.Model, &q.Degraded, &crc); err != nil {
			return nil, err
		}
		q.Latency = time.Duration(ms) * time.Millisecond
		q.At, err = time.Parse(atFormat, at)
		if err = errors.Join(err, json.Unmarshal([]byte(citations), &q.Citations)); err != nil || crc != q.crc(at, citations) {
			return nil, fmt.Errorf("question %q: %w", q.ID, ErrDamaged)
		}
		all = append(all, q)
	}
	return all, rows.Err()
}

// crc is that of the row's columns.
func (q Question) crc(at, citations string) uint32 {
	var r row
	for _, s := range []string{q.ID, at, q.Text, q.Verdict, citations, q.Channel, q.User, q.Model, q.Degraded} {
		r = r.text(s)
	}
	for _, n := range []int{int(q.Latency.Milliseconds()), q.Tokens.Prompt, q.Tokens.Cached, q.Tokens.Completion} {
		r = r.number(n)
	}
	return r.crc()
}

// aged are the tables whose rows are forgotten with time. Each has a column at, a
// UTC time as RFC 3339 has it.
func aged() []string { return []string{"questions", "feedback"} }

// Forget deletes what is older than before, to the second, of every table that is
// aged. Nothing of it is left in the file or its log, unless another process reads
// them at this moment: then the next call clears the log.
func (d *DB) Forget(ctx context.Context, before time.Time) error {
	err := d.forget(ctx, before)
	if err != nil {
		return fmt.Errorf("forget old questions: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

func (d *DB) forget(ctx context.Context, before time.Time) error {
	tx, err := d.State.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	// Without a fraction: whatever follows the seconds of a row makes it later.
	limit := before.UTC().Format("2006-01-02T15:04:05")
	for _, table := range aged() {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE at < ?", limit); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = d.State.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
