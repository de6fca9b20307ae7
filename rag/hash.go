package rag

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
)

// contentHash identifies what of a document is indexed, whatever its format.
func contentHash(d Document, ps []Passage) string {
	h := sha256.New()
	for _, s := range []string{d.Title, d.URL, d.Date} {
		writeFramed(h, s)
	}
	for _, p := range ps {
		writeFramed(h, p.ID)
		var n [24]byte
		binary.LittleEndian.PutUint64(n[:], uint64(p.Paragraph))
		binary.LittleEndian.PutUint64(n[8:], uint64(p.Line))
		binary.LittleEndian.PutUint64(n[16:], uint64(p.Page))
		h.Write(n[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// writeFramed writes s after its length, so that ("ab", "c") and ("a", "bc") differ.
func writeFramed(w io.Writer, s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	w.Write(n[:])
	io.WriteString(w, s)
}
