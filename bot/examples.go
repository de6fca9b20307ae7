package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/text"
)

// maxExamples is how many questions the opening of a chat suggests.
const maxExamples = 3

// perExample is how many questions are tried for each that is suggested.
const perExample = 8

// examples returns up to n questions made from the headings and titles of documents
// in scope, spread over the corpus. It asks itself, and suggests what it answers from
// the very place that the question was made of.
func (c *corpus) examples(ctx context.Context, cfg *config.Config, files map[string]rag.FileState, scope rag.Scope, n int) ([]string, error) {
	e := c.examiner(cfg)
	turns, err := c.candidates(ctx, spread(files, perExample*n))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, try := range turns[:min(len(turns), perExample*n)] {
		if slices.Contains(all, try.question) {
			continue
		}
		a, err := e.Ask(ctx, rag.Question{Text: try.question, Scope: scope}, nil)
		if err != nil {
			return nil, fmt.Errorf("try a suggestion: %w", err)
		}
		if answeredFrom(a, try.from) {
			all = append(all, try.question)
		}
		if len(all) == n {
			break
		}
	}
	return all, nil
}

// A candidate is a question and the passage below the heading that it was made of.
type candidate struct {
	question string
	from     rag.Passage
	rank     int // higher is better
}

// candidates returns questions about documents, which take turns: the best of each
// come first, and of those first what the documents themselves ask.
func (c *corpus) candidates(ctx context.Context, ids []string) ([]candidate, error) {
	var turns [][]candidate
	for _, id := range ids {
		ps, err := c.index.Passages(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read the passages of %s: %w", id, err)
		}
		for turn, q := range questions(ps) {
			if turn == len(turns) {
				turns = append(turns, nil)
			}
			turns[turn] = append(turns[turn], q)
		}
	}
	for _, turn := range turns {
		slices.SortStableFunc(turn, func(a, b candidate) int { return b.rank - a.rank })
	}
	return slices.Concat(turns...), nil
}

// examiner returns an engine that asks nobody: nothing may leave the machine, or be
// paid for, that the user did not ask.
func (c *corpus) examiner(cfg *config.Config) *rag.Engine {
	own := *c
	own.writer = nil
	if c.models.embed != nil {
		own.embed, own.former = nil, nil
	}
	return own.engine(cfg)
}

// answeredFrom tells whether a is an answer that begins with words of a passage.
func answeredFrom(a rag.Answer, from rag.Passage) bool {
	if a.Verdict != rag.Answered || len(a.Citations) == 0 {
		return false
	}
	c := a.Citations[0]
	return c.DocID == from.DocID && from.Span.Start <= c.Span.Start && c.Span.End <= from.Span.End
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

// questions returns questions about a document: its headings that are one, then one
// about each other heading, then headings that only look like one ("Need more help?");
// or one about the title where there is no heading.
func questions(ps []rag.Passage) []candidate {
	lang := text.Language(textOf(ps))
	var asked, made, vague, titled []candidate
	for _, p := range ps {
		// A heading may hold orders for a language model, which nobody should read out.
		if rag.GivesOrders(p.Title) || rag.GivesOrders(p.Heading) {
			continue
		}
		switch leaf := show.Line(lastHeading(p.Heading)); {
		case strings.HasSuffix(leaf, "？"), strings.HasSuffix(leaf, "?") && beginsAsQuestion(leaf, lang):
			asked = append(asked, candidate{leaf, p, 2})
		case strings.HasSuffix(leaf, "?"):
			vague = append(vague, candidate{leaf, p, 0})
		case leaf != "" && leaf != p.Title:
			made = append(made, candidate{about(leaf, lang), p, 1})
		case show.Line(p.Title) != "" && titled == nil:
			titled = []candidate{{about(p.Title, lang), p, 1}}
		}
	}
	if all := slices.Concat(asked, made, vague); len(all) > 0 {
		return all
	}
	return titled
}

// beginsAsQuestion tells whether a heading begins as questions do: question words and
// auxiliaries are stop words.
func beginsAsQuestion(heading, lang string) bool {
	words := strings.FieldsFunc(strings.ToLower(heading), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) == 0 {
		return false
	}
	_, stop := text.Term(words[0], lang)
	return stop
}

// textOf returns text of passages, enough to tell their language: one alone may be
// too short.
func textOf(ps []rag.Passage) string {
	const enough = 4000 // bytes
	var b strings.Builder
	for _, p := range ps {
		if b.Len() < enough {
			b.WriteString(p.Text + "\n")
		}
	}
	return b.String()
}

// about returns a question about a heading, in the language of its text: in
// another one the answer might only be to ask again.
func about(heading, lang string) string {
	switch heading = show.Line(heading); lang {
	case "", "en":
		return `What about "` + heading + `"?`
	case "de":
		return "Was gilt für „" + heading + "“?"
	case "fr":
		return "Que dit « " + heading + " » ?"
	case "es":
		return "¿Qué dice «" + heading + "»?"
	case "ru":
		return "Что говорится в «" + heading + "»?"
	case "zh":
		return "“" + heading + "”说了什么？"
	}
	return heading
}

// lastHeading returns the last of a heading path.
func lastHeading(path string) string {
	parts := strings.Split(path, " > ")
	return parts[len(parts)-1]
}
