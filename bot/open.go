package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/answer"
	"footnote/rag/load"
	"footnote/rag/local"
	"footnote/rag/retrieve"
	"footnote/rag/split"
)

// kinds are the files that load has a reader for.
const kinds = ".md, .markdown, .txt and .text"

// A corpus is the documents, their open index, and the models.
type corpus struct {
	roots   []config.Root
	dir     string // of the index
	db      *db.DB
	index   *local.Index
	models  *models
	embed   rag.Embedder
	former  []rag.Embedder  // whose vectors answer until those of embed are made
	writer  rag.Generator   // nil: answers are quotes
	secret  []byte          // of this index
	edition string          // of the documents, as stock last saw them
	refused []rag.FileState // as stock last saw them
	asOf    time.Time       // when all documents were last read; zero if never
}

// open opens the index of the folders that the user named, and makes it if need
// be. It says who will see what: the language model only if questions are to be
// answered.
func (p *program) open(ctx context.Context, answering bool) (*corpus, error) {
	work, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working folder: %w", err)
	}
	if err := p.rootsExist(work); err != nil {
		return nil, err
	}
	dir, err := p.cfg.Place(work, p.cacheFolder())
	if err != nil {
		return nil, notice{err}
	}
	c := &corpus{roots: p.cfg.Docs, dir: dir}
	if c.models, err = p.models(); err != nil {
		return nil, err
	}
	p.announce(c.models, answering)
	// Weights take a while to unpack: meanwhile the index is read.
	type made struct {
		e   rag.Embedder
		err error
	}
	embedder := make(chan made, 1)
	go func() {
		e, err := p.embeddingModel(c.models)
		embedder <- made{e, err}
	}()
	err = c.openIndex(ctx)
	var m made
	select {
	case m = <-embedder:
	case <-ctx.Done(): // what is unpacked then is dropped
		m.err = ctx.Err()
	}
	c.embed = m.e
	if m.err != nil {
		err = errors.Join(err, fmt.Errorf("load the embedding model: %w", m.err))
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := c.checkLocalOnly(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := p.formerEmbedder(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := p.hireWriter(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.index.Outdated() {
		p.tell("The index was made by an older version of Footnote: it is made again.")
	}
	return c, nil
}

// hireWriter has the language model write the answers, if the user named one.
func (p *program) hireWriter(ctx context.Context, c *corpus) (err error) {
	if c.models.llm == nil {
		return nil
	}
	if c.secret, err = c.db.Secret(ctx); err != nil {
		return err
	}
	c.writer = p.generator(c.models, c.db)
	return nil
}

func (c *corpus) openIndex(ctx context.Context) (err error) {
	if c.db, err = db.Open(ctx, c.dir); err != nil {
		return err // it names the file
	}
	if c.index, err = local.Open(ctx, c.db.Index); err != nil {
		return err
	}
	c.asOf, err = c.index.Synced(ctx)
	return err
}

func (c *corpus) close() error {
	err := c.models.close()
	if c.db == nil {
		return err
	}
	return errors.Join(err, c.db.Close())
}

// files yields the files of all roots, read and split on demand.
func (c *corpus) files(ctx context.Context) iter.Seq2[rag.File, error] {
	return func(yield func(rag.File, error) bool) {
		for _, r := range c.roots {
			for f, err := range load.Dir(ctx, load.Root{Name: r.Name, Dir: r.Dir}) {
				read := func(ctx context.Context) (rag.Document, []rag.Passage, error) {
					d, err := f.Read(ctx)
					if err != nil {
						return rag.Document{}, nil, err
					}
					return d, split.Document(d), nil
				}
				if !yield(rag.File{FileState: f.FileState, Load: read}, err) {
					return
				}
			}
		}
	}
}

// prefixes are the ID prefixes of the roots.
func (c *corpus) prefixes() []string {
	var all []string
	for _, r := range c.roots {
		prefix := ""
		if r.Name != "" {
			prefix = r.Name + "/"
		}
		all = append(all, prefix)
	}
	return all
}

// root returns the root of a document and the document's path below it.
func (c *corpus) root(docID string) (r config.Root, path string, ok bool) {
	for _, r := range c.roots {
		path, ok := docID, r.Name == ""
		if !ok {
			path, ok = strings.CutPrefix(docID, r.Name+"/")
		}
		if ok {
			return r, path, true
		}
	}
	return config.Root{}, "", false
}

// path returns the file of a document.
func (c *corpus) path(docID string) string {
	r, path, ok := c.root(docID)
	if !ok {
		return docID
	}
	if info, err := os.Stat(r.Dir); err == nil && !info.IsDir() {
		return r.Dir // the root is this one file
	}
	return filepath.Join(r.Dir, filepath.FromSlash(path))
}

// link returns the address of what is cited: the document's own, or else one that
// its root's url gives it; empty if there is none.
func (c *corpus) link(s rag.Citation) string {
	if s.URL != "" {
		return s.URL
	}
	r, path, ok := c.root(s.DocID)
	if !ok {
		return ""
	}
	return r.Link(path, s.Line, s.Page)
}

// engine joins the parts that answer.
func (c *corpus) engine(cfg *config.Config) *rag.Engine {
	search, quotes := retrieve.New(c.index, append([]rag.Embedder{c.embed}, c.former...)...), answer.NewExtractive(c.index)
	if c.models.embed != nil {
		quotes = quotes.ByWords()
	}
	e := &rag.Engine{Retriever: search, Answerer: quotes, Top: cfg.Top, Strict: cfg.Strict, AsOf: c.asOf, Speller: c.index, Refused: c.refused}
	if c.models.embed != nil || c.writer != nil {
		e.Private = c.models.private
	}
	if lexicon, ok := c.embed.(interface{ Knows(word string) bool }); ok {
		e.Known = lexicon.Knows
	}
	if c.writer == nil {
		return e
	}
	m := c.models
	e.Retriever = &retrieve.Assisted{Retriever: search, Index: c.index, Generator: c.writer, Templates: m.templates,
		Tokens: cfg.ContextTokens, Private: m.private}
	e.Quotes = quotes
	e.Answerer = answer.NewLLM(answer.LLMOptions{Quotes: quotes, Generator: c.writer, Templates: m.templates,
		ContextTokens: cfg.ContextTokens, Private: m.private, Secret: c.secret, Version: c.edition})
	return e
}

// writerName is the name of the language model; empty if there is none.
func (c *corpus) writerName() string {
	if c.writer == nil {
		return ""
	}
	return c.writer.Model()
}

// rootsExist complains about folders that do not exist, unless they did and
// there is an index to answer from.
func (p *program) rootsExist(work string) error {
	indexed := slices.ContainsFunc(p.cfg.Places(work, p.cacheFolder()), func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "index.db"))
		return err == nil
	})
	for _, r := range p.cfg.Docs {
		_, err := os.Stat(r.Dir)
		if err == nil || indexed {
			continue
		}
		why := "there is no folder " + r.Dir
		if !errors.Is(err, fs.ErrNotExist) {
			why = fmt.Sprintf("the folder %s cannot be read (%v)", r.Dir, cause(err))
		}
		return usagef("no documents: %s. Name a folder with --docs DIR; in it and below, Footnote reads files named %s.", why, kinds)
	}
	return nil
}

