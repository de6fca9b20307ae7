package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
)

// A measure is one figure over rows.
type measure struct {
	name   string
	better int
	of     string            // the metric of a row that it is of: see applies; empty: of every row
	scored func(r *Row) bool // whether the row counts
	// figure prepares the figure of rows that are scored: it is taken over those
	// whose indexes are drawn.
	figure func(rows []*Row) func(drawn []int) float64
}

// measures are all there are, in the order of the report.
func measures() []measure {
	all := []measure{mean("passed", 1)}
	for _, prefix := range []string{"", "doc_"} {
		for _, name := range []string{"hit@1", "hit@5", "hit@8", "hit@10", "recall@5", "recall@10", "mrr", "ndcg@10"} {
			all = append(all, mean(prefix+name, 1))
		}
	}
	all = append(all, mean("contained", 1), mean("f1", 1), mean("em", 1), mean("shown", 1), quantileOf("words_shown", "words_shown", .5),
		mean("answered", 0), mean("answer_precision", 1), mean("answered_wrongly", -1), mean("refused", 0), mean("refused_wrongly", -1))
	all = append(all,
		refusal("refusal_precision", func(c Confusion) float64 { return c.Precision }),
		refusal("refusal_recall", func(c Confusion) float64 { return c.Recall }),
		refusal("refusal_f1", func(c Confusion) float64 { return c.F1 }),
		areaUnderROC())
	all = append(all, mean("citation_precision", 1), mean("citation_recall", 1), mean("citation_right", 1),
		mean("quote_exact", 1), mean("unverified", -1),
		mean("judged_correct", 1), mean("judged_support", 1), mean("judged_precision", 1))
	return append(all, quantileOf("latency_p50", "latency", .5), quantileOf("latency_p95", "latency", .95), quantileOf("latency_p99", "latency", .99),
		mean("prompt_tokens", -1), mean("completion_tokens", -1), errorRate())
}

// mean is the mean of a metric of the rows.
func mean(name string, better int) measure {
	return measure{name: name, better: better, of: name,
		scored: func(r *Row) bool { _, ok := r.Metrics[name]; return ok },
		figure: func(rows []*Row) func([]int) float64 {
			values := valuesOf(rows, name)
			return func(drawn []int) float64 { return meanAt(values, drawn) }
		}}
}

func valuesOf(rows []*Row, name string) []float64 {
	values := make([]float64, len(rows))
	for i, r := range rows {
		values[i] = r.Metrics[name]
	}
	return values
}

// refusal is a figure of a Confusion. Without a question that has no answer there is
// nothing that should have been refused, and no figure.
func refusal(name string, of func(Confusion) float64) measure {
	return measure{name: name, better: 1, of: "refused", scored: judgedRefusal,
		figure: func(rows []*Row) func([]int) float64 {
			all := repliesOf(rows)
			return func(drawn []int) float64 {
				c := confusion(func(yield func(Reply) bool) {
					for _, i := range drawn {
						if !yield(all[i]) {
							return
						}
					}
				})
				if c.RightlyRefused+c.WronglyAnswered == 0 {
					return math.NaN()
				}
				return of(c)
			}
		}}
}

// areaUnderROC is the auroc of the score of the best paragraph.
func areaUnderROC() measure {
	return measure{name: "auroc", better: 1, of: "refused", scored: judgedRefusal,
		figure: func(rows []*Row) func([]int) float64 {
			all := repliesOf(rows)
			some := make([]Reply, 0, len(all))
			return func(drawn []int) float64 {
				some = some[:0]
				for _, i := range drawn {
					some = append(some, all[i])
				}
				return auroc(some)
			}
		}}
}

func judgedRefusal(r *Row) bool { return r.Answerable != nil && r.Error == "" }

func repliesOf(rows []*Row) []Reply {
	all := make([]Reply, len(rows))
	for i, r := range rows {
		all[i] = r.reply()
	}
	return all
}

func (r *Row) reply() Reply {
	p := Reply{Answerable: *r.Answerable, Refused: r.Abstained, Score: math.NaN()}
	if len(r.Ranked) > 0 {
		p.Score = r.Ranked[0].Score
	}
	return p
}

// quantileOf is a quantile of a metric of which less is better. The values are sorted
// once: then it is enough to count how often each is drawn.
func quantileOf(name, of string, q float64) measure {
	return measure{name: name, better: -1, of: of,
		scored: func(r *Row) bool { _, ok := r.Metrics[of]; return ok },
		figure: func(rows []*Row) func([]int) float64 {
			values := valuesOf(rows, of)
			order := everyIndex(len(values))
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
			place := make([]int, len(order)) // of each value in the sorted ones
			for at, i := range order {
				place[i] = at
			}
			sorted := slices.Sorted(slices.Values(values))
			times, some := make([]int, len(values)), make([]float64, 0, len(values))
			return func(drawn []int) float64 {
				clear(times)
				for _, i := range drawn {
					times[place[i]]++
				}
				some = some[:0]
				for at, n := range times {
					for range n {
						some = append(some, sorted[at])
					}
				}
				return quantile(some, q)
			}
		}}
}

