package show

import (
	"strconv"
	"strings"

	"footnote/prompts"
	"footnote/rag"
)

// maxKinds is how many kinds of files are named; the rest is one count.
const maxKinds = 3

// Unread says what was not read: "1314 files were not read: 196 .rst, 31 .html,
// 1087 images and styles".
func Unread(w prompts.Words, all []rag.Unread) string {
	var kinds []string
	named, total, others := 0, 0, 0
	for _, u := range all {
		total += u.Files
		switch n := strconv.Itoa(u.Files); {
		case u.Kind == rag.Pictures:
			if others > 0 {
				kinds = append(kinds, w.OtherFiles.Of(others))
				others = 0
			}
			kinds = append(kinds, w.Pictures.Of(u.Files))
		case named == maxKinds:
			others += u.Files
		case u.Kind == "":
			named++
			kinds = append(kinds, w.Extensionless.Of(u.Files))
		default:
			named++
			kinds = append(kinds, n+" "+u.Kind)
		}
	}
	if others > 0 {
		kinds = append(kinds, w.OtherFiles.Of(others))
	}
	return w.Unread.Of(total, "kinds", strings.Join(kinds, ", "))
}
