package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"footnote/bot/show"
	"footnote/rag/eval"
)

// An outcome is what an evaluation found.
type outcome struct {
	metrics    []eval.Metric
	comparison *eval.Comparison // nil: there is no baseline
	checks     []eval.Check
	errors     []eval.Row
	judged     []string // how far the judge agrees with other figures
	asked      int
	failed     int  // questions without an answer
	allowed    int  // of those
	kept       bool // the results are in a file of the user's
	lost       int  // gold that counts no more
}

// shut tells whether a gate failed.
func (o *outcome) shut() bool {
	return slices.ContainsFunc(o.checks, func(c eval.Check) bool { return c.Failed })
}

// forJUnit returns the rows as a build server is to see them: errors that are allowed
// make no build fail. They are cases that did not pass, which only critical ones must.
func (o *outcome) forJUnit(rows []eval.Row) []eval.Row {
	if o.failed > o.allowed {
		return rows
	}
	rows = slices.Clone(rows)
	for i, r := range rows {
		if r.Error != "" {
			rows[i].Verdict, rows[i].Answer, rows[i].Error = "could not be asked", r.Error, ""
			rows[i].Metrics = map[string]float64{"passed": 0}
		}
	}
	return rows
}

// headline are the metrics of the table of all questions; the report has all.
func headline() []string {
	return []string{"passed", "hit@1", "hit@5", "hit@8", "hit@10", "recall@10", "mrr", "ndcg@10", "doc_hit@1", "doc_hit@5", "doc_mrr",
		"contained", "f1", "em", "shown", "words_shown", "answered", "answer_precision", "answered_wrongly", "refused", "refused_wrongly", "refusal_precision", "refusal_recall", "refusal_f1", "auroc",
		"citation_precision", "citation_recall", "citation_right", "quote_exact", "unverified", "judged_correct", "judged_support", "judged_precision",
		"latency_p50", "latency_p95", "latency_p99", "prompt_tokens", "completion_tokens", "error_rate"}
}

// perType are those of the table by type.
func perType() []string {
	return []string{"passed", "hit@1", "hit@5", "mrr", "contained", "answered", "refused", "citation_right"}
}

// A grid is a table: its first row is the head.
type grid [][]string

// all returns the metrics of all questions.
func (o *outcome) all() grid {
	g := grid{{"metric", "value", "95 % interval", "scored/asked"}}
	if o.comparison != nil {
		g[0] = append(g[0], "change", "95 % interval", "p")
	}
	for _, name := range headline() {
		m, ok := o.metric(name, "")
		if !ok || strings.HasSuffix(name, "_tokens") && m.Value == 0 {
			continue
		}
		row := []string{name, figure(name, m.Value), figure(name, m.Low) + " to " + figure(name, m.High), fmt.Sprintf("%d/%d", m.Scored, m.Asked)}
		if o.comparison != nil {
			row = append(row, o.change(name)...)
		}
		g = append(g, row)
	}
	return g
}

// change returns the cells that tell how a metric has changed.
func (o *outcome) change(name string) []string {
	i := slices.IndexFunc(o.comparison.Changes, func(c eval.Change) bool { return c.Name == name })
	if i < 0 {
		return []string{"", "", ""}
	}
	c := o.comparison.Changes[i]
	signed := func(v float64) string {
		if s := figure(name, v); v >= 0 {
			return "+" + s
		} else {
			return s
		}
	}
	return []string{signed(c.Diff), signed(c.Low) + " to " + signed(c.High), fmt.Sprintf("%.3f", c.P)}
}

// byType returns the metrics of each type, nil if there are not several.
func (o *outcome) byType() grid {
	g := grid{{"type", "questions"}}
	var names []string
	for _, name := range perType() {
		if slices.ContainsFunc(o.metrics, func(m eval.Metric) bool { return m.Group != "" && m.Name == name }) {
			names = append(names, name)
		}
	}
	g[0] = append(g[0], names...)
	for _, m := range o.metrics {
		if m.Group == "" || m.Name != "error_rate" { // which every question has
			continue
		}
		row := []string{show.Line(m.Group), fmt.Sprint(m.Asked)}
		for _, name := range names {
			cell := "-"
			if v, ok := o.metric(name, m.Group); ok {
				cell = figure(name, v.Value)
			}
			row = append(row, cell)
		}
		g = append(g, row)
	}
	if len(g) == 1 {
		return nil
	}
	return g
}

