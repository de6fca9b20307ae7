package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"footnote/bot/chat"
	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/show"
	"footnote/rag"
)

func (p *program) chatCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "Answer questions in a conversation",
		Long: `Answer questions in a conversation. Documents that are new or changed are read
first, and their vectors are made while you ask.

` + chat.Help,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.chat(cmd.Context()) },
	}
	p.cfg.Flags(cmd.Flags(), append([]string{"top", "strict", "no-history"}, config.ModelFlags()...)...)
	return cmd
}

func (p *program) chat(ctx context.Context) (err error) {
	// Up to the first prompt, Ctrl-C ends it all; a second one does not wait.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	starting, started := signal.NotifyContext(ctx, os.Interrupt)
	defer started()
	keep := context.AfterFunc(starting, func() { started(); stop() })

	c, err := p.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	r, err := p.beginReading(ctx, c)
	if err != nil {
		return err
	}
	if r != nil {
		defer func() { err = errors.Join(err, r.end()) }()
	}
	opening, err := p.opening(ctx, c)
	if err != nil {
		return err
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	if !keep() {
		return starting.Err()
	}
	started()
	fmt.Fprint(p.stdout, opening)
	talk := &chat.Chat{
		Library: &library{p, c}, Lines: p.lines(interrupts), Out: p.stdout, Interrupts: interrupts,
		Markdown: p.markdown, Nearest: config.Nearest, Typo: config.Typo, Problem: p.problem,
	}
	if r != nil {
		talk.Notes = p.notes(r)
	}
	return talk.Run(ctx)
}

// markdown writes a question and its answer, with fixed words in its language.
func (p *program) markdown(question string, a rag.Answer) (string, error) {
	t, err := p.terminal(question)
	return show.Markdown(t.Fixed.Words, question, a), err
}

// fewFiles is how many unread files are named at the opening of a chat.
const fewFiles = 10

// aMoment is enough for the vectors of the seeds, or of a few new documents.
const aMoment = 3 * time.Second

// beginReading brings all words up to date and leaves the vectors to the
// background, if they take long. It returns nil if the index may not be written to.
func (p *program) beginReading(ctx context.Context, c *corpus) (*reading, error) {
	if c.db.ReadOnly {
		return nil, p.notSynced(c)
	}
	m := p.meter()
	defer m.end()
	r := c.read(ctx, false, m.show)
	err := r.waitWords(ctx)
	if err == nil {
		c.asOf = r.asOf
		err = r.waitVectors(ctx, aMoment)
	}
	if err != nil {
		r.told = true
		m.end()
		err = p.wordsInstead(errors.Join(err, r.end()))
		c.asOf = r.asOf
		return nil, err
	}
	return r, nil
}

// notes returns a function that tells, once, how the reading ended.
func (p *program) notes(r *reading) func() []string {
	return func() []string {
		if r.told || !r.ended() {
			return nil
		}
		r.told = true
		lines := troubles(r.report)
		if r.err != nil {
			lines = append(lines, "Not all vectors could be made. "+p.problem(r.err))
		}
		return lines
	}
}

// opening says what can be asked about.
func (p *program) opening(ctx context.Context, c *corpus) (string, error) {
	s, files, err := c.stock(ctx)
	if err != nil {
		return "", err
	}
	if s.documents == 0 {
		return "", c.noDocuments(files)
	}
	var where []string
	for _, r := range c.roots {
		where = append(where, r.Dir)
	}
	t, err := p.terminal("")
	if err != nil {
		return "", err
	}
	when := "not all read yet"
	if !c.asOf.IsZero() {
		when = "read " + t.Age(c.asOf)
	}
	said := fmt.Sprintf("%s in %s, %s.\n", show.Count(s.documents, "document"), show.Line(strings.Join(where, ", ")), when)
	switch n := len(s.refused); {
	case n > fewFiles:
		said += t.Paragraph(show.Unread(t.Fixed.Words, rag.CountUnread(s.refused, rag.Scope{All: true})) + " (footnote sources).")
	case n > 0:
		said += t.Paragraph(fmt.Sprintf("Not read (%s): %s.", show.Count(n, "file"), strings.Join(byReason(s.refused), "; ")))
	}
	if c.models.llm == nil && c.models.embed == nil {
		said += "Nothing leaves this machine.\n"
	}
	if first := s.wordsFirst(t.Fixed.Words); first != "" {
		said += t.Paragraph(first)
	}
	try, err := c.examples(ctx, p.cfg, files, rag.Scope{All: true}, maxExamples)
	if err != nil {
		return "", err
	}
	if len(try) > 0 {
		said += "\nYou could ask:\n    " + strings.Join(try, "\n    ") + "\n"
	}
	return said + "/help shows what else there is; Ctrl-D leaves.\n\n", nil
}

// lines reads from the terminal with editing where there is one to draw on.
func (p *program) lines(interrupts <-chan os.Signal) chat.Lines {
	plain := chat.NewPipe(p.stdin, p.stdout, !isTerminal(p.stdin), interrupts)
	if p.cfg.Plain || p.getenv("TERM") == "dumb" || !isTerminal(p.stdin) || !isTerminal(p.stdout) || p.stdin != os.Stdin {
		return plain
	}
	e, err := chat.NewEditor(p.history())
	if err != nil {
		p.tell("Lines cannot be edited: %v", err)
		return plain
	}
	return e
}

// history opens the file of what was asked before; without one, the chat works
// just as well.
func (p *program) history() *chat.History {
	if p.cfg.NoHistory {
		return nil
	}
	dir := p.getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(p.getenv("HOME"), ".local", "state")
	}
	var h *chat.History
	err := errors.New("there is no home folder")
	if filepath.IsAbs(dir) {
		h, err = chat.OpenHistory(filepath.Join(dir, "footnote", "history"))
	}
	if err != nil {
		p.tell("What you ask is not kept for next time: %v", err)
		return nil
	}
	return h
}

