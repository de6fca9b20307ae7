package db

import (
	"encoding/binary"
	"hash/crc32"
)

// A row collects the columns that a checksum is made of.
type row []byte

// text adds a text, its length before it.
func (r row) text(s string) row {
	return append(binary.AppendUvarint(r, uint64(len(s))), s...)
}

func (r row) number(n int) row { return binary.AppendVarint(r, int64(n)) }

// crc is the CRC-32C of the columns.
func (r row) crc() uint32 { return crc32.Checksum(r, crc32.MakeTable(crc32.Castagnoli)) }
