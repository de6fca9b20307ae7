package openai

import (
	"context"
	"errors"
	"sync"
	"time"

	"footnote/rag"
)

// A job is one call of EmbedPassages.
type job struct {
	*Embedder
	ctx  context.Context
	vs   []rag.Vector
	last time.Time // of the last success, or the start
}

// An item is a text and its place.
type item struct {
	at   int
	text string
}

// embed makes the vectors of items, in smaller batches if it must.
func (j *job) embed(items []item) error {
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = it.text
	}
	vs, err := j.patiently(texts)
	if err == nil {
		for i, it := range items {
			j.vs[it.at] = vs[i]
		}
		return nil
	}
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	few := len(items) == 1
	switch {
	case f.fault == rag.TooLong && few:
		short, ok := half(items[0].text, true)
		if !ok {
			return err
		}
		return j.embed([]item{{items[0].at, short}})
	case f.fault == rag.Timeout && (few || time.Since(j.last) > patience):
		return err
	case f.fault == rag.TooLong, f.fault == rag.Timeout, f.batch && !few:
		if f.batch || f.fault == rag.Timeout {
			j.pace.shrink(len(items) / 2)
		}
	case f.fault == rag.BadRequest && f.status != 0:
		// Is it these texts, or the request?
		if _, other := j.patiently([]string{"text"}); other != nil {
			return err
		}
		if few {
			return nil // found by its words only
		}
	default:
		return err
	}
	if err := j.embed(items[:len(items)/2]); err != nil {
		return err
	}
	return j.embed(items[len(items)/2:])
}

// patiently makes the vectors of texts, and waits where the endpoint says so.
func (j *job) patiently(texts []string) ([]rag.Vector, error) {
	pauses := newBackOff(time.Second, 20*time.Second)
	for n := 1; ; n++ {
		if !sleep(j.ctx, j.pace.turn()) {
			return nil, j.ctx.Err()
		}
		vs, err := j.once(texts)
		if err == nil {
			j.pace.faster()
			j.last = time.Now()
			return vs, nil
		}
		f, ok := errors.AsType[*failure](err)
		if !ok {
			return nil, err
		}
		limit := patience
		switch {
		case f.fault == rag.RateLimited:
			limit = ratePatience
			j.pace.slower()
		case f.fault == rag.Timeout && len(texts) == 1:
		case !f.again, !j.learned.Load() && n == firstTries:
			return nil, err
		}
		pause := max(pauses.NextBackOff(), f.after)
		if time.Now().Add(pause).Sub(j.last) > limit {
			return nil, err
		}
		if j.opt.Waiting != nil {
			told := *f
			told.after = pause
			j.opt.Waiting(j.client.outward(&told).(*rag.ModelError))
		}
		if !sleep(j.ctx, pause) {
			return nil, j.ctx.Err()
		}
	}
}

// once sends one request in its turn among the process's calls.
func (j *job) once(texts []string) ([]rag.Vector, error) {
	if err := j.client.opt.Limit.wait(j.ctx); err != nil {
		return nil, err
	}
	defer j.client.opt.Limit.release()
	w := newWatch(j.ctx, j.client.opt.Timeout, 0)
	defer w.stop()
	vs, err := j.request(w, texts, passage)
	return vs, w.explain(err)
}

// A pace is how large batches are and how fast they follow each other. It slows
// down by half at every rate limit and recovers little by little, as TCP does.
type pace struct {
	mu    sync.Mutex
	batch int
	gap   time.Duration // between the starts of requests
	next  time.Time
}

const (
	minGap = 100 * time.Millisecond
	maxGap = time.Minute
)

// turn returns how long to wait for the next request.
func (p *pace) turn() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	start := now
	if p.gap > 0 && p.next.After(now) {
		start = p.next
	}
	p.next = start.Add(p.gap)
	return start.Sub(now)
}

func (p *pace) slower() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gap = min(max(p.gap*3/2, minGap), maxGap)
}

func (p *pace) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gap -= p.gap / 32; p.gap < minGap/2 {
		p.gap = 0
	}
}

// size returns how many texts the next batch may hold.
func (p *pace) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.batch
}

func (p *pace) shrink(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch = max(1, min(p.batch, n))
}
