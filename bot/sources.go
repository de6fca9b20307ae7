package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/text"
)

func (p *program) sourcesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources [FILE]",
		Short: "List what is indexed, or show the passages of a document",
		Long: `List the documents, the files that were not read and why, and the state of the
index; or show the passages of a document as they are indexed. FILE is the
document's name as answers show it, the end of that name, or a path to the file.

With --json, the list is one object: documents, unread, passages, vectors,
model, as_of and index. Each passage of FILE is an object on a line of its own:
doc, paragraph, line, page, heading, words, start, end (bytes of the document's
text) and text.`,
		Args: cobra.MaximumNArgs(1),
		RunE: interruptible(p.sources),
	}
	p.cfg.Flags(cmd.Flags(), "json")
	return cmd
}

func (p *program) sources(ctx context.Context, args []string) (err error) {
	c, err := p.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	s, files, err := c.stock(ctx)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return noticef("nothing is indexed yet: run footnote index")
	}
	if len(args) == 0 {
		return p.contents(c, s, files)
	}
	id, err := c.find(files, args[0])
	if err != nil {
		return err
	}
	if why := files[id].Refused; why != "" {
		return noticef("%s is not indexed: %s", id, why)
	}
	ps, err := c.index.Passages(ctx, id)
	if err != nil {
		return fmt.Errorf("read the passages of %s: %w", id, err)
	}
	if p.cfg.JSON {
		return p.passagesJSON(ps)
	}
	t, err := p.terminal("")
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s (%s): %s\n\n", show.Line(id), show.Line(files[id].Title), show.Count(len(ps), "passage"))
	for _, passage := range ps {
		if err := t.Passage(passage, text.Count(passage.Text)); err != nil {
			return err
		}
	}
	return nil
}

// passageJSON is a line of sources --json.
type passageJSON struct {
	Doc       string `json:"doc"`
	Paragraph int    `json:"paragraph"`
	Line      int    `json:"line"`
	Page      int    `json:"page"`
	Heading   string `json:"heading"`
	Words     int    `json:"words"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Text      string `json:"text"`
}

func (p *program) passagesJSON(ps []rag.Passage) error {
	for _, s := range ps {
		o := passageJSON{s.DocID, s.Paragraph, s.Line, s.Page, s.Heading, text.Count(s.Text), s.Span.Start, s.Span.End, s.Text}
		if err := show.Object(p.stdout, o); err != nil {
			return err
		}
	}
	return nil
}

// find returns the ID of the document that the user means: its ID, the end of
// one, or a path to its file.
func (c *corpus) find(files map[string]rag.FileState, name string) (string, error) {
	if _, ok := files[name]; ok {
		return name, nil
	}
	if abs, err := filepath.Abs(name); err == nil {
		for id := range files {
			if c.path(id) == abs {
				return id, nil
			}
		}
	}
	want := path.Clean(filepath.ToSlash(name))
	var found, bases []string
	for id := range files {
		bases = append(bases, path.Base(id))
		if hasPathSuffix(id, want) || hasPathSuffix(strings.TrimSuffix(id, path.Ext(id)), want) {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	slices.Sort(bases)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := ""
		if near := config.Nearest(path.Base(want), bases); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return "", usagef("there is no document %s%s", name, hint)
	}
	return "", usagef("%s may be any of %s", name, strings.Join(found[:min(len(found), 5)], ", "))
}

// hasPathSuffix tells whether id ends with whole path elements.
func hasPathSuffix(id, suffix string) bool {
	return id == suffix || strings.HasSuffix(id, "/"+suffix)
}