func (o *outcome) metric(name, group string) (eval.Metric, bool) {
	i := slices.IndexFunc(o.metrics, func(m eval.Metric) bool { return m.Name == name && m.Group == group })
	if i < 0 {
		return eval.Metric{}, false
	}
	return o.metrics[i], true
}

// figure writes a value in its unit.
func figure(name string, v float64) string {
	switch {
	case eval.IsShare(name):
		return fmt.Sprintf("%.3f", v)
	case strings.HasPrefix(name, "latency"):
		return fmt.Sprintf("%.1f ms", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// notes returns what is to be said in sentences: errors, gates and the questions that
// were won and lost.
func (o *outcome) notes() (said []string) {
	if o.lost > 0 {
		said = append(said, fmt.Sprintf("Sources of the cases that are not in the documents, and count no more: %d.", o.lost))
	}
	if o.failed > 0 {
		line := fmt.Sprintf("%s of %d could not be asked", show.Count(o.failed, "question"), o.asked)
		if o.failed > o.allowed {
			line += ": the evaluation is incomplete. The same command asks them again"
			if !o.kept {
				line += ", and all others: with --out FILE it would not"
			}
		}
		said = append(said, line+".")
	}
	const most = 5
	for _, r := range o.errors[:min(most, len(o.errors))] {
		said = append(said, "  "+show.Line(r.ID+": "+r.Error))
	}
	said = append(said, o.judged...)
	for _, c := range o.checks {
		how := "passed"
		if c.Failed {
			how = "FAILED"
		}
		said = append(said, fmt.Sprintf("%s: %s (%s)", how, show.Line(c.Name), show.Line(c.Why)))
	}
	return said
}

// text writes the outcome for a terminal.
func (o *outcome) text(w io.Writer) {
	for _, g := range []grid{o.all(), o.byType()} {
		if g == nil {
			continue
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, row := range g {
			fmt.Fprintln(t, strings.Join(row, "\t"))
		}
		t.Flush() // into a buffer
		fmt.Fprintln(w)
	}
	if o.comparison != nil {
		fmt.Fprintln(w, o.compared())
		for _, list := range o.turned() {
			for _, p := range list.pairs {
				fmt.Fprintf(w, "%s: %s: %s\n    before: %s\n    now:    %s\n", list.name, show.Line(p.ID), show.Line(p.Question), short(p.Old), short(p.New))
			}
		}
	}
	for _, line := range o.notes() {
		fmt.Fprintln(w, line)
	}
}

// turned are questions that turned out otherwise than in the baseline.
type turned struct {
	name  string
	pairs []eval.Pair
}

func (o *outcome) turned() []turned {
	if o.comparison == nil {
		return nil
	}
	return []turned{{"Won", o.comparison.Won}, {"Lost", o.comparison.Lost}}
}

// compared says in a line how a run differs from the baseline.
func (o *outcome) compared() string {
	c := o.comparison
	s := fmt.Sprintf("Against the baseline: %s compared, %d won, %d lost.", show.Count(c.Paired, "question"), len(c.Won), len(c.Lost))
	if c.Changed > 0 {
		s += fmt.Sprintf(" %s left out: the same id asks or expects something else there.", show.Count(c.Changed, "question"))
	}
	return s
}

// short returns an answer as one line that is not too long.
func short(answer string) string {
	const most = 200
	s := show.Line(answer)
	if rs := []rune(s); len(rs) > most {
		s = string(rs[:most]) + "…"
	}
	if s == "" {
		return "(no answer)"
	}
	return s
}

// markdown writes the outcome for a page, such as the summary of a job.
func (o *outcome) markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("## Evaluation\n")
	o.all().markdown(&b)
	o.byType().markdown(&b)
	if o.comparison != nil {
		b.WriteString("\n" + o.compared() + "\n")
	}
	for _, list := range o.turned() {
		g := grid{{"id", "question", "before", "now"}}
		for _, p := range list.pairs {
			g = append(g, []string{p.ID, p.Question, short(p.Old), short(p.New)})
		}
		if len(g) > 1 {
			b.WriteString("\n### " + list.name + "\n")
			g.markdown(&b)
		}
	}
	for i, line := range o.notes() {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("- " + escapeCell(line) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown writes a table after a blank line; nothing if there is none.
func (g grid) markdown(b *strings.Builder) {
	for i, row := range g {
		if i == 0 {
			b.WriteString("\n")
		}
		for _, cell := range row {
			b.WriteString("| " + escapeCell(cell) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
}

// escapeCell returns s as plain text of one cell: nothing in it is markup.
func escapeCell(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "&", "&amp;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "#", `\#`).Replace(show.Line(s))
}
