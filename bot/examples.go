package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/text"
)

// maxExamples is how many questions the opening of a chat suggests.
const maxExamples = 3

// examples returns up to n questions made from the headings and titles of documents
// spread over the corpus: first those that are questions themselves.
func (c *corpus) examples(ctx context.Context, files map[string]rag.FileState, n int) ([]string, error) {
	var all []string
	for _, id := range spread(files, 4*n) {
		ps, err := c.index.Passages(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read the passages of %s: %w", id, err)
		}
		if q, _ := example(ps); q != "" && !slices.Contains(all, q) {
			all = append(all, q)
		}
		if len(all) == n {
			break
		}
	}
	return all, nil
}

// spread returns the IDs of about n readable documents, folders taking turns.
func spread(files map[string]rag.FileState, n int) []string {
	folders := map[string][]string{}
	for id, f := range files {
		if f.Refused == "" && f.Passages > 0 {
			folders[path.Dir(id)] = append(folders[path.Dir(id)], id)
		}
	}
	var names []string
	for name, ids := range folders {
		slices.Sort(ids)
		names = append(names, name)
	}
	slices.Sort(names)
	var out []string
	for turn := 0; len(out) < n; turn++ {
		before := len(out)
		for _, name := range names {
			if ids := folders[name]; turn < len(ids) {
				out = append(out, ids[turn])
			}
		}
		if len(out) == before {
			break
		}
	}
	return out
}

// example returns a question about a document: a heading that is one, or one
// about a heading or the title; and the passage below it.
func example(ps []rag.Passage) (string, rag.Passage) {
	// A heading may hold orders for a language model, which nobody should read out.
	ps = slices.DeleteFunc(slices.Clone(ps), func(p rag.Passage) bool { return rag.GivesOrders(p.Title) || rag.GivesOrders(p.Heading) })
	for _, p := range ps {
		if leaf := show.Line(lastHeading(p.Heading)); strings.HasSuffix(leaf, "?") || strings.HasSuffix(leaf, "？") {
			return leaf, p
		}
	}
	for _, p := range ps {
		if leaf := lastHeading(p.Heading); leaf != "" && leaf != p.Title {
			return about(show.Label(p.Title, p.Heading, p.DocID), text.Language(p.Text)), p
		}
	}
	if len(ps) > 0 {
		return about(ps[0].Title, text.Language(ps[0].Text)), ps[0]
	}
	return "", rag.Passage{}
}

// about returns a question about a heading, in the language of its text: in
// another one the answer might only be to ask again.
func about(heading, lang string) string {
	heading = show.Line(heading)
	switch {
	case heading == "":
		return ""
	case (lang == "" || lang == "en") && strings.Contains(heading, " > "):
		return `What does "` + heading + `" say?`
	case lang == "" || lang == "en":
		return "What do the documents say about " + heading + "?"
	case lang == "de":
		return "Was steht in „" + heading + "“?"
	case lang == "fr":
		return "Que dit « " + heading + " » ?"
	case lang == "es":
		return "¿Qué dice «" + heading + "»?"
	case lang == "ru":
		return "Что говорится в «" + heading + "»?"
	case lang == "zh":
		return "“" + heading + "”说了什么？"
	}
	return heading
}

// lastHeading returns the last of a heading path.
func lastHeading(path string) string {
	parts := strings.Split(path, " > ")
	return parts[len(parts)-1]
}
