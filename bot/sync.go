package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"footnote/bot/show"
	"footnote/prompts"
	"footnote/rag"
)

// A reading is a rag.Sync that runs beside what the user does.
type reading struct {
	stop   context.CancelFunc
	words  chan struct{} // closed when all words are in, or it ended
	done   chan struct{} // closed when it ended
	asOf   time.Time     // when all folders were last read; known with the words
	noted  error         // of noting that
	report rag.SyncReport
	err    error
	told   bool // the user knows how it ended
}

// read begins to bring the index up to date. The caller calls end or wait.
func (c *corpus) read(ctx context.Context, prune bool, progress func(rag.Progress)) *reading {
	ctx, stop := context.WithCancel(ctx)
	r := &reading{stop: stop, words: make(chan struct{}), done: make(chan struct{}), asOf: c.asOf}
	began := time.Now()
	inWords, whole := false, true
	files := func(yield func(rag.File, error) bool) {
		for f, err := range c.files(ctx) {
			whole = whole && err == nil // else a folder could not be read
			if !yield(f, err) {
				return
			}
		}
	}
	opt := rag.SyncOptions{Roots: c.prefixes(), Prune: prune, Private: c.models.withheld(), Progress: func(p rag.Progress) {
		if p.Phase == rag.Embedding && !inWords {
			inWords = true
			if whole {
				r.asOf, r.noted = began, c.index.SetSynced(ctx, began)
			}
			close(r.words)
		}
		progress(p)
	}}
	go func() {
		defer close(r.done)
		r.report, r.err = rag.Sync(ctx, c.index, c.index.Cached(c.embed), files, opt)
		r.err = errors.Join(r.err, r.noted)
		if !inWords {
			close(r.words)
		}
	}()
	return r
}

// waitWords waits until all words can be searched.
func (r *reading) waitWords(ctx context.Context) error {
	select {
	case <-r.words:
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.ended() {
		return r.err
	}
	return nil
}

// waitVectors waits until all vectors are made, and no longer than it may.
func (r *reading) waitVectors(ctx context.Context, atMost time.Duration) error {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-r.done:
		return r.err
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reading) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// end stops the reading where it is. What was done stays: the next one goes on
// from there. It returns an error that nobody knows of yet.
func (r *reading) end() error {
	r.stop()
	<-r.done
	if r.told || errors.Is(r.err, context.Canceled) {
		return nil
	}
	return r.err
}

// A stock says what is in the index.
type stock struct {
	documents, passages, withVectors int
	refused                          []rag.FileState
}

func (c *corpus) stock(ctx context.Context) (stock, map[string]rag.FileState, error) {
	files, err := c.index.Files(ctx)
	if err != nil {
		return stock{}, nil, fmt.Errorf("list the documents: %w", err)
	}
	var s stock
	var edition uint64 // the same in whatever order files come
	for id, f := range files {
		h := fnv.New64a()
		fmt.Fprintf(h, "%q %s", id, f.Hash)
		edition ^= h.Sum64()
		if f.Refused != "" {
			s.refused = append(s.refused, f)
			continue
		}
		s.documents++
		s.passages += f.Passages
		if f.Embedded != "" {
			s.withVectors += f.Passages
		}
	}
	c.edition, c.refused = strconv.FormatUint(edition, 16), s.refused
	return s, files, nil
}

// wordsFirst says how many passages have vectors, unless all do.
func (s stock) wordsFirst(w prompts.Words) string {
	if s.withVectors >= s.passages {
		return ""
	}
	if s.withVectors == 0 {
		return w.WordsOnly
	}
	percent := "<1"
	if n := 100 * s.withVectors / s.passages; n > 0 {
		percent = strconv.Itoa(n)
	}
	return prompts.Fill(w.WordsFirst, "percent", percent)
}

// degrade notes in an answer that is drawn from documents that not all of them
// have vectors.
func (s stock) degrade(a *rag.Answer, w prompts.Words) {
	first := s.wordsFirst(w)
	switch {
	case first == "" || a.Verdict == rag.Chat:
	case a.Degraded == "":
		a.Degraded = first
	default:
		a.Degraded = strings.TrimRight(first, ".。") + "; " + a.Degraded
	}
}

// troubles tells of what a sync could not do, in sentences.
func troubles(r rag.SyncReport) []string {
	var all []string
	for _, f := range r.Folders {
		all = append(all, show.Line(fmt.Sprintf("%v. Its documents are kept as they were.", f.Err)))
	}
	for _, k := range r.Kept {
		where := ""
		if k.Root != "" {
			where = " of " + k.Root
		}
		all = append(all, show.Line(fmt.Sprintf("Kept %s%s that would be removed: %s. If that is meant, run: footnote index --prune",
			show.Count(k.Would, "document"), where, k.Why)))
	}
	return all
}
