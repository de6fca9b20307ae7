package eval

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A unit says how a metric's value is written.
type unit int

const (
	ratio   unit = iota // 0 to 1, three decimals
	percent             // 0 to 1, as per cent
	millis              // milliseconds
	amount              // a number of words or tokens
)

// caption says what a metric is called in a report.
type caption struct {
	name, label string
	section     string
	unit        unit
	headline    bool
}

// captions returns the known metrics in the order in which a report shows them.
func captions() []caption {
	const overall, finding, answering, refusing, citing, cost = "Overall", "Finding the paragraph", "Answers", "Refusing", "Citations", "Time and tokens"
	return []caption{
		{"passed", "Questions passed", overall, percent, true},
		{"answered", "Questions answered, in full or in part", overall, percent, false},
		{"error_rate", "Questions that failed", overall, percent, false},
		{"hit@1", "Right paragraph comes first", finding, percent, false},
		{"hit@5", "Right paragraph among the first 5", finding, percent, true},
		{"hit@8", "Right paragraph among the first 8", finding, percent, false},
		{"hit@10", "Right paragraph among the first 10", finding, percent, false},
		{"recall@5", "Right paragraphs found in the first 5", finding, percent, false},
		{"recall@10", "Right paragraphs found in the first 10", finding, percent, false},
		{"mrr", "Mean reciprocal rank in the first 10", finding, ratio, true},
		{"ndcg@10", "nDCG of the first 10", finding, ratio, false},
		{"doc_hit@1", "Right document comes first", finding, percent, false},
		{"doc_hit@5", "Right document among the first 5", finding, percent, false},
		{"doc_hit@8", "Right document among the first 8", finding, percent, false},
		{"doc_hit@10", "Right document among the first 10", finding, percent, false},
		{"doc_recall@5", "Right documents found in the first 5", finding, percent, false},
		{"doc_recall@10", "Right documents found in the first 10", finding, percent, false},
		{"doc_mrr", "Mean reciprocal rank of the document in the first 10", finding, ratio, false},
		{"doc_ndcg@10", "nDCG of the first 10 documents", finding, ratio, false},
		{"contained", "Expected answer is in the reply", answering, percent, true},
		{"em", "Exactly the expected answer", answering, percent, false},
		{"f1", "Words shared with the expected answer (F1)", answering, percent, false},
		{"shown", "Text of the right paragraph is shown", answering, percent, false},
		{"words_shown", "Words shown, median of questions with an answer", answering, amount, false},
		{"answer_precision", "Answers that were right (precision)", answering, percent, false},
		{"answered_wrongly", "Questions without an answer that were answered", answering, percent, false},
		{"refused", "Questions refused", refusing, percent, false},
		{"refused_wrongly", "Questions with an answer that were refused", refusing, percent, false},
		{"refusal_precision", "Refusals that were right (precision)", refusing, percent, false},
		{"refusal_recall", "Questions without an answer that were refused (recall)", refusing, percent, false},
		{"refusal_f1", "Refusing where it is right (F1)", refusing, percent, true},
		{"auroc", "Score tells answerable from not (AUROC)", refusing, ratio, false},
		{"citation_right", "Questions whose answer cites a right paragraph", citing, percent, true},
		{"citation_precision", "Cited paragraphs that are right, per answer that cites", citing, percent, false},
		{"citation_recall", "Right paragraphs that are cited, per question", citing, percent, false},
		{"quote_exact", "Quotes letter for letter in their document, per answer", citing, percent, true},
		{"unverified", "Sentences that could not be verified, per answer", citing, percent, true},
		{"latency_p50", "Time of an answer, median", cost, millis, true},
		{"latency_p95", "Time of an answer, 95 of 100 are faster", cost, millis, false},
		{"latency_p99", "Time of an answer, 99 of 100 are faster", cost, millis, false},
		{"prompt_tokens", "Tokens sent to the model", cost, amount, false},
		{"completion_tokens", "Tokens written by the model", cost, amount, false},
	}
}

// figure is a metric in words.
type figure struct {
	Name, Label, Section    string
	Value, Interval, Scored string
	Baseline                string // its value then; empty: not known
	Change                  string // "+2.1 points"; empty: not known
	Range                   string // its 95 % interval; empty: not known
	Verdict                 string // "better", "worse", "higher", "lower", "same" or "unclear"
	group                   string
	headline                bool
}

// unclear is the verdict on a difference that may be chance: its interval holds zero
// or, where it has none, the intervals of the two figures overlap.
const unclear = "unclear"

// section is a part of the table of figures.
type section struct {
	Name        string
	Figures     []figure
	HasBaseline bool
}

// figures are all metrics of a report, in the order of captions, then in their own.
type figures []figure

func newFigures(now, then []Metric, changes []Change) figures {
	order := map[string]int{}
	known := captions()
	for i, c := range known {
		order[c.name] = i
	}
	for _, m := range now {
		if _, ok := order[m.Name]; !ok {
			order[m.Name] = len(known)
			known = append(known, caption{name: m.Name, label: m.Name, section: "Other"})
		}
	}
	earlier := map[[2]string]Metric{}
	for _, m := range then {
		earlier[[2]string{m.Group, m.Name}] = m
	}
	sorted := slices.Clone(now)
	slices.SortStableFunc(sorted, func(a, b Metric) int { return order[a.Name] - order[b.Name] })
	var fs figures
	for _, m := range sorted {
		before, ok := earlier[[2]string{m.Group, m.Name}]
		if !ok {
			before.Value = math.NaN()
		}
		f := newFigure(known[order[m.Name]], m, before)
		if i := slices.IndexFunc(changes, func(c Change) bool { return c.Name == m.Name }); i >= 0 && m.Group == "" && f.Change != "" {
			f.compare(known[order[m.Name]].unit, changes[i])
		}
		fs = append(fs, f)
	}
	return fs
}

