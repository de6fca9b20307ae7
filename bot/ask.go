package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"footnote/bot/chat"
	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag"
)

func (p *program) askCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ask [QUESTION]",
		Short: "Answer one question",
		Long: `Answer one question, from the words given or, without any, from standard input.
Documents that are new or changed are read first.`,
		RunE: interruptible(p.ask),
	}
	p.cfg.Flags(cmd.Flags(), append([]string{"top", "strict", "json", "wait", "fail-on-abstain"}, config.ModelFlags()...)...)
	return cmd
}

func (p *program) ask(ctx context.Context, args []string) (err error) {
	began := time.Now()
	question, err := p.question(args)
	if err != nil {
		return err
	}
	c, err := p.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := p.upToDate(ctx, c); err != nil {
		return err
	}
	s, files, err := c.stock(ctx)
	if err != nil {
		return err
	}
	if s.documents == 0 {
		return c.noDocuments(files)
	}
	a, err := p.answer(ctx, c, s, question)
	if err != nil {
		return err
	}
	p.tell("Answered in %s.", took(time.Since(began), a.Usage))
	if a.Verdict == rag.NotFound && p.cfg.FailOnAbstain {
		return errAbstained
	}
	return nil
}

// question returns what is asked: the arguments, or standard input.
func (p *program) question(args []string) (string, error) {
	text := strings.Join(args, " ")
	if len(args) == 0 || text == "-" {
		if isTerminal(p.stdin) {
			return "", usagef(`there is no question. Write footnote ask "..." or pipe one in; footnote chat is for a conversation`)
		}
		read, err := io.ReadAll(io.LimitReader(p.stdin, chat.MaxQuestion+1))
		if err != nil {
			return "", fmt.Errorf("read the question from standard input: %w", err)
		}
		text = string(read)
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\ufffd"))
	switch {
	case text == "":
		return "", usagef("the question is empty")
	case len(text) > chat.MaxQuestion:
		return "", usagef("the question is too long: at most %d bytes", chat.MaxQuestion)
	}
	return text, nil
}

// upToDate reads what changed: all words, then vectors for as long as --wait
// allows.
func (p *program) upToDate(ctx context.Context, c *corpus) error {
	if c.db.ReadOnly {
		return p.notSynced(c)
	}
	m := p.meter()
	defer m.end()
	r := c.read(ctx, false, m.show)
	err := r.waitWords(ctx)
	if err == nil {
		err = r.waitVectors(ctx, p.cfg.Wait)
	}
	r.told = err != nil
	cut := err == nil && !r.ended()
	err = errors.Join(err, r.end())
	m.end()
	if err = p.wordsInstead(err); err != nil {
		return err
	}
	c.asOf = r.asOf
	if cut {
		p.tell("Not all vectors are made yet: run footnote index once to make the rest.")
	}
	for _, t := range troubles(r.report) {
		p.tell("%s", t)
	}
	return nil
}

// wordsInstead tells of an embedding model that failed: words can be searched all
// the same. Another error it returns.
func (p *program) wordsInstead(err error) error {
	var fault *rag.ModelError
	if !errors.As(err, &fault) {
		return err
	}
	p.tell("Not all vectors could be made. %s", p.problem(err))
	return nil
}

// notSynced tells why the documents are not read again.
func (p *program) notSynced(c *corpus) error {
	t, err := p.terminal("")
	if err != nil {
		return err
	}
	when := "they have never been read to the end"
	if !c.asOf.IsZero() {
		when = "last read " + t.Age(c.asOf)
	}
	p.tell("The documents are not read again (%s): another footnote process has the index in %s, or it is read only.", when, c.dir)
	return nil
}

// answer answers a question on standard output.
func (p *program) answer(ctx context.Context, c *corpus, s stock, question string) (rag.Answer, error) {
	q := rag.Question{Text: question, Scope: rag.Scope{All: true}}
	t, err := p.terminal(question)
	if err != nil {
		return rag.Answer{}, err
	}
	if p.cfg.JSON {
		a, err := c.engine(p.cfg).Ask(ctx, q, nil)
		if err != nil {
			return a, err
		}
		p.tellFault(a)
		s.degrade(&a, t.Fixed.Words)
		return a, show.JSON(p.stdout, question, a)
	}
	t.Documents, t.Model = s.documents, c.writerName()
	reply := t.Reply()
	a, err := c.engine(p.cfg).Ask(ctx, q, reply.Sentence)
	if err != nil {
		return a, err
	}
	p.tellFault(a)
	s.degrade(&a, t.Fixed.Words)
	return a, reply.End(a)
}
