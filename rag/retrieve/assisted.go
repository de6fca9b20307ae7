package retrieve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/text"
)

// Assisted is a Retriever for a language model that writes the answers. A small
// corpus goes to it whole. In a larger one, the model makes a follow-up complete
// and says a question in the documents' language, and what that finds is added to
// what the question finds: a bad rewrite cannot lose everything.
type Assisted struct {
	Retriever rag.Retriever
	Index     rag.Index
	Generator rag.Generator
	Templates *prompts.Templates
	Tokens    int       // of documents that the model is sent at most
	Private   rag.Scope // documents that it is not sent
}

// wide is how many hits of each search are added up.
const wide = 100

// Retrieve implements rag.Retriever.
func (a *Assisted) Retrieve(ctx context.Context, q rag.Question, n int) (rag.Retrieved, error) {
	r, err := a.Retriever.Retrieve(ctx, q, max(n, wide))
	if err != nil {
		return r, err
	}
	if r.Whole, err = a.whole(ctx, q.Scope, r.Hits); err != nil {
		return r, err
	}
	if r.Whole == nil {
		if err := a.rewrite(ctx, q, &r); err != nil {
			return r, err
		}
	}
	r.Hits = r.Hits[:min(n, len(r.Hits))]
	return r, nil
}

// fewest is how many tokens a passage costs at least: its number and the names of
// its fields.
const fewest = 8

// whole returns all passages in scope that may be sent, in document order, if they
// fit, and behind them those that were found and may not.
func (a *Assisted) whole(ctx context.Context, s rag.Scope, found []rag.Hit) ([]rag.Hit, error) {
	files, err := a.Index.Files(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the documents: %w", err)
	}
	var ids []string
	passages := 0
	for id, f := range files {
		if f.Refused != "" || !s.Holds(id) || a.Private.Holds(id) {
			continue
		}
		ids = append(ids, id)
		passages += f.Passages
	}
	if passages*fewest > a.Tokens {
		return nil, nil
	}
	slices.Sort(ids)
	scores := map[string]rag.Hit{}
	for _, h := range found {
		scores[h.Passage.ID] = h
	}
	all := []rag.Hit{}
	tokens := 0
	for _, id := range ids {
		ps, err := a.Index.Passages(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read the passages of %s: %w", id, err)
		}
		for _, p := range ps {
			tokens += prompts.Source{N: passages, Title: p.Title, Heading: p.Heading, Date: p.Date, Text: p.Lead + "\n" + p.Text}.Tokens()
			h := scores[p.ID]
			h.Passage = p
			all = append(all, h)
		}
		if tokens > a.Tokens {
			return nil, nil
		}
	}
	// Of what stays here, only what was found, and last: numbers of the others do
	// not change with it.
	for _, h := range found {
		if a.Private.Holds(h.Passage.DocID) {
			all = append(all, h)
		}
	}
	return all, nil
}

// rewrite adds what the model's queries find. A model that fails costs nothing but
// the time: the answer will tell.
func (a *Assisted) rewrite(ctx context.Context, q rag.Question, r *rag.Retrieved) error {
	if reply, _, err := prompts.SmallTalk(q.Text); reply != "" || err != nil {
		return err
	}
	p := a.prompt(q, r.Hits)
	if len(p.History)+len(p.Documents) == 0 {
		return nil
	}
	queries, usage, err := a.queries(ctx, q, p)
	r.Usage = r.Usage.Add(usage)
	if fault, ok := errors.AsType[*rag.ModelError](err); ok && hopeless(fault.Fault) {
		r.Fault = fault
	}
	if len(queries) == 0 {
		return ctx.Err()
	}
	found := [][]rag.Hit{r.Hits}
	for _, query := range queries {
		more, err := a.Retriever.Retrieve(ctx, rag.Question{Text: query, Scope: q.Scope}, wide)
		if err != nil {
			return err
		}
		found = append(found, more.Hits)
		r.Timing.Embed += more.Timing.Embed
		r.Timing.Search += more.Timing.Search
	}
	r.Hits, r.Query = added(found), queries[0]
	return nil
}

