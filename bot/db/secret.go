package db

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// secretSize is that of an HMAC-SHA256 key.
const secretSize = 32

// Secret returns random bytes that stay the same for this data directory, made
// when they are first asked for. A process that may not write gets some of its own.
func (d *DB) Secret(ctx context.Context) ([]byte, error) {
	fresh := make([]byte, secretSize)
	rand.Read(fresh) // never fails, by its documentation
	if !d.ReadOnly {
		if _, err := d.State.ExecContext(ctx, `INSERT OR IGNORE INTO secret VALUES (1, ?, ?)`, fresh, row(fresh).crc()); err != nil {
			return nil, fmt.Errorf("keep a secret: %w", stateFile(d.dir).explain(err))
		}
	}
	rows, err := d.State.QueryContext(ctx, `SELECT value, crc FROM secret`)
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", stateFile(d.dir).explain(err))
	}
	defer rows.Close()
	if !rows.Next() {
		return fresh, rows.Err()
	}
	var secret []byte
	var crc uint32
	if err := rows.Scan(&secret, &crc); err != nil {
		return nil, fmt.Errorf("read the secret: %w", stateFile(d.dir).explain(err))
	}
	if len(secret) != secretSize || crc != row(secret).crc() {
		return nil, fmt.Errorf("read the secret: %w", stateFile(d.dir).explain(ErrDamaged))
	}
	return secret, nil
}

// Pseudonym stands for a person in state.db: 32 hex digits that are the same for
// this secret only. Whoever has the secret can tell whether they are those of a
// person whose ID they know; nobody can read the ID from them.
func Pseudonym(secret []byte, team, user string) string {
	h := hmac.New(sha256.New, secret)
	// The label keeps these apart from other uses of the secret.
	h.Write(row{}.text("pseudonym of a person").text(team).text(user))
	return hex.EncodeToString(h.Sum(nil))[:32]
}
