package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot/chat"
	"footnote/bot/config"
	"footnote/rag"
	"footnote/rag/ragtest"
)

// TestPrivate: no byte of a private document reaches a model. In small corpora
// of made-up words, each in one document only, questions of all kinds are asked, in
// conversations whose answers quote private documents. What comes out at the
// endpoints holds no word of a private document that the user did not type.
func TestPrivate(t *testing.T) {
	var sum tally
	for seed := range uint64(3) {
		for _, tokens := range []string{"200", "6000"} { // retrieved, and whole
			for _, remote := range []bool{false, true} {
				p := &privacy{rnd: rand.New(rand.NewPCG(seed, 0)), interrupts: make(chan os.Signal, 2)}
				p.converse(t, 25, tokens, remote)
				sum = sum.add(p.tally)
			}
		}
	}
	t.Logf("%+v", sum)
	if sum.questions < 200 || sum.private < 30 || sum.written < 10 || sum.rewrites < 30 || sum.history < 10 || sum.cancelled < 3 || sum.texts < 30 || sum.again < 1 {
		t.Errorf("too little was tried: %+v", sum)
	}
}

// A tally says what a test has tried.
type tally struct {
	questions int
	private   int // answers that quote a private document
	written   int // answers of the model that stand
	cancelled int
	requests  int // for an answer
	history   int // of these with an earlier answer
	again     int // of these after NOT_FOUND, for the same question
	rewrites  int // requests
	texts     int // passages and questions whose vectors a remote model made
}

func (a tally) add(b tally) tally {
	return tally{a.questions + b.questions, a.private + b.private, a.written + b.written, a.cancelled + b.cancelled,
		a.requests + b.requests, a.history + b.history, a.again + b.again, a.rewrites + b.rewrites, a.texts + b.texts}
}

// privacy is one corpus, one conversation about it, and the models that are asked.
type privacy struct {
	rnd        *rand.Rand
	used       map[string]bool
	docs       map[string]string
	words      map[string][]string // by document, lower case: of its name, title, headings and text
	interrupts chan os.Signal

	waiting atomic.Bool // for a Ctrl-C
	out     bytes.Buffer

	mu     sync.Mutex
	bodies []string
	last   string // question that the model was asked
	tally
}

func (p *privacy) converse(t *testing.T, questions int, tokens string, remote bool) {
	p.corpus()
	server := httptest.NewServer(p)
	defer server.Close()
	prog, stdout, stderr := offline(t, "", p.docs)
	prog.now = time.Now
	env := map[string]string{"FOOTNOTE_LLM_URL": server.URL + "/v1", "FOOTNOTE_LLM_MODEL": "small", "FOOTNOTE_LOCAL_ONLY": "hr:legal", "FOOTNOTE_CONTEXT_TOKENS": tokens}
	if remote {
		env["FOOTNOTE_EMBED_URL"], env["FOOTNOTE_EMBED_MODEL"] = server.URL+"/v1", "bag"
	}
	prog.getenv = func(name string) string { return env[name] }
	if code := prog.run(t.Context(), []string{"index"}); code != 0 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	prog.stdout, prog.log = p, slog.New(slog.DiscardHandler)
	c, err := prog.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	typed := p.script(questions)
	l := &recorded{library: &library{prog, c}}
	talk := &chat.Chat{
		Library: l, Lines: chat.NewPipe(strings.NewReader(strings.Join(typed, "\n")+"\n"), io.Discard, false, nil), Out: p,
		Interrupts: p.interrupts, Markdown: prog.markdown, Nearest: config.Nearest, Typo: config.Typo, Problem: prog.problem,
	}
	if err := talk.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.judge(t, l.answers, strings.ToLower(strings.Join(typed, "\n")))
	if t.Failed() {
		t.Logf("%s tokens, remote embeddings %t:\n%s", tokens, remote, &p.out)
	}
}

// Write takes what the user sees, and presses Ctrl-C if the model waits for that.
func (p *privacy) Write(b []byte) (int, error) {
	if p.waiting.CompareAndSwap(true, false) {
		p.interrupts <- os.Interrupt
	}
	return p.out.Write(b)
}