func newFigure(c caption, m, before Metric) figure {
	f := figure{
		Name: reveal(m.Name), Label: reveal(c.label), Section: c.section, group: m.Group, headline: c.headline,
		Value: c.unit.format(m.Value), Scored: fmt.Sprintf("%s of %s", thousands(m.Scored), thousands(m.Asked)),
	}
	if m.Scored == 0 || math.IsNaN(m.Value) {
		f.Value = "none scored"
		return f
	}
	if !math.IsNaN(m.Low) && !math.IsNaN(m.High) {
		f.Interval = c.unit.bare(m.Low) + " to " + c.unit.bare(m.High)
	}
	if math.IsNaN(before.Value) {
		return f
	}
	f.Baseline = c.unit.format(before.Value)
	f.Change, f.Verdict = c.unit.change(m.Value-before.Value, m.Better)
	if f.Verdict != "same" && m.Low <= before.High && before.Low <= m.High {
		f.Verdict = unclear
	}
	return f
}

// compare puts the difference over the questions that both runs scored in place of
// that of the two figures. An interval that holds zero leaves open which is better.
func (f *figure) compare(u unit, c Change) {
	f.Change, f.Verdict = u.change(c.Diff, c.Better)
	if f.Verdict == "same" || math.IsNaN(c.Low) || math.IsNaN(c.High) {
		return
	}
	f.Range = u.signed(c.Low) + " to " + u.signed(c.High)
	if c.Low <= 0 && c.High >= 0 {
		f.Verdict = unclear
	}
}

// of returns the figures of a group.
func (fs figures) of(group string) []figure {
	var in []figure
	for _, f := range fs {
		if f.group == group {
			in = append(in, f)
		}
	}
	return in
}

func (fs figures) headline() []figure {
	return slices.DeleteFunc(fs.of(""), func(f figure) bool { return !f.headline })
}

// sections cuts figures, which are in order, where the section changes.
func sections(fs []figure, baseline bool) []section {
	var ss []section
	for _, f := range fs {
		if len(ss) == 0 || ss[len(ss)-1].Name != f.Section {
			ss = append(ss, section{f.Section, nil, baseline})
		}
		last := &ss[len(ss)-1]
		last.Figures = append(last.Figures, f)
	}
	return ss
}

// grid is the headline figures by group: a row for each group.
type grid struct {
	Columns []figure
	Groups  []groupRow
}

type groupRow struct {
	Name, Label string
	Cells       []figure // one for each column; its Value is empty where there is none
}

// byType returns the headline figures of all questions and of each type.
func (fs figures) byType() grid {
	g := grid{Columns: fs.headline()}
	var names []string
	for _, f := range fs {
		if f.group != "" && !slices.Contains(names, f.group) {
			names = append(names, f.group)
		}
	}
	if names == nil {
		return g
	}
	slices.Sort(names)
	for _, name := range append(names, "") {
		row := groupRow{Name: name, Label: reveal(name)}
		if name == "" {
			row.Label = "All questions"
		}
		in := fs.of(name)
		for _, c := range g.Columns {
			var cell figure
			if i := slices.IndexFunc(in, func(f figure) bool { return f.Name == c.Name }); i >= 0 {
				cell = in[i]
			}
			row.Cells = append(row.Cells, cell)
		}
		g.Groups = append(g.Groups, row)
	}
	return g
}

// format writes a value with its unit.
func (u unit) format(v float64) string {
	switch u {
	case percent:
		return u.bare(v) + "\u00a0%"
	case millis:
		return u.bare(v) + "\u00a0ms"
	}
	return u.bare(v)
}

// bare writes a value without its unit.
func (u unit) bare(v float64) string {
	switch u {
	case percent:
		return strconv.FormatFloat(100*v, 'f', 1, 64)
	case millis, amount:
		if math.Abs(v) < 100 {
			return strconv.FormatFloat(v, 'f', 1, 64)
		}
		return thousands(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// change writes a difference with its sign, and what it means.
func (u unit) change(d float64, better int) (change, verdict string) {
	size := u.bare(math.Abs(d))
	if strings.Trim(size, "0.") == "" {
		return "no change", "same"
	}
	switch u {
	case percent:
		size += " points"
	case millis:
		size += " ms"
	}
	switch {
	case better == 0 && d > 0:
		verdict = "higher"
	case better == 0:
		verdict = "lower"
	case d*float64(better) > 0:
		verdict = "better"
	default:
		verdict = "worse"
	}
	return sign(d) + size, verdict
}

// signed writes a difference without its unit.
func (u unit) signed(d float64) string { return sign(d) + u.bare(math.Abs(d)) }

func sign(d float64) string {
	if d < 0 {
		return "\u2212"
	}
	return "+"
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}
