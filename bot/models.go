package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/show"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/openai"
)

// models are the models that somebody else runs, as far as the user named any.
type models struct {
	llm       *openai.Client // nil: answers are quotes
	embed     *openai.Client // nil: the built-in embedder makes the vectors
	judge     *openai.Client // nil: nobody judges the answers of an evaluation
	templates *prompts.Templates
	private   rag.Scope // what must not leave the machine
	limits    func(now time.Time) []limit
}

// models prepares them; nothing is asked yet.
func (p *program) models() (*models, error) {
	cfg := p.cfg
	m := &models{private: rag.Scope{Folders: cfg.LocalOnly}, limits: limitsOf(cfg.Budget)}
	var err error
	if cfg.LLM.Model != "" || cfg.Prompts != "" || cfg.Eval.JudgeModel != "" {
		if m.templates, err = prompts.Load(cfg.Prompts); err != nil {
			return nil, usageError{err}
		}
	}
	limit := openai.NewLimit(cfg.LLM.Parallel)
	if cfg.LLM.Model != "" {
		m.llm, err = p.client(cfg.LLM.URL, "FOOTNOTE_LLM_KEY", limit)
	}
	if cfg.Embed.Model != "" && err == nil {
		m.embed, err = p.client(cmp.Or(cfg.Embed.URL, cfg.LLM.URL), "FOOTNOTE_EMBED_KEY", limit)
	}
	if cfg.Eval.JudgeModel != "" && err == nil {
		m.judge, err = p.client(cmp.Or(cfg.Eval.JudgeURL, cfg.LLM.URL), "FOOTNOTE_JUDGE_KEY", limit)
	}
	if err != nil {
		return nil, errors.Join(usageError{err}, m.close())
	}
	return m, nil
}

func (m *models) close() error {
	for _, c := range []*openai.Client{m.llm, m.embed, m.judge} {
		if c != nil {
			c.Close()
		}
	}
	return nil
}

// client returns a client of an endpoint: the one named, or OPENAI_BASE_URL, or
// OpenAI's own.
func (p *program) client(endpoint, keyVariable string, limit *openai.Limit) (*openai.Client, error) {
	own, shared := endpoint == "", endpoint == p.cfg.LLM.URL
	endpoint = cmp.Or(endpoint, p.getenv("OPENAI_BASE_URL"), openai.DefaultURL)
	key := p.getenv(keyVariable)
	if key == "" && shared {
		key = p.getenv("FOOTNOTE_LLM_KEY")
	}
	// OPENAI_API_KEY belongs to OpenAI, or to the endpoint that OPENAI_BASE_URL
	// names: nobody else on the network gets to see it.
	if key == "" && (own || isLoopback(endpoint) || endpoint == p.getenv("OPENAI_BASE_URL") || strings.HasPrefix(endpoint, openai.DefaultURL)) {
		key = p.getenv("OPENAI_API_KEY")
	}
	return openai.New(openai.Options{URL: endpoint, Key: key, CA: p.cfg.LLM.CA, Timeout: p.cfg.LLM.Timeout, FirstText: p.cfg.LLM.First, Patient: p.cfg.LLM.Patient, Limit: limit})
}

func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// generator returns the language model, its tokens counted.
func (p *program) generator(m *models, d *db.DB) rag.Generator {
	return &metered{m.llm.Generator(openai.Chat{Model: p.cfg.LLM.Model, MaxTokens: maxAnswer}), d, m.limits, p.now, p.log}
}

// maxAnswer is how many tokens an answer may have: a page.
const maxAnswer = 1500

// embeddingModel returns the embedding model that was asked for.
func (p *program) embeddingModel(m *models) (rag.Embedder, error) {
	if m.embed == nil {
		return p.embedder()
	}
	e := p.cfg.Embed
	return m.embed.Embedder(openai.Embedding{Model: e.Model, Dimensions: e.Dimensions, Prefixes: e.Prefixes, InputTypes: e.InputTypes,
		Waiting: func(why *rag.ModelError) {
			p.tell("%s limits how fast vectors are made: going on at %s.", why.Host, why.Until.Format(time.TimeOnly))
		}}), nil
}

// formerEmbedder has the built-in embedder answer while another model's vectors are
// being made, if it made those that there are.
func (p *program) formerEmbedder(ctx context.Context, c *corpus) error {
	if c.models.embed == nil {
		return nil
	}
	have, err := c.index.Coverage(ctx)
	if err != nil {
		return fmt.Errorf("ask what vectors there are: %w", err)
	}
	delete(have, rag.Recipe(c.embed))
	if len(have) == 0 {
		return nil
	}
	builtIn, err := p.embedder()
	if err != nil {
		return fmt.Errorf("load the embedding model: %w", err)
	}
	c.former = []rag.Embedder{builtIn}
	return nil
}

// withheld is what no remote embedder gets to see.
func (m *models) withheld() rag.Scope {
	if m.embed == nil {
		return rag.Scope{}
	}
	return m.private
}

