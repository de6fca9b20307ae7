package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/local"
	"footnote/rag/openai"
	"footnote/rag/ragtest"
)

// BenchmarkFirstSentence measures what Footnote adds to a question that a model
// answers, on 10,000 paragraphs: the retrieval without the question's vector, and
// the time between the arrival of the first complete sentence and its being shown.
// A follow-up is searched for alone, with the question before it, and as the model
// rewrites it. The figures are medians, in milliseconds. What lies between the two is shown
// too: the prompt, which the model would have to wait for.
func BenchmarkFirstSentence(b *testing.B) {
	c, questions := benchCorpus(b, 10_000)
	server := httptest.NewServer(http.HandlerFunc(atOnce))
	defer server.Close()
	client, err := openai.New(openai.Options{URL: server.URL + "/v1"})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	arrivals := &timed{Generator: client.Generator(openai.Chat{Model: "small", MaxTokens: maxAnswer})}
	c.writer = arrivals
	cfg := config.New()
	e := c.engine(cfg)
	found := &timedRetriever{Retriever: e.Retriever, model: arrivals}
	e.Retriever = found

	for _, turn := range []struct {
		name    string
		history []rag.Turn
	}{{"question", nil}, {"followup", []rag.Turn{{Question: "What is the w1?", Answer: "It is the w2.", Docs: []string{"folder1/file1.md"}}}}} {
		b.Run(turn.name, func(b *testing.B) {
			parts := map[string][]float64{}
			note := func(name string, d time.Duration) {
				parts[name] = append(parts[name], float64(d)/float64(time.Millisecond))
			}
			ask := func(i int) {
				arrivals.first, arrivals.took = time.Time{}, 0
				var shown time.Time
				q := rag.Question{Text: questions[i%len(questions)], History: turn.history, Scope: rag.Scope{All: true}}
				a, err := e.Ask(b.Context(), q, func(rag.CitedSentence) {
					if shown.IsZero() {
						shown = time.Now()
					}
				})
				if err != nil || a.Verdict != rag.Answered || a.Model != arrivals.Model() || shown.IsZero() || arrivals.first.IsZero() {
					b.Fatalf("%v: %+v", err, a)
				}
				retrieve, show := found.took-found.asked-a.Timing.Embed, shown.Sub(arrivals.first)
				note("search", a.Timing.Search)
				note("retrieve", retrieve)
				note("show", show)
				note("overhead", retrieve+show)
				note("prompt", arrivals.began.Sub(found.ended))
			}
			ask(0) // reads the vectors
			clear(parts)
			i := 0
			for b.Loop() {
				i++
				ask(i)
			}
			for name, all := range parts {
				slices.Sort(all)
				b.ReportMetric(all[len(all)/2], "ms/"+name)
			}
		})
	}
}

// timed is a Generator that notes when it was asked, and when the first complete
// sentence came: its stop is followed by a space.
type timed struct {
	rag.Generator
	began, first time.Time
	took         time.Duration
}

func (g *timed) Generate(ctx context.Context, ms []rag.Message, emit func(string)) (rag.Completion, error) {
	g.began = time.Now()
	said := ""
	defer func() { g.took += time.Since(g.began) }()
	return g.Generator.Generate(ctx, ms, func(s string) {
		if said += s; g.first.IsZero() && strings.Contains(said, "]. ") {
			g.first = time.Now()
		}
		emit(s)
	})
}

type timedRetriever struct {
	rag.Retriever
	model *timed
	took  time.Duration
	asked time.Duration // of that, by the model
	ended time.Time
}

func (r *timedRetriever) Retrieve(ctx context.Context, q rag.Question, n int) (rag.Retrieved, error) {
	start := time.Now()
	found, err := r.Retriever.Retrieve(ctx, q, n)
	r.ended = time.Now()
	r.took, r.asked = r.ended.Sub(start), r.model.took
	return found, err
}

// atOnce is a model that says the first sentences of two of its sources.
func atOnce(w http.ResponseWriter, r *http.Request) {
	var req struct{ Messages []struct{ Content string } }
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &req) != nil {
		return
	}
	say := func(s string) { delta(w, map[string]any{"content": s}, nil) }
	w.Header().Set("Content-Type", "text/event-stream")
	prompt := req.Messages[len(req.Messages)-1].Content
	if _, question, ok := strings.Cut(prompt, "LAST QUESTION\n"); ok {
		question, _, _ = strings.Cut(question, "\n")
		say("QUERY: Again, " + question)
	} else {
		say("ANSWER\n")
	}
	for line := range strings.Lines(prompt) {
		var s struct {
			N    int
			Text string
		}
		if json.Unmarshal([]byte(line), &s) == nil && (s.N == 1 || s.N == 2) {
			first, _, _ := strings.Cut(s.Text, ". ")
			for _, word := range strings.SplitAfter(first, " ") {
				say(word)
			}
			say(fmt.Sprintf(" [%d]. ", s.N))
		}
	}
	delta(w, map[string]any{}, "stop")
	io.WriteString(w, "data: [DONE]\n\n")
}

// benchCorpus is an index of generated paragraphs of 96 words, of which half are
// stop words as in natural text, and questions with words of theirs.
func benchCorpus(b *testing.B, paragraphs int) (*corpus, []string) {
	const perFile = 40
	d, err := db.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	ix, err := local.Open(b.Context(), d.Index)
	if err != nil {
		b.Fatal(err)
	}
	templates, err := prompts.Load("")
	if err != nil {
		b.Fatal(err)
	}
	e := &ragtest.Embedder{Dim: 384}
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.1, 8, 200_000)
	var questions []string
	for n := range paragraphs / perFile {
		doc := fmt.Sprintf("folder%d/file%d.md", n%50, n)
		texts := make([]string, perFile)
		for i := range texts {
			texts[i] = benchParagraph(zipf)
		}
		ps := ragtest.Passages(doc, texts...)
		for i := range ps {
			ps[i].Title = fmt.Sprintf("The file of w%d", n)
		}
		vs, err := ragtest.Vectors(b.Context(), e, ps)
		if err != nil {
			b.Fatal(err)
		}
		if err := ix.Replace(b.Context(), rag.FileState{ID: doc, Embedded: rag.Recipe(e)}, ps, vs); err != nil {
			b.Fatal(err)
		}
		words := strings.Fields(strings.ReplaceAll(texts[n%perFile], ".", ""))
		questions = append(questions, fmt.Sprintf("What is the %s of the %s, and is it %s or %s?", words[3], words[5], words[9], words[11]))
	}
	return &corpus{db: d, index: ix, embed: e, models: &models{templates: templates}, secret: []byte("secret")}, questions
}

// benchParagraph is three sentences: "It is the w7 the w300 the w12 ..."
func benchParagraph(zipf *rand.Zipf) string {
	var b strings.Builder
	for range 3 {
		b.WriteString("It is")
		for range 15 {
			fmt.Fprintf(&b, " the w%d", zipf.Uint64())
		}
		b.WriteString(". ")
	}
	return strings.TrimSpace(b.String())
}