func errorRate() measure {
	return measure{name: "error_rate", better: -1, scored: func(*Row) bool { return true },
		figure: func(rows []*Row) func([]int) float64 {
			failed := make([]float64, len(rows))
			for i, r := range rows {
				failed[i] = btof(r.Error != "")
			}
			return func(drawn []int) float64 { return meanAt(failed, drawn) }
		}}
}

// MetricNames returns the names of all metrics.
func MetricNames() []string {
	var names []string
	for _, m := range measures() {
		names = append(names, m.name)
	}
	return names
}

// IsShare tells whether a metric is a share from 0 to 1; else it counts words, tokens
// or milliseconds.
func IsShare(name string) bool {
	return name != "words_shown" && !strings.HasPrefix(name, "latency") && !strings.HasSuffix(name, "_tokens")
}

// Summarise returns the metrics over all rows and, if there are several types, over
// those of each type, by name. A metric that nothing is scored by is left out.
// Equal rows and seed give equal intervals.
func Summarise(rows []Row, seed uint64) []Metric {
	all := measures()
	on := make(map[*Row]map[string]bool, len(rows))
	for i := range rows {
		on[&rows[i]] = rows[i].applies()
	}
	var out []Metric
	for _, group := range groups(rows) {
		in := rowsOf(rows, group)
		for _, m := range all {
			if figure, ok := m.over(in, on, group, seed); ok {
				out = append(out, figure)
			}
		}
	}
	return out
}

// groups returns "" for all rows, and the types if they tell rows apart.
func groups(rows []Row) []string {
	types := map[string]bool{}
	for _, r := range rows {
		types[r.Type] = true
	}
	if len(types) < 2 {
		return []string{""}
	}
	delete(types, "")
	return append([]string{""}, slices.Sorted(maps.Keys(types))...)
}

func rowsOf(rows []Row, group string) []*Row {
	var in []*Row
	for i := range rows {
		if group == "" || rows[i].Type == group {
			in = append(in, &rows[i])
		}
	}
	return in
}

// over returns the measure of rows, on which the metrics of on apply, and whether
// there is one.
func (m measure) over(rows []*Row, on map[*Row]map[string]bool, group string, seed uint64) (Metric, bool) {
	out := Metric{Name: m.name, Group: group, Better: m.better}
	var scored []*Row
	for _, r := range rows {
		if m.of == "" || on[r][m.of] {
			out.Asked++
		}
		if m.scored(r) {
			scored = append(scored, r)
		}
	}
	if out.Scored = len(scored); out.Scored == 0 {
		return out, false
	}
	figure := m.figure(scored)
	out.Value = figure(everyIndex(len(scored)))
	if math.IsNaN(out.Value) {
		return out, false
	}
	out.Low, out.High = BootstrapOf(len(scored), seed, figure)
	return out, true
}

func everyIndex(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Light returns what Summarise, Compare and Gates need of a row: a run of any
// length fits in memory.
func (r Row) Light() Row {
	return Row{ID: r.ID, Question: r.Question, Answer: r.Answer, Verdict: r.Verdict, Abstained: r.Abstained, Type: r.Type, Tags: r.Tags,
		Gold: r.Gold, Answers: r.Answers, Answerable: r.Answerable, Case: r.Case, Lost: r.Lost, Error: r.Error, Metrics: r.Metrics, Run: r.Run,
		Ranked: slices.Clone(head(r.Ranked, 1))}
}

// Curve returns the share of questions with a right paragraph among the first k, for
// k from 1 to Depth.
func Curve(rows []Row, seed uint64) []Point {
	var points []Point
	for k := 1; k <= Depth; k++ {
		var hits []float64
		for _, r := range rows {
			if rr, ok := r.Metrics["mrr"]; ok {
				hits = append(hits, btof(rr > 0 && math.Round(1/rr) <= float64(k)))
			}
		}
		if len(hits) == 0 {
			return nil
		}
		low, high := Bootstrap(hits, seed)
		points = append(points, Point{K: k, Rate: Mean(hits), Low: low, High: high})
	}
	return points
}

// Thresholds tell what refusing by score alone would do: at most n of them, evenly
// spread over the scores that there are.
func Thresholds(rows []Row, n int) []Threshold {
	var replies []Reply
	for _, r := range rows {
		if r.Answerable != nil && r.Error == "" {
			replies = append(replies, r.reply())
		}
	}
	cuts := Cuts(replies)
	var out []Threshold
	for i := range min(n, len(cuts)) {
		c := cuts[i*(len(cuts)-1)/max(min(n, len(cuts))-1, 1)]
		without := c.RightlyRefused + c.WronglyAnswered
		if without == 0 {
			return nil
		}
		out = append(out, Threshold{Score: c.Threshold, Precision: c.Precision, Recall: c.Recall, AnsweredWrong: share(c.WronglyAnswered, without)})
	}
	return out
}