// A library is a corpus as a conversation sees it.
type library struct {
	p *program
	c *corpus
}

// Ask implements chat.Library, like the methods below.
func (l *library) Ask(ctx context.Context, q rag.Question) (rag.Answer, error) {
	s, _, err := l.c.stock(ctx)
	if err != nil {
		return rag.Answer{}, err
	}
	t, err := l.p.terminal(q.Text)
	if err != nil {
		return rag.Answer{}, err
	}
	t.Documents, t.Model = s.documents, l.c.writerName()
	reply := t.Reply()
	a, err := l.c.engine(l.p.cfg).Ask(ctx, q, reply.Sentence)
	switch {
	case err != nil && ctx.Err() != nil:
		return a, errors.Join(err, reply.Cancelled(a))
	case err != nil:
		return a, err
	}
	l.p.tellFault(a)
	s.degrade(&a, t.Fixed.Words)
	return a, reply.End(a)
}

func (l *library) Source(ctx context.Context, a rag.Answer, n int) error {
	t, err := l.p.terminal(a.Query)
	if err != nil {
		return err
	}
	if n == 0 {
		return t.Sources(a)
	}
	c := a.Citations[n-1]
	ps, err := l.c.index.Passages(ctx, c.DocID)
	if err != nil {
		return fmt.Errorf("read the passages of %s: %w", c.DocID, err)
	}
	for _, p := range ps {
		if p.Span.Start <= c.Span.Start && c.Span.End <= p.Span.End {
			return t.Source(c, p)
		}
	}
	return noticef("%s has changed since the answer: ask again", c.DocID)
}

// Open opens nothing where nobody watches, such as in a pipe.
func (l *library) Open(ctx context.Context, c rag.Citation) error {
	path, link := l.c.path(c.DocID), l.c.link(c)
	if !webAddress(link) {
		link = ""
	}
	fmt.Fprintf(l.p.stdout, "%s:%d\n", show.Line(path), c.Line)
	if link != "" {
		fmt.Fprintln(l.p.stdout, show.Line(link))
	}
	if !isTerminal(l.p.stdout) {
		return nil
	}
	return l.p.openOnDesktop(ctx, cmp.Or(link, path))
}

func (l *library) Vote(ctx context.Context, v chat.Vote) error {
	if l.c.db.ReadOnly {
		return noticef("votes cannot be kept now: another footnote process has the index, or it is read only")
	}
	vote := -1
	if v.Good {
		vote = 1
	}
	return l.c.db.AddFeedback(ctx, db.Feedback{AnswerID: v.AnswerID, Question: v.Question,
		Verdict: string(v.Verdict), Vote: vote, Comment: v.Comment, At: time.Now()})
}
