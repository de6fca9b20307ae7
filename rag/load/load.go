// Package load reads files into Documents: plain text and Markdown.
//
// Dir walks a folder and says what is there; each File it yields is read on
// demand. Nothing is skipped in silence but hidden files: what cannot be read
// or indexed is refused by name and reason, and the rest goes on.
//
// Text stays as written, so that a quote is the file's own bytes. Every
// non-space byte of a Document's Text is in a Block or in a Dropped range.
package load

import (
	"context"
	"fmt"
	"path"
	"strings"

	"footnote/rag"
)

// A Root is a folder of documents, or a single file.
type Root struct {
	Name string // in front of the IDs, "NAME/path"; empty: IDs are paths
	Dir  string
}

// A File is a file found by Dir: what is known without opening it, and how to
// read it.
type File struct {
	rag.FileState // ID, Size and ModTime are set
	// Read returns the Document, or a *rag.RefusedError that says why this
	// file cannot be one. Other errors are the context's.
	Read func(ctx context.Context) (rag.Document, error)
}

// Limits keep one odd file from taking all memory or hours of embedding.
const (
	// maxFile is ten million words, more than any document a person wrote.
	maxFile = 64 << 20
	// maxLine is over a hundred pages without a line break: data, not text.
	// Images embedded as base64 do not count.
	maxLine = 1 << 20
	// maxBlocks would take a day to embed.
	maxBlocks = 200_000
)

// A format parses the blocks of one kind of file.
type format func(b *builder)

// formatOf returns the format of the file with this name, nil if there is none.
func formatOf(name string) format {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".text":
		return plain
	case ".md", ".markdown":
		return markdown
	}
	return nil
}

// document parses the text of a file. Its name is the last element of its ID.
func document(id, text string, parse format) (rag.Document, error) {
	b := &builder{doc: rag.Document{ID: id, Text: text}}
	b.frontMatter()
	parse(b)
	b.joinLeadIns()
	if b.full() {
		return rag.Document{}, refused("over %d paragraphs; a file is limited to that", maxBlocks)
	}
	if b.doc.Title == "" {
		b.doc.Title = titleOf(id)
	}
	if len(b.doc.Blocks) == 0 {
		return rag.Document{}, refused("%s: only %s", rag.NothingToIndex, b.droppedKinds())
	}
	return b.doc, nil
}

// titleOf returns a title for a document without one: its name in words, or its
// folder's where many files have that name.
func titleOf(id string) string {
	name := path.Base(id)
	switch strings.ToLower(strings.TrimSuffix(name, path.Ext(name))) {
	case "readme", "index", "_index":
		if folder := path.Base(path.Dir(id)); folder != "." {
			return nameInWords(folder)
		}
	}
	return nameInWords(name)
}

// nameInWords turns a file's name into a title: "parental-leave_2026.md"
// becomes "parental leave 2026".
func nameInWords(name string) string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	words := strings.NewReplacer("_", " ", "-", " ", "%20", " ").Replace(stem)
	if title := oneLine(words); title != "" {
		return title
	}
	return stem
}

// maxTitle is the length, in runes, at which titles and headings are cut.
const maxTitle = 200

// oneLine returns s with each run of white space as one space, cut at maxTitle.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxTitle {
		s = strings.TrimSpace(string(runes[:maxTitle-1])) + "…"
	}
	return s
}

func refused(format string, args ...any) error {
	return &rag.RefusedError{Reason: fmt.Sprintf(format, args...)}
}
