package show

import (
	"cmp"
	"regexp"
	"strings"

	"footnote/prompts"
	"footnote/rag"
)

// Written tells whether a sentence is in words of a model's own: an answer with one
// looks different from one of quotes alone.
func Written(s rag.CitedSentence) bool {
	return s.Support == rag.Checked || s.Support == rag.Unverified
}

// Instead tells whether quotes stand in for the model that was asked for; it is
// empty if none was.
func Instead(model string, a rag.Answer) bool {
	return a.Degraded != "" && model != "" && a.Model != model
}

// newSentence is where a reason that is a sentence follows another.
var newSentence = regexp.MustCompile(`; (\p{Lu})`)

// Degraded says in a sentence why an answer is less than it could be, as far as
// that is known in the language of the words.
func Degraded(w prompts.Words, a rag.Answer) string {
	if a.Degraded == string(rag.CutOff) {
		return w.CutOff
	}
	s := newSentence.ReplaceAllString(upper(strings.TrimSpace(inWords(w, a))), ". $1")
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "。") {
		s += "."
	}
	return s
}

func inWords(w prompts.Words, a rag.Answer) string {
	pairs := []string{rag.InVain, stopless(w.InVain), rag.Beyond, stopless(w.Beyond)}
	if a.Fault != nil {
		pairs = append(pairs, a.Fault.Said(), stopless(fault(w, a.Fault)))
	}
	for i, s := range pairs {
		if i%2 == 1 && s == "" {
			pairs[i] = pairs[i-1]
		}
	}
	return strings.NewReplacer(pairs...).Replace(a.Degraded)
}

func fault(w prompts.Words, m *rag.ModelError) string {
	switch {
	case m.Fault == rag.Private:
		return w.Private
	case m.Fault == rag.OutOfBudget && m.Until.IsZero():
		return w.OutOfBudget
	case m.Fault == rag.OutOfBudget:
		return prompts.Fill(w.BudgetUntil, "until", m.Until.Format(rag.UntilFormat))
	}
	why := cmp.Or(w.Faults[string(m.Fault)], string(m.Fault))
	if m.Host != "" {
		why = m.Host + ": " + why
	}
	return prompts.Fill(w.NoAnswer, "why", why)
}

// stopless returns a sentence without its stop: others may follow.
func stopless(s string) string { return strings.TrimRight(s, ".。") }