// announce says who gets to see what, before anybody does.
func (p *program) announce(m *models, answering bool) {
	cfg := p.cfg
	if m.llm != nil && answering {
		p.tell("%s at %s writes the answers: with each question, up to %s tokens of the documents (%d kB) go there.",
			show.Line(cfg.LLM.Model), m.llm.Host(), show.Number(cfg.ContextTokens), (3*cfg.ContextTokens+999)/1000)
	}
	if m.embed != nil {
		p.tell("%s at %s makes the vectors: the text of all documents and every question go there.", show.Line(cfg.Embed.Model), m.embed.Host())
	}
	if m.judge != nil {
		p.tell("%s at %s judges the answers: questions, answers and the passages that they cite go there.", show.Line(cfg.Eval.JudgeModel), m.judge.Host())
	}
	switch {
	case m.llm == nil && m.embed == nil && m.judge == nil && answering:
		p.hint()
	case len(cfg.LocalOnly) > 0 && (m.llm != nil && answering || m.embed != nil || m.judge != nil):
		p.tell("%s stays on this machine.", show.Line(strings.Join(cfg.LocalOnly, "/, ")+"/"))
	}
}

// hint tells somebody who has a key, or an endpoint, how to use it.
func (p *program) hint() {
	set := ""
	switch {
	case p.cfg.LLM.URL != "":
		set = "--llm-url is set"
	case p.getenv("OPENAI_API_KEY") != "":
		set = "OPENAI_API_KEY is set"
	case p.getenv("FOOTNOTE_LLM_KEY") != "":
		set = "FOOTNOTE_LLM_KEY is set"
	default:
		return
	}
	p.tell("%s, but no model is named, so answers are quotes and nothing leaves this machine. With --llm-model NAME a model writes them.", set)
}

// checkLocalOnly refuses a folder that there is not, while a model is in use: a
// misspelt name would send out what was to stay.
func (c *corpus) checkLocalOnly(ctx context.Context) error {
	if c.models.llm == nil && c.models.embed == nil && c.models.judge == nil {
		return nil
	}
	for _, folder := range c.models.private.Folders {
		held, err := c.holds(ctx, folder)
		if err != nil {
			return err
		}
		if !held {
			return usagef("local-only: there is no folder %s among the documents. Write it as footnote sources names its documents; a misspelt name would not be kept here.", folder)
		}
	}
	return nil
}

// checkChannels refuses a channel's folder that there is not: its people would ask
// in vain.
func (c *corpus) checkChannels(ctx context.Context, s config.Slack) error {
	for id, ch := range s.All() {
		for _, folder := range ch.Folders {
			held, err := c.holds(ctx, folder)
			if err != nil {
				return err
			}
			if !held {
				return usagef("%s:%d: channels: %s: there is no folder %s among the documents. Write it as footnote sources names its documents.", s.File, ch.Line, id, folder)
			}
		}
	}
	return nil
}

// holds tells whether there is a folder, or a file, of documents: in the index, or
// in the folders that it is made from.
func (c *corpus) holds(ctx context.Context, folder string) (bool, error) {
	files, err := c.index.Files(ctx)
	if err != nil {
		return false, fmt.Errorf("list the documents: %w", err)
	}
	scope := rag.Scope{Folders: []string{folder}}
	return slices.ContainsFunc(slices.Collect(maps.Keys(files)), scope.Holds) ||
		slices.ContainsFunc(c.roots, func(r config.Root) bool { return holdsFolder(r, folder) }), nil
}

// holdsFolder tells whether a root has a folder of document IDs, or a file.
func holdsFolder(r config.Root, folder string) bool {
	if r.Name != "" {
		rest, ok := strings.CutPrefix(folder+"/", r.Name+"/")
		if !ok {
			return false
		}
		folder = rest
	}
	// Names are compared letter for letter, as those of documents are, whatever
	// the file system thinks of capitals.
	dir := r.Dir
	for name := range strings.SplitSeq(strings.TrimSuffix(folder, "/"), "/") {
		entries, err := os.ReadDir(dir)
		if err != nil || name != "" && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name }) {
			return false
		}
		dir = filepath.Join(dir, name)
	}
	return true
}

// logFault reports a model that did not answer, and tells whether one did not.
func (p *program) logFault(a rag.Answer) bool {
	if a.Fault == nil || a.Fault.Fault == rag.Private {
		return false
	}
	p.log.Error("language model", "answer", a.ID, "error", a.Fault)
	return true
}

// tellFault says what to do about a model that did not answer, and to --verbose
// what happened.
func (p *program) tellFault(a rag.Answer) {
	if !p.logFault(a) {
		return
	}
	remedy := a.Fault.Remedy
	if a.Fault.Fault == rag.Auth {
		remedy = "is the key right? It is read from FOOTNOTE_LLM_KEY; OPENAI_API_KEY goes to OpenAI, to the host of OPENAI_BASE_URL and to this machine only"
	}
	if remedy != "" {
		p.tell("%s: %s", a.Fault.Host, remedy)
	}
}
