package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// Feedback is what somebody thinks of an answer.
type Feedback struct {
	AnswerID, Question, Verdict string
	Vote                        int // +1 good, -1 bad, 0 taken back
	Comment                     string
	At                          time.Time
}

// AddFeedback appends f to the feedback in the state file.
func (d *DB) AddFeedback(ctx context.Context, f Feedback) error {
	at := f.At.UTC().Format(time.RFC3339Nano)
	_, err := d.State.ExecContext(ctx,
		`INSERT INTO feedback (answer_id, question, verdict, vote, comment, at, crc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		f.AnswerID, f.Question, f.Verdict, f.Vote, f.Comment, at, f.crc(at))
	if err != nil {
		return fmt.Errorf("add feedback: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

// AllFeedback returns all feedback, oldest first. A row that is not as it was
// written is an *Error that wraps ErrDamaged.
func (d *DB) AllFeedback(ctx context.Context) ([]Feedback, error) {
	all, err := readFeedback(ctx, d.State)
	if err != nil {
		return nil, fmt.Errorf("read feedback: %w", stateFile(d.dir).explain(err))
	}
	return all, nil
}

func readFeedback(ctx context.Context, state *sql.DB) ([]Feedback, error) {
	rows, err := state.QueryContext(ctx,
		`SELECT id, answer_id, question, verdict, vote, comment, at, crc FROM feedback ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Feedback
	for rows.Next() {
		var f Feedback
		var id int64
		var at string
		var crc uint32
		if err := rows.Scan(&id, &f.AnswerID, &f.Question, &f.Verdict, &f.Vote, &f.Comment, &at, &crc); err != nil {
			return nil, err
		}
		f.At, err = time.Parse(time.RFC3339Nano, at)
		if err != nil || crc != f.crc(at) {
			return nil, fmt.Errorf("row %d: %w", id, ErrDamaged)
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

// crc is the CRC-32C of the row's columns, each with its length before it.
func (f Feedback) crc(at string) uint32 {
	var b []byte
	for _, s := range []string{f.AnswerID, f.Question, f.Verdict, f.Comment, at} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendVarint(b, int64(f.Vote))
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}