// judge looks into what was sent, and how questions were answered.
func (p *privacy) judge(t *testing.T, answers []rag.Answer, typed string) {
	t.Helper()
	if leak := p.leaked(typed); leak != "" {
		t.Error(leak)
	}
	for _, a := range answers {
		p.questions++
		switch {
		case a.Degraded == "cancelled":
			p.cancelled++
		case slices.ContainsFunc(a.Citations, func(c rag.Citation) bool { return private(c.DocID) }):
			p.tally.private++
		case a.Verdict == rag.Answered && a.Model != "extractive":
			p.written++
		}
	}
}

// leaked says which word of a private document was sent that was not typed.
func (p *privacy) leaked(typed string) string {
	for id, words := range p.words {
		for _, w := range words {
			for _, body := range p.bodies {
				if private(id) && !strings.Contains(typed, w) && strings.Contains(strings.ToLower(body), w) {
					return fmt.Sprintf("%s of %s was sent:\n%s", w, id, body)
				}
			}
		}
	}
	return ""
}

func private(id string) bool { return strings.HasPrefix(id, "hr/") || strings.HasPrefix(id, "legal/") }

// recorded is a library that keeps its answers.
type recorded struct {
	*library
	answers []rag.Answer
}

func (l *recorded) Ask(ctx context.Context, q rag.Question) (rag.Answer, error) {
	a, err := l.library.Ask(ctx, q)
	l.answers = append(l.answers, a)
	return a, err
}

// corpus writes documents of words that stand nowhere else.
func (p *privacy) corpus() {
	p.used, p.docs, p.words = map[string]bool{}, map[string]string{}, map[string][]string{}
	for _, folder := range []string{"hr/", "hr/board/", "legal/", "public/", "public/news/"} {
		for range 4 {
			id := folder + p.word("") + ".md"
			w := func() string { return p.word(id) }
			number := func() string {
				n := strconv.Itoa(100_000 + p.rnd.IntN(900_000))
				p.words[id] = append(p.words[id], n)
				return n
			}
			p.words[id] = append(p.words[id], strings.TrimSuffix(id[len(folder):], ".md"))
			doc := fmt.Sprintf("---\ntitle: Guide to %s\n---\n\n", w())
			for range 2 {
				doc += fmt.Sprintf("## About %s and %s\n\n", w(), w())
				doc += fmt.Sprintf("The %s of the %s is %s days for every %s. It ends when the %s is signed.\n\n", w(), w(), number(), w(), w())
				doc += fmt.Sprintf("Nobody may open the %s without a %s, and the %s is kept by %s.\n\n", w(), w(), w(), w())
			}
			p.docs[id] = doc
		}
	}
}

// word makes a word up, for a document.
func (p *privacy) word(id string) string {
	const consonants, vowels = "bdfgklmnprtvz", "aiou"
	for {
		w := ""
		for range 4 {
			w += string(consonants[p.rnd.IntN(len(consonants))]) + string(vowels[p.rnd.IntN(len(vowels))])
		}
		if p.used[w] {
			continue
		}
		p.used[w] = true
		if id != "" {
			p.words[id] = append(p.words[id], w)
		}
		return w
	}
}

// script is what somebody types: questions with words of documents, follow-ups
// without any, and commands.
func (p *privacy) script(questions int) (lines []string) {
	ids := make([]string, 0, len(p.words))
	for id := range p.words {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	some := func() string { ws := p.words[ids[p.rnd.IntN(len(ids))]]; return ws[p.rnd.IntN(len(ws))] }
	for len(lines) < questions {
		ws := p.words[ids[p.rnd.IntN(len(ids))]]
		switch p.rnd.IntN(12) {
		case 0, 1, 2:
			lines = append(lines, fmt.Sprintf("How many days is the %s of the %s?", ws[4], ws[5]))
		case 3, 4:
			lines = append(lines, fmt.Sprintf("Who keeps the %s, and what does nobody open?", ws[10]))
		case 5:
			lines = append(lines, fmt.Sprintf("What has %s to do with %s?", some(), some()))
		case 6:
			lines = append(lines, fmt.Sprintf("Wie viele Tage sind es für %s und für %s?", some(), some()))
		case 7:
			lines = append(lines, "And for how many days?", "Who signs it, and when does it end?")
		case 8:
			lines = append(lines, "Is there a sabbatical?")
		case 9:
			lines = append(lines, "What is in the guide to "+ws[1]+"?")
		case 10:
			lines = append(lines, "list documents", "And the second one?")
		case 11:
			lines = append(lines, "/new")
		}
	}
	return lines
}

// ServeHTTP is a language model that says much of what it is sent, and an embedding
// model.
func (p *privacy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, string(body))
	var req struct {
		Input    []string
		Messages []struct{ Content string }
	}
	if err := json.Unmarshal(body, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/embeddings") {
		p.texts += len(req.Input)
		embed(w, req.Input)
		return
	}
	prompt := req.Messages[len(req.Messages)-1].Content
	w.Header().Set("Content-Type", "text/event-stream")
	if _, question, ok := strings.Cut(prompt, "LAST QUESTION\n"); ok {
		p.rewrites++
		question, _, _ = strings.Cut(question, "\n")
		delta(w, map[string]any{"content": "QUERY: " + question + " " + p.taken(prompt) + "\nALSO: What is the " + p.taken(prompt) + "?"}, "stop")
		io.WriteString(w, "data: [DONE]\n\n")
		return
	}
	p.reply(w, r, prompt)
}

