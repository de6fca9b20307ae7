package rag

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode"
)

// Unread counts the files of one kind that are not indexed.
type Unread struct {
	// Kind is the extension in lower case, such as ".rst", Pictures, or empty for
	// files without an extension.
	Kind  string
	Files int
}

// Pictures is the kind of images, styles and fonts, which are counted as one: of
// all that is not read, they are the least likely to hold an answer.
const Pictures = "images"

// NothingToIndex begins why a file without any text, such as one of front matter alone,
// is refused.
const NothingToIndex = "nothing to index"

// CountUnread counts the refused files in scope that may hold an answer, by kind: most
// first, Pictures last.
func CountUnread(files []FileState, scope Scope) []Unread {
	counts := map[string]int{}
	for _, f := range files {
		if f.Refused != "" && !strings.HasPrefix(f.Refused, NothingToIndex) && scope.Holds(f.ID) {
			counts[UnreadKind(f.ID)]++
		}
	}
	var all []Unread
	for kind, n := range counts {
		all = append(all, Unread{kind, n})
	}
	slices.SortFunc(all, func(a, b Unread) int {
		return cmp.Or(last(a.Kind == Pictures, b.Kind == Pictures), cmp.Compare(b.Files, a.Files), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}

// last puts what a tells of behind what b tells of.
func last(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// UnreadKind returns the Unread.Kind of a file.
func UnreadKind(id string) string {
	const longest = 12 // of an extension; "Report v1. The end" has none
	switch ext := strings.ToLower(path.Ext(id)); ext {
	case ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".heic", ".ico", ".bmp", ".tif", ".tiff",
		".css", ".scss", ".sass", ".less", ".woff", ".woff2", ".ttf", ".otf", ".eot":
		return Pictures
	default:
		if len(ext) < 2 || len(ext) > longest || strings.ContainsFunc(ext[1:], notInName) {
			return ""
		}
		return ext
	}
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
}
