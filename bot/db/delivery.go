package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
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
		v.Key, v.Channel, v.Thread, v.At.UnixMilli(), v.State, v.request(), answer, crc)
	if err != nil {
		return false, fmt.Errorf("note a question: %w", stateFile(d.dir).explain(err))
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SetDelivery replaces what is known of a question that was noted.
func (d *DB) SetDelivery(ctx context.Context, v Delivery) error {
	answer, crc, err := v.row()
	if err != nil {
		return fmt.Errorf("note an outcome: %w", err)
	}
	_, err = d.State.ExecContext(ctx, `UPDATE delivery SET channel = ?, thread = ?, at = ?, state = ?, request = ?, answer = ?, crc = ? WHERE key = ?`,
		v.Channel, v.Thread, v.At.UnixMilli(), v.State, v.request(), answer, crc, v.Key)
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

func readDeliveries(ctx context.Context, state *sql.DB, where string, args []any) ([]Delivery, error) {
	rows, err := state.QueryContext(ctx, `SELECT key, channel, thread, at, state, request, answer, crc FROM delivery WHERE `+where+` ORDER BY at, key`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Delivery
	for rows.Next() {
		var v Delivery
		var at int64
		var answer string
		var crc uint32
		if err := rows.Scan(&v.Key, &v.Channel, &v.Thread, &at, &v.State, &v.Request, &answer, &crc); err != nil {
			return nil, err
		}
		v.At = time.UnixMilli(at)
		var a deliveredJSON
		if v.crc(answer) != crc || json.Unmarshal([]byte(answer), &a) != nil {
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

// request is never NULL.
func (v Delivery) request() []byte { return append([]byte{}, v.Request...) }

// crc is the CRC-32C of the row's columns, each with its length before it.
func (v Delivery) crc(answer string) uint32 {
	var b []byte
	for _, s := range []string{v.Key, v.Channel, v.Thread, string(v.State), string(v.Request), answer} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendVarint(b, v.At.UnixMilli())
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}
