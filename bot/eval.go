package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/eval"
)

func (p *program) evalCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure the answers against questions whose answers are known",
		Long: `Ask the questions of a file of cases and measure the answers. Documents that are
new or changed are read first, and all vectors made.

A case is a JSON object on a line of its own. Only its question is required:

  {"question": "How long is parental leave?", "answers": ["16 weeks"],
   "gold": [{"doc": "handbook/leave", "text": "Parental leave is 16 weeks"}]}

The results are written to --out as they come, one JSON object a line. Stopped
at any time, the same command goes on from there.`,
		Example: `  footnote eval --docs handbook --questions cases.jsonl --out results.jsonl \
      --html report.html
  footnote eval --questions cases.jsonl --baseline old.jsonl \
      --fail-if "hit@5 < 0.9" --fail-if-worse 0.02`,
		Args: cobra.NoArgs,
		RunE: interruptible(p.eval),
	}
	p.cfg.Flags(cmd.Flags(), append([]string{"questions", "out", "force", "html", "baseline", "fail-if", "fail-if-worse",
		"allow-errors", "judge-model", "judge-url", "junit", "summary", "seed", "top", "strict"}, config.ModelFlags()...)...)
	cmd.AddCommand(p.evalInitCommand(), p.evalReviewCommand(), p.evalExportCommand())
	return cmd
}

// An evaluation is one run of footnote eval.
type evaluation struct {
	p        *program
	c        *corpus
	cases    []eval.Case
	gates    []eval.Gate
	baseline []eval.Row // light; nil: none

	run      string // names settings, documents and cases
	stock    stock
	texts    *texts
	results  *results
	problems int // gold that counts no more
}

func (p *program) eval(ctx context.Context, _ []string) (err error) {
	// All that may be wrong with the command is found before anything takes long.
	e, err := p.evaluation()
	if err != nil {
		return err
	}
	if j := p.cfg.Eval; j.JudgeModel != "" && j.JudgeModel == p.cfg.LLM.Model && cmp.Or(j.JudgeURL, p.cfg.LLM.URL) == p.cfg.LLM.URL {
		p.tell("%s judges its own answers: models find those better than others do. Name another one with --judge-model.", show.Line(j.JudgeModel))
	}
	p.cfg.LLM.Patient = true
	if e.c, err = p.open(ctx, true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.c.close()) }()
	if err := e.prepare(ctx); err != nil {
		return err
	}
	if e.results, err = openResults(p.cfg.Out, e.run, p.cfg.Force); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.results.close()) }()
	if err := e.ask(ctx); err != nil {
		if p.cfg.Out != "" && ctx.Err() != nil {
			p.tell("What was answered is kept in %s: run the same command again to go on.", p.cfg.Out)
		}
		return err
	}
	if err := e.results.sort(e.cases); err != nil {
		return err
	}
	return e.conclude()
}

// evaluation reads what the command names.
func (p *program) evaluation() (*evaluation, error) {
	e := &evaluation{p: p}
	cfg := p.cfg.Eval
	if cfg.Questions == "" {
		return nil, usagef("there are no questions: name a file of cases with --questions FILE; footnote eval init writes one to begin with")
	}
	if err := p.apart(); err != nil {
		return nil, err
	}
	for _, s := range cfg.FailIf {
		g, err := eval.ParseGate(s)
		if err != nil {
			return nil, usagef("--fail-if %q: %w", s, err)
		}
		e.gates = append(e.gates, g)
	}
	if cfg.FailIfWorse != nil && cfg.Baseline == "" {
		return nil, usagef("--fail-if-worse compares with an earlier run: name its results with --baseline FILE")
	}
	var err error
	if e.cases, err = readCases(cfg.Questions); err != nil {
		return nil, err
	}
	if cfg.Baseline != "" {
		e.baseline, err = readBaseline(cfg.Baseline)
	}
	return e, err
}

// apart complains about files to write that cannot be, or that are named twice.
func (p *program) apart() error {
	cfg, used := p.cfg.Eval, map[string]string{}
	for _, f := range []struct{ flag, path string }{
		{"--questions", cfg.Questions}, {"--baseline", cfg.Baseline}, {"--out", p.cfg.Out},
		{"--html", cfg.HTML}, {"--junit", cfg.JUnit}, {"--summary", cfg.Summary},
	} {
		if f.path == "" {
			continue
		}
		if info, err := os.Stat(f.path); err == nil && info.IsDir() {
			return usagef("%s %s is a folder: name a file", f.flag, f.path)
		}
		abs, err := filepath.Abs(f.path)
		if err != nil {
			return fmt.Errorf("find %s: %w", f.path, err)
		}
		if other := used[abs]; other != "" {
			return usagef("%s and %s are both %s: name two files", other, f.flag, f.path)
		}
		used[abs] = f.flag
	}
	return nil
}

func readCases(path string) ([]eval.Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("the questions cannot be read: %s: %w", path, cause(err))
	}
	defer f.Close()
	cases, err := eval.ReadCases(f, path)
	if err != nil {
		return nil, usageError{err}
	}
	return cases, nil
}

// prepare brings the index up to date and finds the gold of the cases.
func (e *evaluation) prepare(ctx context.Context) (err error) {
	p, c := e.p, e.c
	if e.stock, err = p.indexed(ctx, c); err != nil {
		return err
	}
	if e.run, err = e.runID(ctx); err != nil {
		return err
	}
	if e.texts, err = c.texts(ctx); err != nil {
		return err
	}
	locator := eval.NewLocator(e.cases)
	if err := e.texts.each(ctx, locator.See); err != nil {
		return err
	}
	all := locator.Gold()
	problems := locator.Done()
	const most = 20
	for i, problem := range problems {
		if problem.Lost {
			e.problems++
		}
		if i < most {
			p.tell("%s:%d: %s.", p.cfg.Eval.Questions, problem.Line, problem.What)
		}
	}
	if n := len(problems) - most; n > 0 {
		p.tell("And %s of the same kind.", show.Count(n, "problem"))
	}
	if e.problems > 0 && e.problems == all {
		return noticef("none of the sources that the cases name is in the documents: these cases are about others, or --docs names another folder")
	}
	return nil
}

