package eval

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Gate is a condition under which an evaluation fails, such as "hit@5 < 0.9", or
// "hit@5[type] < 0.9" for one type of cases.
type Gate struct {
	Text          string
	Metric, Group string
	Op            string // "<", "<=", ">" or ">="
	Bound         float64
}

// ParseGate parses a condition.
func ParseGate(s string) (Gate, error) {
	m := regexp.MustCompile(`^\s*([a-z0-9_@]+)\s*(?:\[([^\]]+)\])?\s*(<=|>=|<|>)\s*(\S+)\s*$`).FindStringSubmatch(s)
	if m == nil {
		return Gate{}, errors.New(`must be a metric, <, <=, > or >=, and a number, such as "hit@5 < 0.9"`)
	}
	bound, err := strconv.ParseFloat(m[4], 64)
	if err != nil || bound != bound {
		return Gate{}, fmt.Errorf(`must end with a number such as 0.9`)
	}
	if names := MetricNames(); !slices.Contains(names, m[1]) {
		return Gate{}, fmt.Errorf("must name a metric: one of %s", strings.Join(names, ", "))
	}
	return Gate{strings.Join(strings.Fields(s), " "), m[1], m[2], m[3], bound}, nil
}

// A Check is how a gate turned out.
type Check struct {
	Name   string
	Failed bool
	Why    string // the figures that decided
}

// Check compares a metric with the bound. What could not be measured fails.
func (g Gate) Check(metrics []Metric) Check {
	c := Check{Name: "fail-if " + g.Text, Failed: true}
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == g.Metric && m.Group == g.Group })
	if i < 0 && g.Group != "" && !slices.ContainsFunc(metrics, func(m Metric) bool { return m.Group == g.Group }) {
		c.Why = fmt.Sprintf("there are not several types, with %s among them", g.Group)
		return c
	}
	if i < 0 {
		c.Why = g.Metric + " could not be measured: no case says what it needs"
		return c
	}
	v := metrics[i].Value
	switch g.Op {
	case "<":
		c.Failed = v < g.Bound
	case "<=":
		c.Failed = v <= g.Bound
	case ">":
		c.Failed = v > g.Bound
	case ">=":
		c.Failed = v >= g.Bound
	}
	c.Why = fmt.Sprintf("%s is %s", g.Metric, strconv.FormatFloat(v, 'f', 4, 64))
	return c
}

// Worse checks that no share is worse than before by more than some amount.
func (c Comparison) Worse(by float64) Check {
	out := Check{Name: "fail-if-worse " + strconv.FormatFloat(by, 'f', -1, 64), Why: "no metric is"}
	var worse []string
	for _, ch := range c.Changes {
		// The small part forgives what binary fractions cannot say.
		if IsShare(ch.Name) && -ch.Diff*float64(ch.Better) > by+1e-9 {
			worse = append(worse, fmt.Sprintf("%s %.4f, was %.4f", ch.Name, ch.New, ch.Old))
		}
	}
	switch {
	case c.Paired == 0:
		out.Failed, out.Why = true, "no question is in both files"
	case len(worse) > 0:
		out.Failed, out.Why = true, strings.Join(worse, "; ")
	}
	return out
}

// CriticalCases checks that all cases that are tagged critical passed; ok is false
// if there are none.
func CriticalCases(rows []Row) (c Check, ok bool) {
	var failed []string
	n := 0
	for _, r := range rows {
		if !slices.Contains(r.Tags, Critical) {
			continue
		}
		n++
		if r.Metrics["passed"] != 1 {
			failed = append(failed, r.ID)
		}
	}
	c = Check{Name: "critical cases", Failed: len(failed) > 0, Why: fmt.Sprintf("%d of %d passed", n-len(failed), n)}
	if c.Failed {
		c.Why += "; not " + strings.Join(failed, ", ")
	}
	return c, n > 0
}
