package rag

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCountUnread(t *testing.T) {
	var files []FileState
	for _, id := range []string{"a.rst", "hr/b.RST", "hr/c.html", "hr/logo.png", "hr/x.svg", "site.css", "LICENSE",
		"Report v1. The end", "hr/Notes.", "hr/big.md", "hr/a.\x1b[2J"} {
		files = append(files, FileState{ID: id, Refused: "no reader"})
	}
	files = append(files, FileState{ID: "read.md"}, FileState{ID: "hr/empty.md", Refused: NothingToIndex + ": only front matter"})
	for _, c := range []struct {
		scope Scope
		want  []Unread
	}{
		{Scope{All: true}, []Unread{{"", 4}, {".rst", 2}, {".html", 1}, {".md", 1}, {Pictures, 3}}},
		{Scope{Folders: []string{"hr"}}, []Unread{{"", 2}, {".html", 1}, {".md", 1}, {".rst", 1}, {Pictures, 2}}},
		{Scope{}, nil},
	} {
		if diff := cmp.Diff(c.want, CountUnread(files, c.scope)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.scope, diff)
		}
	}
}