// queries asks the model. What it says is a draft: see valid.
func (a *Assisted) queries(ctx context.Context, q rag.Question, p prompts.Rewrite) ([]string, rag.Usage, error) {
	system, user, err := a.Templates.Rewrite(p)
	if err != nil {
		return nil, rag.Usage{}, err
	}
	var reply strings.Builder
	done, err := a.Generator.Generate(ctx, []rag.Message{{Role: rag.System, Text: system}, {Role: rag.User, Text: user}},
		func(s string) { reply.WriteString(s) })
	if err != nil {
		return nil, done.Usage, err
	}
	var all []string
	for line := range strings.Lines(rag.Unthink(reply.String())) {
		label, said, _ := strings.Cut(strings.TrimSpace(line), ":")
		said = strings.Trim(strings.TrimSpace(said), `"`)
		switch {
		case len(all) == 1+len(p.Documents):
		case label == "QUERY" && valid(said, q) && sameWords(said, q):
			all = append(all, said)
		case label == "ALSO" && len(p.Documents) > 0 && valid(said, q) && text.Language(said) != p.Language:
			all = append(all, said)
		}
	}
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == q.Text }), done.Usage, nil
}

// hopeless tells whether a fault is one of the endpoint, not of this request: to
// ask it for an answer would cost the same time once more.
func hopeless(f rag.Fault) bool {
	return f.Permanent() && f != rag.BadRequest || f == rag.Unreachable || f == rag.Timeout || f == rag.RateLimited
}

// prompt says what the model needs to know. Of earlier answers it hears only those
// that quote no private document.
func (a *Assisted) prompt(q rag.Question, hits []rag.Hit) prompts.Rewrite {
	p := prompts.Rewrite{Question: q.Text, Language: text.Language(q.Text), Documents: otherLanguages(q, hits)}
	for _, t := range q.Disclosable(a.Private) {
		p.History = append(p.History, prompts.Turn{Question: t.Question, Answer: t.Answer})
	}
	return p
}

// otherLanguages returns the languages of the best passages, the commonest two, if
// none of the passages is in the question's.
func otherLanguages(q rag.Question, hits []rag.Hit) []string {
	const looked, most = 5, 2
	asked := text.Language(q.Text)
	if asked == "" {
		return nil
	}
	count := map[string]int{}
	for _, h := range hits[:min(looked, len(hits))] {
		switch l := text.Language(h.Passage.Text); l {
		case asked:
			return nil
		case "":
		default:
			count[l]++
		}
	}
	langs := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	return langs[:min(most, len(langs))]
}

// valid tells whether a line can be a query: no essay, no link, nothing that only
// a program would read.
func valid(query string, q rag.Question) bool {
	return query != "" && len(query) <= 3*len(q.Text)+200 && !strings.Contains(query, "://") && len(text.Content(query, text.Language(query))) > 0
}

// sameWords tells whether a rewritten question has a word of the conversation in
// it, so that it is not about something else.
func sameWords(query string, q rag.Question) bool {
	lang := text.Language(q.Text)
	said := map[string]bool{}
	for _, s := range append(past(q), q.Text) {
		for _, t := range text.Terms(s, lang) {
			said[t] = true
		}
	}
	return slices.ContainsFunc(text.Terms(query, lang), func(t string) bool { return said[t] })
}

func past(q rag.Question) []string {
	var all []string
	for _, t := range q.History {
		all = append(all, t.Question, t.Answer)
	}
	return all
}

// added returns the hits of several searches by the mean of their scores.
func added(searches [][]rag.Hit) []rag.Hit {
	sum := map[string]rag.Hit{}
	for _, hits := range searches {
		for _, h := range hits {
			old, ok := sum[h.Passage.ID]
			h.Score /= float64(len(searches))
			if ok {
				h = merged(h, old)
			}
			sum[h.Passage.ID] = h
		}
	}
	var all []rag.Hit
	for _, h := range sum {
		all = append(all, h)
	}
	slices.SortFunc(all, byScore)
	return all[:min(wide, len(all))]
}
