package db

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/crc32"
)

// secretSize is that of an HMAC-SHA256 key.
const secretSize = 32

// Secret returns random bytes that stay the same for this data directory, made
// when they are first asked for. A process that may not write gets some of its own.
func (d *DB) Secret(ctx context.Context) ([]byte, error) {
	fresh := make([]byte, secretSize)
	rand.Read(fresh) // never fails, by its documentation
	if !d.ReadOnly {
		if _, err := d.State.ExecContext(ctx, `INSERT OR IGNORE INTO secret VALUES (1, ?, ?)`, fresh, secretCRC(fresh)); err != nil {
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
	if len(secret) != secretSize || crc != secretCRC(secret) {
		return nil, fmt.Errorf("read the secret: %w", stateFile(d.dir).explain(ErrDamaged))
	}
	return secret, nil
}

func secretCRC(secret []byte) uint32 {
	return crc32.Checksum(secret, crc32.MakeTable(crc32.Castagnoli))
}