// noDocuments says that nothing can be answered from, and why.
func (c *corpus) noDocuments(states map[string]rag.FileState) error {
	var where []string
	for _, r := range c.roots {
		where = append(where, r.Dir)
	}
	said := fmt.Sprintf("no documents in %s: Footnote reads files named %s, there and below", strings.Join(where, ", "), kinds)
	var refused []rag.FileState
	for _, f := range states {
		if f.Refused != "" {
			refused = append(refused, f)
		}
	}
	if len(refused) > 0 {
		said += "; not read: " + strings.Join(byReason(refused), "; ")
	}
	return noticef("%s", said)
}

// byReason groups refused files: "empty: a.txt, b.txt".
func byReason(refused []rag.FileState) []string {
	const names = 5
	groups := map[string][]string{}
	for _, f := range refused {
		groups[f.Refused] = append(groups[f.Refused], show.Line(f.ID))
	}
	var lines []string
	for why, ids := range groups {
		slices.Sort(ids)
		line := show.Line(why) + ": " + strings.Join(ids[:min(names, len(ids))], ", ")
		if more := len(ids) - names; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(a, b) })
	return lines
}

// cacheFolder is where an index goes if the working folder cannot be written to;
// empty if there is no such place.
func (p *program) cacheFolder() string {
	if dir := p.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if dir := p.getenv("LocalAppData"); dir != "" {
		return dir
	}
	home := p.getenv("HOME")
	switch {
	case home == "":
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Caches")
	}
	return filepath.Join(home, ".cache")
}

// cause returns the error below the operation and path that package os names.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
