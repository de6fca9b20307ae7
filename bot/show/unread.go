package show

import (
	"slices"
	"strconv"
	"strings"

	"footnote/prompts"
	"footnote/rag"
)

// maxKinds is how many kinds of files are named: one count stands for the rest, if
// that is more than one kind.
const maxKinds = 3

// Unread says what was not read: "1314 files were not read: 196 .rst, 31 .html,
// 1087 images and styles".
func Unread(w prompts.Words, all []rag.Unread) string {
	total := files(all)
	pictures := slices.IndexFunc(all, func(u rag.Unread) bool { return u.Kind == rag.Pictures })
	named, tail := all, all[len(all):]
	if pictures >= 0 { // they are the last
		named, tail = all[:pictures], all[pictures:]
	}
	var rest []rag.Unread
	if len(named) > maxKinds+1 {
		named, rest = named[:maxKinds], named[maxKinds:]
	}
	var kinds []string
	for _, u := range named {
		if u.Kind == "" {
			kinds = append(kinds, w.Extensionless.Of(u.Files))
		} else {
			kinds = append(kinds, strconv.Itoa(u.Files)+" "+u.Kind)
		}
	}
	if len(rest) > 0 {
		kinds = append(kinds, w.OtherFiles.Of(files(rest)))
	}
	if len(tail) > 0 {
		kinds = append(kinds, w.Pictures.Of(files(tail)))
	}
	return w.Unread.Of(total, "kinds", strings.Join(kinds, ", "))
}

func files(all []rag.Unread) int {
	n := 0
	for _, u := range all {
		n += u.Files
	}
	return n
}
