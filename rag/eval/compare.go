package eval

import "slices"

// A Comparison tells how rows differ from those of an earlier run.
type Comparison struct {
	Changes []Change
	Won     []Pair // passed now, and did not before
	Lost    []Pair // passed before, and do not now
	Paired  int    // cases that both runs have, with equal questions and expectations
	Changed int    // IDs that both have, for a case that has changed: not compared
}

// A Change is how a metric differs over the questions that both runs scored.
type Change struct {
	Name            string
	Better          int
	Old, New        float64
	Diff, Low, High float64 // New less Old, with its 95 % interval
	P               float64 // how probable a difference as large is by chance
	Pairs           int
}

// A Pair is the two answers to a question.
type Pair struct{ ID, Question, Old, New string }

// Compare compares rows with those of an earlier run, question by question.
func Compare(old, rows []Row, seed uint64) Comparison {
	before := map[string]*Row{}
	for i := range old {
		before[old[i].ID] = &old[i]
	}
	var c Comparison
	var a, b []*Row
	for i := range rows {
		r := &rows[i]
		switch o := before[r.ID]; {
		case o == nil:
		case o.Question != r.Question || o.Case != r.Case:
			c.Changed++
		default:
			c.Paired++
			a, b = append(a, o), append(b, r)
			c.judge(o, r)
		}
	}
	for _, m := range measures() {
		if ch, ok := m.change(a, b, seed); ok {
			c.Changes = append(c.Changes, ch)
		}
	}
	return c
}

// judge notes a question that was won or lost. One that could not be asked is
// neither.
func (c *Comparison) judge(old, now *Row) {
	was, before := old.Metrics["passed"]
	is, after := now.Metrics["passed"]
	if !before || !after || was == is {
		return
	}
	p := Pair{now.ID, now.Question, old.Answer, now.Answer}
	if is > was {
		c.Won = append(c.Won, p)
	} else {
		c.Lost = append(c.Lost, p)
	}
}

// change compares the rows that both runs scored.
func (m measure) change(old, now []*Row, seed uint64) (Change, bool) {
	var a, b []*Row
	for i := range old {
		if m.scored(old[i]) && m.scored(now[i]) {
			a, b = append(a, old[i]), append(b, now[i])
		}
	}
	if len(a) == 0 {
		return Change{}, false
	}
	before, after, every := m.figure(a), m.figure(b), everyIndex(len(a))
	c := Change{Name: m.name, Better: m.better, Old: before(every), New: after(every), Pairs: len(a)}
	if c.Old != c.Old || c.New != c.New { // NaN: the figure is not defined
		return c, false
	}
	c.Diff, c.Low, c.High, c.P = PairedBootstrapOf(len(a), seed, func(drawn []int) float64 { return after(drawn) - before(drawn) })
	return c, true
}

// Agreement returns in how many of the pairs two reviewers judge alike, as a share,
// and Cohen's kappa (1960), which takes off what chance would do: 1 is full
// agreement, 0 that of chance. Kappa is 1 if both always say the same one thing.
func Agreement(a, b []string) (same, kappa float64) {
	n := float64(len(a))
	of := func(judged []string, label string) float64 {
		k := 0
		for _, j := range judged {
			k += int(btof(j == label))
		}
		return float64(k) / n
	}
	chance := 0.0
	for _, label := range slices.Compact(slices.Sorted(slices.Values(a))) {
		chance += of(a, label) * of(b, label)
	}
	for i := range a {
		same += btof(a[i] == b[i]) / n
	}
	if chance == 1 {
		return same, 1
	}
	return same, (same - chance) / (1 - chance)
}