// indexed reads what changed, and makes all vectors: figures that rest on words
// alone for a part of the documents would be neither here nor there.
func (p *program) indexed(ctx context.Context, c *corpus) (stock, error) {
	if c.db.ReadOnly {
		if err := p.notSynced(c); err != nil {
			return stock{}, err
		}
	} else {
		m := p.meter()
		r := c.read(ctx, false, m.show)
		<-r.done
		m.end()
		if r.err != nil {
			return stock{}, r.err
		}
		c.asOf = r.asOf
		for _, t := range troubles(r.report) {
			p.tell("%s", t)
		}
	}
	s, files, err := c.stock(ctx)
	switch {
	case err != nil:
		return s, err
	case s.documents == 0:
		return s, c.noDocuments(files)
	case s.withVectors < s.passages:
		return s, errNoVectors{s.withVectors, s.passages}
	}
	return s, nil
}

// errNoVectors refuses to measure an index that is not whole.
type errNoVectors struct{ have, all int }

func (e errNoVectors) Error() string {
	return fmt.Sprintf("only %s of %s passages of the index have vectors, and another process has it: wait until it is done, or stop it",
		show.Number(e.have), show.Number(e.all))
}

// conclude writes all reports, and returns an error if a gate is shut.
func (e *evaluation) conclude() error {
	cfg := e.p.cfg.Eval
	rows := e.results.light(e.cases)
	o := e.outcome(rows)
	var table bytes.Buffer
	o.text(&table)
	if _, err := table.WriteTo(e.p.stdout); err != nil {
		return fmt.Errorf("print the figures: %w", err)
	}
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{cfg.Summary, func(w io.Writer) error { return o.markdown(w) }},
		{cfg.JUnit, func(w io.Writer) error { return eval.WriteJUnit(w, o.forJUnit(rows), o.checks) }},
		{cfg.HTML, func(w io.Writer) error { return e.report(w, rows, o) }},
	} {
		if f.path == "" {
			continue
		}
		if err := writeFile(f.path, true, f.write); err != nil {
			return err
		}
	}
	switch {
	case o.failed > cfg.AllowErrors:
		return errUnanswered
	case o.shut():
		return errGate
	}
	return nil
}

// outcome measures the rows.
func (e *evaluation) outcome(rows []eval.Row) *outcome {
	cfg := e.p.cfg.Eval
	seed := uint64(cfg.Seed)
	o := &outcome{metrics: eval.Summarise(rows, seed), asked: len(rows), allowed: cfg.AllowErrors, lost: e.problems, kept: !e.results.temp}
	for _, r := range rows {
		if r.Error != "" {
			o.failed++
			o.errors = append(o.errors, r)
		}
	}
	o.judged = agreement(rows)
	for _, g := range e.gates {
		o.checks = append(o.checks, g.Check(o.metrics))
	}
	if e.baseline != nil {
		c := eval.Compare(e.baseline, rows, seed)
		o.comparison = &c
		if cfg.FailIfWorse != nil {
			o.checks = append(o.checks, c.Worse(*cfg.FailIfWorse))
		}
	}
	if c, ok := eval.CriticalCases(rows); ok {
		o.checks = append(o.checks, c)
	}
	return o
}

// report writes the HTML report.
func (e *evaluation) report(w io.Writer, rows []eval.Row, o *outcome) error {
	cfg := e.p.cfg.Eval
	seed := uint64(cfg.Seed)
	r := eval.Report{Title: filepath.Base(cfg.Questions), When: e.p.now(), Documents: e.stock.documents, Passages: e.stock.passages,
		Model: e.c.writerName(), Embedder: e.c.embed.Model(), Metrics: o.metrics,
		Curve: eval.Curve(rows, seed), Thresholds: eval.Thresholds(rows, 100)}
	for _, row := range rows {
		if ms, ok := row.Metrics["latency"]; ok {
			r.Latencies = append(r.Latencies, ms)
		}
		whole, err := e.results.row(row.ID)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, whole)
	}
	if e.baseline != nil {
		r.Changes = o.comparison.Changes
		r.Baseline, r.BaselineRows = eval.Summarise(e.baseline, seed), map[string]eval.Row{}
		err := eachBaselineRow(cfg.Baseline, func(row eval.Row) { r.BaselineRows[row.ID] = row })
		if err != nil {
			return err
		}
	}
	return eval.WriteReport(w, r)
}

// runID names what the results depend on, in three parts: the settings, the
// documents and the cases.
func (e *evaluation) runID(ctx context.Context) (string, error) {
	cfg := e.p.cfg
	files, err := filepath.Glob(filepath.Join(cfg.Prompts, "*"))
	if cfg.Prompts == "" || err != nil {
		files = nil
	}
	prompts := ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return "", fmt.Errorf("read the prompts: %w", err)
		}
		prompts += hashOf(filepath.Base(f), string(b))
	}
	judge := ""
	if j := e.judge(); j != nil {
		judge = j.Generator.Model()
	}
	program, err := programHash()
	if err != nil {
		return "", err
	}
	settings := hashOf(program, judge, cfg.Top, cfg.Strict, cfg.ContextTokens, e.c.writerName(), rag.Recipe(e.c.embed), cfg.LocalOnly, prompts)
	return strings.Join([]string{settings, hashOf(e.c.edition), hashOf(e.cases)}, "-"), nil
}
