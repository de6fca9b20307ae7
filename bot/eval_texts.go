package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"footnote/rag"
	"footnote/rag/eval"
)

// texts reads documents again as they are now, to check quotes against them: what
// the index holds is not asked.
type texts struct {
	c     *corpus
	files map[string]rag.File
	ids   []string // in the order of the folders

	mu   sync.Mutex
	read map[string]string
	held int // bytes
}

// maxHeld is how much text is kept between two quotes.
const maxHeld = 64 << 20

// texts returns the documents that are in the index.
func (c *corpus) texts(ctx context.Context) (*texts, error) {
	states, err := c.index.Files(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the documents: %w", err)
	}
	t := &texts{c: c, files: map[string]rag.File{}, read: map[string]string{}}
	for f, err := range c.files(ctx) {
		if err != nil {
			return nil, err
		}
		if s, ok := states[f.ID]; ok && s.Refused == "" {
			t.files[f.ID] = f
			t.ids = append(t.ids, f.ID)
		}
	}
	return t, ctx.Err()
}

// each hands all documents to see, one at a time. One that has gone meanwhile is
// left out.
func (t *texts) each(ctx context.Context, see func(rag.Document)) error {
	for _, id := range t.ids {
		d, _, err := t.files[id].Load(ctx)
		var refused *rag.RefusedError
		switch {
		case errors.As(err, &refused):
		case err != nil:
			return fmt.Errorf("read %s: %w", id, err)
		default:
			see(d)
		}
	}
	return nil
}

// holds tells whether a quote is letter for letter where it says that it is: in the
// document's text, and in the file's own bytes unless they are in another encoding.
func (t *texts) holds(ctx context.Context, c eval.Citation) bool {
	text, err := t.text(ctx, c.Doc)
	return err == nil && c.Quote != "" && c.Start >= 0 && c.Start <= c.End && c.End <= len(text) && text[c.Start:c.End] == c.Quote
}

// text returns the text of a document, or an error where its file says otherwise.
func (t *texts) text(ctx context.Context, id string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.read[id]; ok {
		return s, nil
	}
	f, ok := t.files[id]
	if !ok {
		return "", fmt.Errorf("there is no document %s", id)
	}
	d, _, err := f.Load(ctx)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", id, err)
	}
	raw, err := os.ReadFile(t.c.path(id))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", id, err)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if utf8.Valid(raw) && string(raw) != d.Text {
		return "", fmt.Errorf("the text of %s is not that of its file", id)
	}
	if t.held += len(d.Text); t.held > maxHeld {
		t.read, t.held = map[string]string{}, len(d.Text)
	}
	t.read[id] = strings.Clone(d.Text)
	return t.read[id], nil
}
