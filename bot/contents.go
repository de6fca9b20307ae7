package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"footnote/bot/show"
	"footnote/rag"
)

// contentsJSON is what sources --json prints of a whole index.
type contentsJSON struct {
	Documents []documentJSON `json:"documents"`
	Unread    []unreadJSON   `json:"unread"`
	Passages  int            `json:"passages"`
	Vectors   int            `json:"vectors"` // passages that have one of the model
	Model     string         `json:"model"`   // of the vectors
	AsOf      string         `json:"as_of"`   // when all folders were last read; empty if never
	Index     string         `json:"index"`   // its folder
}

type documentJSON struct {
	Doc      string `json:"doc"`
	Title    string `json:"title"`
	Passages int    `json:"passages"`
	Vectors  int    `json:"vectors"`
}

type unreadJSON struct {
	Doc string `json:"doc"`
	Why string `json:"why"`
}

// contents lists what is indexed and what is not, in the order of names.
func (p *program) contents(c *corpus, s stock, files map[string]rag.FileState) error {
	all := contentsJSON{Documents: []documentJSON{}, Unread: []unreadJSON{}, Passages: s.passages, Model: c.embed.Model(), Index: c.dir}
	if !c.asOf.IsZero() {
		all.AsOf = c.asOf.UTC().Format(time.RFC3339)
	}
	recipe := rag.Recipe(c.embed)
	for _, id := range slices.Sorted(maps.Keys(files)) {
		f := files[id]
		if f.Refused != "" {
			all.Unread = append(all.Unread, unreadJSON{id, f.Refused})
			continue
		}
		d := documentJSON{Doc: id, Title: f.Title, Passages: f.Passages}
		if f.Embedded == recipe {
			d.Vectors = f.Passages
		}
		all.Documents, all.Vectors = append(all.Documents, d), all.Vectors+d.Vectors
	}
	if p.cfg.JSON {
		return show.Object(p.stdout, all)
	}
	_, err := fmt.Fprint(p.stdout, p.inWords(c, all))
	return err
}

func (p *program) inWords(c *corpus, all contentsJSON) string {
	var b strings.Builder
	when := "they have never been read to the end"
	if !c.asOf.IsZero() {
		when = "last read " + c.asOf.Local().Format("2006-01-02 15:04")
	}
	fmt.Fprintf(&b, "%s, %s\n", show.Count(len(all.Documents), "document"), when)
	fmt.Fprintf(&b, "%s, %s of %s\n", show.Count(all.Passages, "passage"), show.Count(all.Vectors, "vector"), show.Line(all.Model))
	fmt.Fprintf(&b, "index in %s\n\n", show.Line(all.Index))
	for _, d := range all.Documents {
		fmt.Fprintf(&b, "%s (%s): %s", show.Line(d.Doc), show.Line(cmp.Or(d.Title, d.Doc)), show.Count(d.Passages, "passage"))
		if d.Vectors < d.Passages {
			b.WriteString(", found by words only")
		}
		b.WriteString("\n")
	}
	if len(all.Unread) > 0 {
		fmt.Fprintf(&b, "\n%s not read\n", show.Count(len(all.Unread), "file"))
		for _, line := range whyUnread(all.Unread) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// whyUnread lists files below the reason why they were not read. Images and styles are
// only counted: nobody misses their words.
func whyUnread(unread []unreadJSON) []string {
	pictures := 0
	groups := map[string][]string{}
	for _, u := range unread {
		if rag.UnreadKind(u.Doc) == rag.Pictures {
			pictures++
			continue
		}
		groups[u.Why] = append(groups[u.Why], "    "+show.Line(u.Doc))
	}
	var lines []string
	for _, why := range slices.Sorted(maps.Keys(groups)) {
		lines = append(append(lines, show.Line(why)+":"), groups[why]...)
	}
	if pictures > 0 {
		lines = append(lines, fmt.Sprintf("images and styles: %d", pictures))
	}
	return lines
}
