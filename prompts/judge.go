package prompts

import "strings"

// A Support is what is put into judge_support.tmpl.
type Support struct {
	Sources []Source
	Claim   string
}

// A Correct is what is put into judge_correct.tmpl.
type Correct struct {
	Question   string
	References []string // right answers
	Reply      string   // the answer to judge
}

// supportVars and correctVars are the variables of the templates. All texts are JSON,
// so that none can end its line.
type supportVars struct {
	Sources []string
	Claim   string
}

type correctVars struct {
	Question   string
	References []string
	Reply      string
}

// Support returns the two messages that ask whether passages support a sentence.
func (t *Templates) Support(s Support) (system, user string, err error) {
	return render(t.support, s.vars())
}

// Correct returns the two messages that ask whether an answer is right.
func (t *Templates) Correct(c Correct) (system, user string, err error) {
	return render(t.correct, c.vars())
}

func (s Support) vars() supportVars {
	v := supportVars{Claim: line(strings.TrimSpace(s.Claim))}
	for _, source := range s.Sources {
		v.Sources = append(v.Sources, source.Line())
	}
	return v
}

func (c Correct) vars() correctVars {
	v := correctVars{Question: line(strings.TrimSpace(c.Question)), Reply: line(strings.TrimSpace(c.Reply))}
	for _, r := range c.References {
		v.References = append(v.References, line(r))
	}
	return v
}