// embed makes vectors as the built-in embedder of tests does.
func embed(w http.ResponseWriter, texts []string) {
	vs, err := new(ragtest.Embedder).EmbedPassages(context.Background(), texts)
	if err != nil {
		return
	}
	var data []any
	for i, v := range vs {
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v})
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data})
}

// reply says an answer to a prompt, or some of it.
func (p *privacy) reply(w http.ResponseWriter, r *http.Request, prompt string) {
	p.requests++
	_, question, _ := strings.Cut(prompt, "\nQUESTION\n")
	if question == p.last {
		p.again++
	}
	if p.last = question; strings.Contains(prompt, `"answer":`) {
		p.history++
	}
	var sources []struct {
		N           int
		Title, Text string
	}
	for line := range strings.Lines(prompt) {
		var s struct {
			N           int
			Title, Text string
		}
		if json.Unmarshal([]byte(line), &s) == nil && s.N > 0 {
			sources = append(sources, s)
		}
	}
	one, other := sources[p.rnd.IntN(len(sources))], sources[p.rnd.IntN(len(sources))]
	first, _, _ := strings.Cut(one.Text, ". ")
	sentence := fmt.Sprintf("%s [%d].\n", strings.TrimSuffix(first, "."), one.N)
	say := func(s string) { delta(w, map[string]any{"content": s}, nil) }
	switch p.rnd.IntN(16) {
	case 0, 1:
		say("NOT_FOUND: " + strings.TrimSuffix(question, "?"))
	case 2:
		say("PARTIAL: how many days\n" + sentence)
	case 3:
		say("CLARIFY: " + one.Title + " | " + other.Title)
	case 4:
		w.WriteHeader(http.StatusBadRequest)
		return
	case 5:
		say("ANSWER\n" + sentence)
		panic(http.ErrAbortHandler)
	case 6, 7, 8: // a Ctrl-C as soon as there is something to see
		p.waiting.Store(true)
		say("ANSWER\n" + sentence + "It ")
		select {
		case <-r.Context().Done():
		case <-time.After(50 * time.Millisecond): // nothing to see
			p.interrupts <- os.Interrupt
			<-r.Context().Done()
		}
		p.waiting.Store(false)
		return
	case 9:
		say(fmt.Sprintf("ANSWER\nThe guide to %s is nice [%d].", p.taken(prompt), other.N))
	default:
		say("ANSWER\n" + sentence)
	}
	delta(w, map[string]any{}, "stop")
	io.WriteString(w, "data: [DONE]\n\n")
}

// taken is a word of a prompt.
func (p *privacy) taken(prompt string) string {
	ws := strings.FieldsFunc(prompt, func(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' || r > 'z' })
	return ws[p.rnd.IntN(len(ws))]
}

// TestPrivateJudge finds what it looks for.
func TestPrivateJudge(t *testing.T) {
	p := &privacy{words: map[string][]string{"hr/a.md": {"bodafiku"}, "public/b.md": {"kalimuto"}}}
	for _, c := range []struct {
		body, typed string
		want        bool
	}{
		{"the Bodafiku", "", true}, {"the Bodafiku", "bodafiku?", false}, {"kalimuto", "", false},
	} {
		p.bodies = []string{c.body}
		if got := p.leaked(c.typed) != ""; got != c.want {
			t.Errorf("%q, %q: %t", c.body, c.typed, got)
		}
	}
}
