package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"footnote/rag"
)

// A Delivery is a question on its way to its one outcome: what has to be known so
// that neither a restart nor an event that comes twice gives it none, or two.
type Delivery struct {
	Key             string // of the question: the same for every event that tells of it
	Channel, Thread string // Thread is the ts of the thread's first message
	At              time.Time
	State           DeliveryState
	Request         []byte    // what was asked; empty once the outcome is posted
	Posts           []string  // ts of the messages that are the outcome
	Scope           rag.Scope // what the answer could see
	Docs            []string  // the documents that it cites
}

// A DeliveryState says how far a Delivery is.
type DeliveryState string

const (
	Waiting DeliveryState = "waiting" // nobody has begun to post
	Posting DeliveryState = "posting" // something may have been posted
	Posted  DeliveryState = "posted"
)

// AddDelivery notes a question, unless its key is known: then it returns false.
func (d *DB) AddDelivery(ctx context.Context, v Delivery) (bool, error) {
	answer, crc, err := v.row()
	if err != nil {
		return false, fmt.Errorf("note a question: %w", err)
	}
	res, err := d.State.ExecContext(ctx, `INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		v.Key, v.Channel, v.Thread, v.at(), v.State, v.request(), answer, crc)
	if err != nil {
		return false, fmt.Errorf("note a question: %w", stateFile(d.dir).explain(err))
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SetDelivery replaces what is known of a question, or notes it if that failed before.
func (d *DB) SetDelivery(ctx context.Context, v Delivery) error {
	answer, crc, err := v.row()
	if err != nil {
		return fmt.Errorf("note an outcome: %w", err)
	}
	_, err = d.State.ExecContext(ctx, `INSERT OR REPLACE INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		v.Key, v.Channel, v.Thread, v.at(), v.State, v.request(), answer, crc)
	if err != nil {
		return fmt.Errorf("note an outcome: %w", stateFile(d.dir).explain(err))
	}
	return nil
}

// OpenDeliveries returns the questions without an outcome, oldest first.
func (d *DB) OpenDeliveries(ctx context.Context) ([]Delivery, error) {
	return d.deliveries(ctx, `state <> ?`, Posted)
}

// Deliveries returns the questions of a thread, oldest first.
func (d *DB) Deliveries(ctx context.Context, channel, thread string) ([]Delivery, error) {
	return d.deliveries(ctx, `channel = ? AND thread = ?`, channel, thread)
}

func (d *DB) deliveries(ctx context.Context, where string, args ...any) ([]Delivery, error) {
	all, err := readDeliveries(ctx, d.State, where, args)
	if err != nil {
		return nil, fmt.Errorf("read the questions: %w", stateFile(d.dir).explain(err))
	}
	return all, nil
}

func readDeliveries(ctx context.Context, state querier, where string, args []any) (all []Delivery, err error) {
	rows, err := state.QueryContext(ctx, `SELECT key, channel, thread, at, state, request, answer, crc FROM delivery WHERE `+where+` ORDER BY at, key`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v Delivery
		var at, answer string
		var crc uint32
		if err := rows.Scan(&v.Key, &v.Channel, &v.Thread, &at, &v.State, &v.Request, &answer, &crc); err != nil {
			return nil, err
		}
		var a deliveredJSON
		v.At, err = time.Parse(atFormat, at)
		if err = errors.Join(err, json.Unmarshal([]byte(answer), &a)); err != nil || v.crc(answer) != crc {
			return nil, fmt.Errorf("question %s: %w", v.Key, ErrDamaged)
		}
		v.Posts, v.Scope, v.Docs = a.Posts, a.Scope, a.Docs
		all = append(all, v)
	}
	return all, rows.Err()
}

// deliveredJSON is what a row says of the outcome.
type deliveredJSON struct {
	Posts []string
	Scope rag.Scope
	Docs  []string
}

func (v Delivery) row() (answer string, crc uint32, err error) {
	b, err := json.Marshal(deliveredJSON{v.Posts, v.Scope, v.Docs})
	return string(b), v.crc(string(b)), err
}

func (v Delivery) at() string { return v.At.UTC().Format(atFormat) }

// request is never NULL.
func (v Delivery) request() []byte { return append([]byte{}, v.Request...) }

// crc is that of the row's columns.
func (v Delivery) crc(answer string) uint32 {
	var r row
	for _, s := range []string{v.Key, v.Channel, v.Thread, v.at(), string(v.State), string(v.Request), answer} {
		r = r.text(s)
	}
	return r.crc()
}

// ForgetDeliveries deletes what is older than before and has an outcome. An event may
// come again for some hours: its question has to be known so long.
func (d *DB) ForgetDeliveries(ctx context.Context, before time.Time) error {
	_, err := d.State.ExecContext(ctx, `DELETE FROM delivery WHERE state = ? AND at < ?`, Posted, before.UTC().Format(atFormat))
	if err != nil {
		return fmt.Errorf("forget old questions: %w", stateFile(d.dir).explain(err))
	}
	return nil
}
