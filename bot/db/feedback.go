package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Feedback is what somebody thinks of an answer.
type Feedback struct {
	AnswerID, Question, Verdict string
	Vote                        int    // +1 good, -1 bad, 0 taken back
	Reason                      string // one of a few words, such as "outdated"; may be empty
	Comment                     string
	User                        string // a Pseudonym; empty in the terminal
	At                          time.Time
}

// AddFeedback adds f to the feedback in the state file. A user has one vote for
// an answer: the later one holds, whatever comes first. The same vote again keeps
// the words that came with it. Votes without a user are all kept.
func (d *DB) AddFeedback(ctx context.Context, f Feedback) error {
	if err := d.addFeedback(ctx, f); err != nil {
		return fmt.Errorf("add feedback: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

func (d *DB) addFeedback(ctx context.Context, f Feedback) error {
	tx, err := d.State.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if f.User != "" {
		before, err := readFeedback(ctx, tx, "WHERE answer_id = ? AND user = ?", f.AnswerID, f.User)
		if err != nil {
			return err
		}
		var old Feedback // no vote is like one that was taken back
		if len(before) > 0 {
			old = before[0]
		}
		var changed bool
		if f, changed = old.revised(f); !changed {
			return nil
		}
	}
	at := f.At.UTC().Format(time.RFC3339Nano)
	// The index on answer and user replaces a former vote.
	if _, err := tx.ExecContext(ctx,
		`INSERT OR REPLACE INTO feedback (answer_id, question, verdict, vote, comment, at, user, reason, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		f.AnswerID, f.Question, f.Verdict, f.Vote, f.Comment, at, f.User, f.Reason, f.crc(at)); err != nil {
		return err
	}
	return tx.Commit()
}

// revised returns the vote f of a user after another one of theirs, and whether that
// changes anything.
func (f Feedback) revised(by Feedback) (Feedback, bool) {
	if by.At.Before(f.At) {
		return f, false
	}
	by.Question, by.Verdict = cmp.Or(by.Question, f.Question), cmp.Or(by.Verdict, f.Verdict)
	if by.Vote == f.Vote {
		by.Reason, by.Comment = cmp.Or(by.Reason, f.Reason), cmp.Or(by.Comment, f.Comment)
	}
	return by, by.Vote != f.Vote || by.Reason != f.Reason || by.Comment != f.Comment
}

// AllFeedback returns all feedback, oldest first. A row that is not as it was
// written is an *Error that wraps ErrDamaged.
func (d *DB) AllFeedback(ctx context.Context) ([]Feedback, error) {
	all, err := readFeedback(ctx, d.State, "")
	if err != nil {
		return nil, fmt.Errorf("read feedback: %w", stateFile(d.dir).explain(err))
	}
	return all, nil
}

func readFeedback(ctx context.Context, state querier, where string, args ...any) (all []Feedback, err error) {
	rows, err := state.QueryContext(ctx,
		`SELECT id, answer_id, question, verdict, vote, comment, at, user, reason, crc FROM feedback `+where+` ORDER BY id`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var f Feedback
		var id int64
		var at string
		var crc uint32
		if err := rows.Scan(&id, &f.AnswerID, &f.Question, &f.Verdict, &f.Vote, &f.Comment, &at, &f.User, &f.Reason, &crc); err != nil {
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

// crc is that of the row's columns. Rows of older versions have neither user nor
// reason, and their checksums without.
func (f Feedback) crc(at string) uint32 {
	var r row
	for _, s := range []string{f.AnswerID, f.Question, f.Verdict, f.Comment, at} {
		r = r.text(s)
	}
	r = r.number(f.Vote)
	if f.User != "" || f.Reason != "" {
		r = r.text(f.User).text(f.Reason)
	}
	return r.crc()
}
