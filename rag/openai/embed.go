package openai

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	goopenai "github.com/sashabaranov/go-openai"

	"footnote/rag"
)

// Embedding are the choices of an Embedder. E5-like models make other vectors
// for questions than for passages: Prefixes writes "query: " and "passage: " in
// front of texts; InputTypes sends a field input_type to servers that put the
// prefixes in front themselves.
type Embedding struct {
	Model      string
	Dimensions int // of the vectors; 0: the model's own
	Prefixes   bool
	InputTypes bool
	Batch      int // texts in a request at most; default 64
	// Waiting, if set, is told when passages wait for the endpoint, with Until.
	Waiting func(*rag.ModelError)
}

// An Embedder is an embedding model at an endpoint. It is safe for concurrent use.
type Embedder struct {
	client  *Client
	opt     Embedding
	pace    pace
	dims    atomic.Int64 // of the first vector that came
	learned atomic.Bool  // the endpoint has made a vector
}

const defaultBatch = 64

// Embedder returns an embedding model of the endpoint.
func (c *Client) Embedder(opt Embedding) *Embedder {
	if opt.Batch <= 0 {
		opt.Batch = defaultBatch
	}
	e := &Embedder{client: c, opt: opt}
	e.pace.batch = opt.Batch
	return e
}

// Model names the model and what changes its vectors, but not the host: a
// server that moves makes the same vectors.
func (e *Embedder) Model() string {
	s := e.opt.Model
	if e.opt.Dimensions > 0 {
		s += fmt.Sprintf(", %d dimensions", e.opt.Dimensions)
	}
	if e.opt.Prefixes {
		s += ", prefixes"
	}
	if e.opt.InputTypes {
		s += ", input types"
	}
	return s
}

// A side is what a text is: a question or a passage.
type side string

const (
	query   side = "query"
	passage side = "passage"
)

// EmbedQuery implements rag.Embedder. It fails soon, since a question waits. A
// blank text has no vector and no error, and of one that is too long for the
// model, the beginning counts.
func (e *Embedder) EmbedQuery(ctx context.Context, text string) (v rag.Vector, err error) {
	c := e.client
	if err := ctx.Err(); err != nil || strings.TrimSpace(text) == "" {
		return nil, err
	}
	w := newWatch(ctx, c.opt.QueryTimeout, 0)
	defer w.stop()
	leave, err := c.enter(w)
	if err != nil {
		return nil, c.outward(err)
	}
	func() {
		defer func() { leave(err) }()
		err = retry(w, 2, func() error {
			for {
				vs, err := e.request(w, []string{text}, query)
				if err == nil {
					v = vs[0]
					return nil
				}
				f, ok := errors.AsType[*failure](err)
				if text, ok = half(text, ok && f.fault == rag.TooLong); !ok {
					return err
				}
			}
		})
	}()
	return v, c.outward(err)
}

// half returns the first half of a text, if it is asked for and there is one.
func half(text string, asked bool) (string, bool) {
	if !asked {
		return text, false
	}
	at := len(text) / 2
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	short := text[:at]
	return short, strings.TrimSpace(short) != ""
}

// request makes the vectors of texts, which are not blank, with one request.
func (e *Embedder) request(ctx context.Context, texts []string, s side) ([]rag.Vector, error) {
	req := goopenai.EmbeddingRequest{Model: goopenai.EmbeddingModel(e.opt.Model), Dimensions: e.opt.Dimensions}
	if e.opt.InputTypes {
		req.ExtraBody = map[string]any{"input_type": string(s)}
	}
	input := make([]string, len(texts))
	for i, t := range texts {
		if input[i] = t; e.opt.Prefixes {
			input[i] = string(s) + ": " + t
		}
	}
	req.Input = input
	resp, err := e.client.api.CreateEmbeddings(ctx, req)
	if err != nil {
		return nil, unsent(err)
	}
	vs, err := e.vectors(resp.Data, len(texts))
	if err != nil {
		return nil, badReply(err)
	}
	e.learned.Store(true)
	return vs, nil
}

// vectors puts n vectors in the order of their index and at unit length. A
// server that numbers none of them is taken to have kept the order.
func (e *Embedder) vectors(data []goopenai.Embedding, n int) ([]rag.Vector, error) {
	if len(data) != n {
		return nil, fmt.Errorf("%d vectors for %d texts", len(data), n)
	}
	numbered := false
	for _, d := range data {
		numbered = numbered || d.Index != 0
	}
	vs := make([]rag.Vector, n)
	for i, d := range data {
		if numbered {
			i = d.Index
		}
		if i < 0 || i >= n || vs[i] != nil {
			return nil, fmt.Errorf("vector number %d of %d is out of place", i, n)
		}
		if err := e.measure(len(d.Embedding)); err != nil {
			return nil, err
		}
		v, err := unit(d.Embedding)
		if err != nil {
			return nil, fmt.Errorf("vector number %d: %w", i, err)
		}
		vs[i] = v
	}
	return vs, nil
}

// measure checks a vector's length against what was asked for and came before.
func (e *Embedder) measure(dims int) error {
	if want := e.opt.Dimensions; want > 0 && dims != want {
		return fmt.Errorf("a vector of %d values where %d were asked for: the endpoint ignores dimensions, leave them out", dims, want)
	}
	if dims == 0 {
		return errors.New("an empty vector")
	}
	e.dims.CompareAndSwap(0, int64(dims))
	if before := int(e.dims.Load()); dims != before {
		return fmt.Errorf("a vector of %d values after vectors of %d: is it still the same model?", dims, before)
	}
	return nil
}

// unit returns x at unit length.
func unit(x []float32) (rag.Vector, error) {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, errors.New("it is zero or not finite")
	}
	norm := 1 / math.Sqrt(sum)
	v := make(rag.Vector, len(x))
	for i := range x {
		v[i] = float32(float64(x[i]) * norm)
	}
	return v, nil
}

// How long passages wait without one success: for a rate limit, which passes,
// and for anything else that may. Before the first vector of all, a wrong URL is
// likelier than a pause.
const (
	ratePatience = 10 * time.Minute
	patience     = 3 * time.Minute
	firstTries   = 3
)

// EmbedPassages implements rag.Embedder. Batches go one after the other, as
// fast as the endpoint's rate limit allows. A text that is too long is cut; one
// that is blank, or that the endpoint rejects whatever its length, has a nil
// vector. Permanent faults end it at once.
func (e *Embedder) EmbedPassages(ctx context.Context, texts []string) ([]rag.Vector, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j := &job{Embedder: e, ctx: ctx, vs: make([]rag.Vector, len(texts)), last: time.Now()}
	var todo []item
	for i, t := range texts {
		if strings.TrimSpace(t) != "" {
			todo = append(todo, item{i, t})
		}
	}
	for len(todo) > 0 {
		n := min(len(todo), e.pace.size())
		if err := j.embed(todo[:n]); err != nil {
			return nil, e.client.outward(err)
		}
		todo = todo[n:]
	}
	return j.vs, nil
}
