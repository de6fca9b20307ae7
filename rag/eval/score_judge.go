package eval

import (
	"context"
	"fmt"
	"strings"

	"footnote/prompts"
	"footnote/rag"
)

// A Judge has a language model say how good answers are. What it says is an opinion:
// see Agreement for how far it is that of the figures that need no model.
type Judge struct {
	Generator rag.Generator
	Templates *prompts.Templates
	Private   rag.Scope // documents that it must not see
}

// maxCites is how many citations of a sentence are judged, as in ALCE's eval.py.
const maxCites = 3

// Score adds what the judge says to the metrics of a row: judged_support and
// judged_precision, which are citation recall and precision as in ALCE (Gao et al.,
// arXiv 2305.14627), and judged_correct, 1, .5 or 0 against the reference answers.
// Rows that failed, and those that cite what is private, are left as they are.
func (j *Judge) Score(ctx context.Context, r *Row) error {
	if r.Error != "" {
		return nil
	}
	for _, c := range r.Citations {
		if j.Private.Holds(c.Doc) {
			return nil
		}
	}
	if err := j.citations(ctx, r); err != nil {
		return err
	}
	return j.correct(ctx, r)
}

// citations judges each sentence that claims something.
func (j *Judge) citations(ctx context.Context, r *Row) error {
	claims, supported := 0, 0
	cites, needed := 0, 0
	for _, s := range r.Sentences {
		if s.Support == rag.None {
			continue
		}
		claims++
		sources := r.sources(s)
		cites += len(sources)
		if len(sources) == 0 {
			continue
		}
		all, err := j.supports(ctx, s.Text, sources)
		if err != nil {
			return err
		}
		if !all {
			continue
		}
		supported++
		n, err := j.needed(ctx, s.Text, sources)
		if err != nil {
			return err
		}
		needed += n
	}
	if claims == 0 {
		return nil
	}
	r.Metrics["judged_support"], r.Metrics["judged_precision"] = share(supported, claims), 0
	if cites > 0 {
		r.Metrics["judged_precision"] = share(needed, cites)
	}
	return nil
}

// needed counts the sources of a supported sentence that it cites with reason: all
// but those that do not support it alone while the others do without them.
func (j *Judge) needed(ctx context.Context, claim string, sources []prompts.Source) (n int, err error) {
	if len(sources) == 1 {
		return 1, nil
	}
	for i := range sources {
		alone, err := j.supports(ctx, claim, sources[i:i+1])
		if err != nil {
			return 0, err
		}
		if alone {
			n++
			continue
		}
		others := append(append([]prompts.Source{}, sources[:i]...), sources[i+1:]...)
		without, err := j.supports(ctx, claim, others)
		if err != nil {
			return 0, err
		}
		if !without {
			n++
		}
	}
	return n, nil
}

// sources returns the passages that a sentence cites. Of a passage that is not among
// the contexts, the quote is taken.
func (r *Row) sources(s Sentence) []prompts.Source {
	var all []prompts.Source
	for _, n := range head(s.Citations, maxCites) {
		for _, c := range r.Citations {
			if c.N != n {
				continue
			}
			text := c.Quote
			if x, ok := r.contextOf(c); ok {
				text = x.Text
			}
			all = append(all, prompts.Source{N: len(all) + 1, Title: c.Title, Heading: c.Heading, Date: c.Date, Text: text})
			break
		}
	}
	return all
}

func (j *Judge) supports(ctx context.Context, claim string, sources []prompts.Source) (bool, error) {
	system, user, err := j.Templates.Support(prompts.Support{Sources: sources, Claim: claim})
	if err != nil {
		return false, err
	}
	word, err := j.ask(ctx, system, user, "SUPPORTED", "NOT")
	return word == "SUPPORTED", err
}

// correct judges the answer against the reference answers. A refusal says none of
// them.
func (j *Judge) correct(ctx context.Context, r *Row) error {
	if !r.applies()["judged_correct"] {
		return nil
	}
	said := r.said(map[string]float64{})
	if said == "" {
		r.Metrics["judged_correct"] = 0
		return nil
	}
	system, user, err := j.Templates.Correct(prompts.Correct{Question: r.Question, References: r.Answers, Reply: said})
	if err != nil {
		return err
	}
	word, err := j.ask(ctx, system, user, "CORRECT", "PARTLY", "WRONG")
	if err != nil {
		return err
	}
	r.Metrics["judged_correct"] = map[string]float64{"CORRECT": 1, "PARTLY": .5}[word]
	return nil
}

// ask returns the first word of the reply, which must be one of words.
func (j *Judge) ask(ctx context.Context, system, user string, words ...string) (string, error) {
	var reply strings.Builder
	_, err := j.Generator.Generate(ctx, []rag.Message{{Role: rag.System, Text: system}, {Role: rag.User, Text: user}}, func(s string) { reply.WriteString(s) })
	if err != nil {
		return "", err
	}
	said := strings.ToUpper(strings.TrimLeft(rag.Unthink(reply.String()), " \n\t*_\"'`#"))
	for _, w := range words {
		if rest, ok := strings.CutPrefix(said, w); ok && (rest == "" || !wordCharacter([]rune(rest)[0])) {
			return w, nil
		}
	}
	return "", &rag.ModelError{Fault: rag.BadReply, Err: fmt.Errorf("the judge said none of %s", strings.Join(words, ", "))}
}

// Judged tells how far the judge agrees with the figures that need no model: in how
// many rows an answer passed just where it is judged correct, and was wholly verified
// just where it is judged to be supported. n is the number of rows, 0 without a judge.
func Judged(rows []Row, metric string) (same, kappa float64, n int) {
	var a, b []string
	for _, r := range rows {
		judged, ok := r.Metrics[metric]
		free, known := r.Metrics["passed"], true
		if metric == "judged_support" {
			var unverified float64
			unverified, known = r.Metrics["unverified"]
			free = btof(unverified == 0)
		}
		if !ok || !known {
			continue
		}
		a, b = append(a, fmt.Sprint(judged == 1)), append(b, fmt.Sprint(free == 1))
	}
	if len(a) == 0 {
		return 0, 0, 0
	}
	same, kappa = Agreement(a, b)
	return same, kappa, len(a)
}
