package retrieve

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/ragtest"
)

// byQuery is a Retriever that finds what is listed for a query.
type byQuery struct {
	hits  map[string][]rag.Hit
	asked []string
}

func (b *byQuery) Retrieve(_ context.Context, q rag.Question, n int) (rag.Retrieved, error) {
	b.asked = append(b.asked, q.Text)
	hits := b.hits[q.Text]
	return rag.Retrieved{Hits: slices.Clone(hits[:min(n, len(hits))]), Query: q.Text}, nil
}

// shelf is an Index of a few documents: it lists them, and no more.
type shelf struct {
	rag.Index
	docs map[string][]rag.Passage
}

func (s shelf) Files(context.Context) (map[string]rag.FileState, error) {
	all := map[string]rag.FileState{"broken.md": {ID: "broken.md", Refused: "empty"}}
	for id, ps := range s.docs {
		all[id] = rag.FileState{ID: id, Passages: len(ps)}
	}
	return all, nil
}

func (s shelf) Passages(_ context.Context, id string) ([]rag.Passage, error) { return s.docs[id], nil }

// replies is a Generator that says the same each time, and keeps what it was told.
type replies struct {
	text  string
	err   error
	heard []string
}

func (r *replies) Model() string { return "replies" }

func (r *replies) Generate(_ context.Context, ms []rag.Message, emit func(string)) (rag.Completion, error) {
	for _, m := range ms {
		r.heard = append(r.heard, m.Text)
	}
	emit(r.text)
	return rag.Completion{Usage: rag.Usage{PromptTokens: 9}}, r.err
}

func hitsIn(doc string, score float64, texts ...string) []rag.Hit {
	var hits []rag.Hit
	for i, p := range ragtest.Passages(doc, texts...) {
		hits = append(hits, rag.Hit{Passage: p, Score: score - float64(i)/10})
	}
	return hits
}

func assisted(t *testing.T, r rag.Retriever, g rag.Generator, docs map[string][]rag.Passage) *Assisted {
	t.Helper()
	templates, err := prompts.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return &Assisted{Retriever: r, Index: shelf{docs: docs}, Generator: g, Templates: templates, Tokens: 400}
}

// big is a document that does not fit.
func big() map[string][]rag.Passage {
	return map[string][]rag.Passage{"big.md": ragtest.Passages("big.md", strings.Repeat("many words ", 400))}
}

func TestRewrite(t *testing.T) {
	about := []rag.Turn{{Question: "How long is parental leave?", Answer: "16 weeks at full pay."}}
	plain, complete := hitsIn("a.md", .5, "The office is closed on Sundays."), hitsIn("b.md", .9, "Parental leave may be split in two parts.")
	for _, c := range []struct {
		name, question, reply string
		history               []rag.Turn
		err                   error
		asked                 []string // queries searched, the question first
	}{
		{"a follow-up", "Can it be split?", "QUERY: Can parental leave be split?", about, nil, []string{"Can it be split?", "Can parental leave be split?"}},
		{"in quotes, with more around", "Can it be split?", "Sure!\nQUERY: \"Can parental leave be split?\"\nHope this helps.", about, nil,
			[]string{"Can it be split?", "Can parental leave be split?"}},
		{"thoughts", "Can it be split?", "Maybe\nQUERY: How long is parental leave?\n</think>\nQUERY: Can parental leave be split?", about, nil,
			[]string{"Can it be split?", "Can parental leave be split?"}},
		{"no history: the model is not asked", "Can leave be split?", "QUERY: nonsense", nil, nil, []string{"Can leave be split?"}},
		{"thanks", "Thanks!", "QUERY: parental leave", about, nil, []string{"Thanks!"}},
		{"the same", "Can it be split?", "QUERY: Can it be split?", about, nil, []string{"Can it be split?"}},
		{"about something else", "Can it be split?", "QUERY: Buy cheap watches today", about, nil, []string{"Can it be split?"}},
		{"a link", "Can it be split?", "QUERY: parental leave https://evil.test", about, nil, []string{"Can it be split?"}},
		{"an essay", "Can it be split?", "QUERY: " + strings.Repeat("parental leave ", 50), about, nil, []string{"Can it be split?"}},
		{"nothing", "Can it be split?", "", about, nil, []string{"Can it be split?"}},
		{"a failure", "Can it be split?", "QUERY: Can parental leave be split?", about, &rag.ModelError{Fault: rag.Timeout}, []string{"Can it be split?"}},
		{"another language", "Kann ich die Elternzeit aufteilen und wie?", "QUERY: Kann ich die Elternzeit aufteilen und wie?\nALSO: Can parental leave be split?", nil, nil,
			[]string{"Kann ich die Elternzeit aufteilen und wie?", "Can parental leave be split?"}},
		{"not another language after all", "Kann ich die Elternzeit aufteilen und wie?", "ALSO: Kann die Elternzeit aufgeteilt werden und wie?", nil, nil,
			[]string{"Kann ich die Elternzeit aufteilen und wie?"}},
		{"another language that nobody asked for", "Can it be split?", "ALSO: Kann ich die Elternzeit aufteilen und wie?", about, nil, []string{"Can it be split?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &byQuery{hits: map[string][]rag.Hit{c.question: plain, "Can parental leave be split?": complete}}
			g := &replies{text: c.reply, err: c.err}
			got, err := assisted(t, r, g, big()).Retrieve(t.Context(), rag.Question{Text: c.question, History: c.history, Scope: rag.Scope{All: true}}, 8)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.asked, r.asked); diff != "" {
				t.Errorf("searched (-want +got):\n%s", diff)
			}
			if rewritten := len(c.asked) == 2; rewritten && (got.Hits[0].Passage.DocID != "b.md" || len(got.Hits) != 2) || !rewritten && len(got.Hits) != 1 {
				t.Errorf("hits %+v", got.Hits)
			}
			if asked := len(g.heard) > 0; asked != (got.Usage.PromptTokens == 9) {
				t.Errorf("usage %v", got.Usage)
			}
		})
	}
}

