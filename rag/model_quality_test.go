package rag_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/answer"
	"footnote/rag/openai"
	"footnote/rag/retrieve"
)

var (
	llmURL   = flag.String("llm-url", "", "measure with the language model at this endpoint (long)")
	llmModel = flag.String("llm-model", "model", "its name")
)

// TestSharedModel asks a language model the last turns of conversations, and
// reports how follow-ups are found with its rewrites, and its verdict by type.
func TestSharedModel(t *testing.T) {
	if *llmURL == "" {
		t.Skip("asks a language model: -llm-url URL -shared DIR")
	}
	c, qs := openShared(t, "conversations")
	client, err := openai.New(openai.Options{URL: *llmURL, Timeout: 5 * time.Minute, FirstText: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	templates, err := prompts.Load("")
	if err != nil {
		t.Fatal(err)
	}
	const tokens = 1000 // what a small model on two cores reads in a few seconds
	writer := client.Generator(openai.Chat{Model: *llmModel, MaxTokens: 200})
	assisted := &retrieve.Assisted{Retriever: c.retriever, Index: c.ix, Generator: client.Generator(openai.Chat{Model: *llmModel, MaxTokens: 60}),
		Templates: templates, Tokens: tokens}
	quotes := answer.NewExtractive(c.ix)
	llm := answer.NewLLM(answer.LLMOptions{Quotes: quotes, Generator: writer, Templates: templates, ContextTokens: tokens})
	alone := withoutHistory{c.retriever}
	engine := &rag.Engine{Retriever: c.retriever, Answerer: llm, Quotes: quotes, Top: 8}
	found := map[string][2]int{}
	verdicts := map[string]map[string]int{}
	n, rewritten := 0, 0
	for _, q := range qs {
		if len(q.Gold) > 0 {
			n++
			for name, r := range map[string]rag.Retriever{"last turn alone": alone, "two-fold": c.retriever, "two-fold and rewrite": assisted} {
				got, err := r.Retrieve(t.Context(), q.ask(), 10)
				if err != nil {
					t.Fatal(err)
				}
				at := slices.IndexFunc(got.Hits, func(h rag.Hit) bool { return q.isGold(h.Passage.DocID, h.Passage.Paragraph) })
				found[name] = [2]int{found[name][0] + btoi(at == 0), found[name][1] + btoi(at >= 0)}
				rewritten += btoi(name == "two-fold and rewrite" && got.Usage.PromptTokens > 0 && got.Query != q.Question && !strings.HasSuffix(got.Query, " "+q.Question))
			}
		}
		a, err := engine.Ask(t.Context(), q.ask(), nil)
		if err != nil {
			t.Fatal(err)
		}
		verdict := string(a.Verdict)
		if a.Model != writer.Model() {
			verdict += " (quotes)"
		}
		if verdicts[verdict] == nil {
			verdicts[verdict] = map[string]int{}
		}
		verdicts[verdict][q.Type]++
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		t.Logf("%-22s hit@1 %.3f hit@10 %.3f of %d", name, float64(found[name][0])/float64(n), float64(found[name][1])/float64(n), n)
	}
	t.Logf("questions rewritten: %d", rewritten)
	for _, v := range slices.Sorted(maps.Keys(verdicts)) {
		t.Logf("%-22s %s", v, fmt.Sprint(verdicts[v]))
	}
}

// withoutHistory asks the last turn as if it were the first.
type withoutHistory struct{ rag.Retriever }

func (w withoutHistory) Retrieve(ctx context.Context, q rag.Question, n int) (rag.Retrieved, error) {
	q.History = nil
	return w.Retriever.Retrieve(ctx, q, n)
}