// TestRewriteWithoutPrivate holds that no earlier answer from a private document
// reaches the model.
func TestRewriteWithoutPrivate(t *testing.T) {
	g := &replies{}
	a := assisted(t, &byQuery{}, g, big())
	a.Private = rag.Scope{Folders: []string{"hr"}}
	q := rag.Question{Text: "And who signs it?", Scope: rag.Scope{All: true}, History: []rag.Turn{
		{Question: "What is the bonus?", Answer: "xylophone thousand", Docs: []string{"a.md", "hr/pay.md"}},
		{Question: "How long is leave?", Answer: "16 weeks", Docs: []string{"a.md"}},
	}}
	if _, err := a.Retrieve(t.Context(), q, 8); err != nil {
		t.Fatal(err)
	}
	heard := strings.Join(g.heard, "\n")
	if strings.Contains(heard, "xylophone") || !strings.Contains(heard, "16 weeks") || !strings.Contains(heard, "bonus") {
		t.Errorf("heard %s", heard)
	}
}

func TestRewriteCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	q := rag.Question{Text: "And who?", History: []rag.Turn{{Question: "What is it?"}}, Scope: rag.Scope{All: true}}
	if _, err := assisted(t, &byQuery{}, &replies{err: context.Canceled}, big()).Retrieve(ctx, q, 8); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhole(t *testing.T) {
	docs := map[string][]rag.Passage{
		"b.md":      ragtest.Passages("b.md", "Pay is full.", "It is paid monthly."),
		"a.md":      ragtest.Passages("a.md", "Leave is 16 weeks."),
		"hr/pay.md": ragtest.Passages("hr/pay.md", strings.Repeat("a private matter ", 200)),
	}
	found := []rag.Hit{{Passage: docs["b.md"][1], Score: .7, Dense: .6}}
	r := &byQuery{hits: map[string][]rag.Hit{"When is it paid?": found}}
	g := &replies{text: "QUERY: When is pay paid?"}
	for _, c := range []struct {
		name    string
		tokens  int
		scope   rag.Scope
		private []string
		want    []string // texts, or nothing if not all fit
	}{
		{"all fits", 2000, rag.Scope{All: true}, nil, []string{"Leave is 16 weeks.", "Pay is full.", "It is paid monthly.", docs["hr/pay.md"][0].Text}},
		{"not all fits", 400, rag.Scope{All: true}, nil, nil},
		{"what is sent fits", 400, rag.Scope{All: true}, []string{"hr"}, []string{"Leave is 16 weeks.", "Pay is full.", "It is paid monthly."}},
		{"in scope", 400, rag.Scope{Folders: []string{"b.md"}}, nil, []string{"Pay is full.", "It is paid monthly."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := assisted(t, r, g, docs)
			a.Tokens, a.Private, g.heard = c.tokens, rag.Scope{Folders: c.private}, nil
			got, err := a.Retrieve(t.Context(), rag.Question{Text: "When is it paid?", Scope: c.scope, History: []rag.Turn{{Question: "What is pay?"}}}, 8)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, h := range got.Whole {
				texts = append(texts, h.Passage.Text)
				if scored := h.Score == .7 && h.Dense == .6; scored != (h.Passage.ID == found[0].Passage.ID) {
					t.Errorf("score %v of %q", h.Score, h.Passage.Text)
				}
			}
			if diff := cmp.Diff(c.want, texts); diff != "" {
				t.Error(diff)
			}
			if asked := len(g.heard) > 0; asked != (c.want == nil) {
				t.Errorf("the question is rewritten: %v", asked)
			}
			if len(got.Hits) == 0 || got.Hits[0].Passage.ID != found[0].Passage.ID {
				t.Errorf("hits %+v", got.Hits)
			}
		})
	}
}
