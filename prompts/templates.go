package prompts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf16"
)

// Templates are the prompts of the language model. They are safe for concurrent use.
type Templates struct{ answer, rewrite, support, correct *template.Template }

// An Answer is what is put into answer.tmpl.
type Answer struct {
	Marker   string // stands around the sources; secret to who writes documents
	Sources  []Source
	History  []Turn // oldest first; the last few are shown
	Language string // ISO 639-1 code of the question's language, or empty
	Question string
}

// A Source is a passage as the model sees it, by its number.
type Source struct {
	N       int    `json:"n"`
	Title   string `json:"title,omitempty"`
	Heading string `json:"heading,omitempty"`
	Date    string `json:"date,omitempty"`
	Text    string `json:"text"`
}

// Line returns the source as a JSON object on one line. What does not show is
// escaped, so that no text can end its line or hide in it.
func (s Source) Line() string { return line(s) }

// Tokens returns how many tokens the source takes up, at three bytes a token.
func (s Source) Tokens() int { return len(s.Line())/3 + 1 }

// A Turn is an earlier question and its answer.
type Turn struct {
	Question string `json:"question"`
	Answer   string `json:"answer,omitempty"`
}

// A Rewrite is what is put into rewrite.tmpl.
type Rewrite struct {
	History   []Turn // oldest first; the last few are shown
	Question  string
	Language  string   // ISO 639-1 code of the question's language, or empty
	Documents []string // codes of the documents' languages that differ from it
}

// answerVars and rewriteVars are the variables of the templates.
type answerVars struct {
	Marker                  string
	Sources, Rules, History []string
	Question                string
}

type rewriteVars struct {
	History            []string
	Question, Language string
	Documents          []string
}

// Answer returns the two messages that ask for an answer. The user message is
// the same up to the history for all questions in one language that have the
// same marker and sources.
func (t *Templates) Answer(a Answer) (system, user string, err error) {
	vars, err := a.vars()
	if err != nil {
		return "", "", err
	}
	return render(t.answer, vars)
}

// Rewrite returns the two messages that ask to make a follow-up complete.
func (t *Templates) Rewrite(r Rewrite) (system, user string, err error) {
	vars, err := r.vars()
	if err != nil {
		return "", "", err
	}
	return render(t.rewrite, vars)
}

func (a Answer) vars() (answerVars, error) {
	fixed, err := In(a.Language)
	if err != nil {
		return answerVars{}, err
	}
	v := answerVars{Marker: a.Marker, History: turns(a.History), Question: strings.TrimSpace(a.Question)}
	for _, s := range a.Sources {
		v.Sources = append(v.Sources, s.Line())
	}
	v.Rules = append(slices.Clone(fixed.Rules), Fill(fixed.AnswerIn, "language", name(fixed, a.Language)))
	return v, nil
}

func (r Rewrite) vars() (rewriteVars, error) {
	english, err := In("en")
	if err != nil {
		return rewriteVars{}, err
	}
	v := rewriteVars{History: turns(r.History), Question: strings.TrimSpace(r.Question), Language: name(english, r.Language)}
	for _, lang := range r.Documents {
		v.Documents = append(v.Documents, name(english, lang))
	}
	return v, nil
}

// name returns the name of a language. Only English is asked about unknown ones.
func name(f Fixed, lang string) string {
	if n := f.Languages[lang]; n != "" {
		return n
	}
	return "the language of the question"
}

const (
	// maxTurns is how many earlier turns are shown.
	maxTurns = 3
	// maxTurn is how many bytes of an earlier question or answer are shown.
	maxTurn = 300
)

// turns returns the last few turns as JSON objects. Marks of sources are left
// out: their numbers were those of another prompt.
func turns(ts []Turn) []string {
	var lines []string
	for _, t := range ts[max(0, len(ts)-maxTurns):] {
		t.Question, t.Answer = cut(unmarked(t.Question)), cut(unmarked(t.Answer))
		lines = append(lines, line(t))
	}
	return lines
}

// oldMark matches whatever may be read as the mark of a source.
var oldMark = regexp.MustCompile(`\s*(?:[\[［【]\s*){1,2}\^?\s*(?:\pL{1,12}[\s:]*)?[\d０-９][\d０-９\s,;，、；~–—-]*(?:†[^\]］】]{0,40})?(?:[\]］】]\s*){0,1}[\]］】]`)

func unmarked(s string) string { return strings.TrimSpace(oldMark.ReplaceAllString(s, "")) }

func cut(s string) string {
	if len(s) <= maxTurn {
		return s
	}
	return strings.ToValidUTF8(s[:maxTurn], "") + "…"
}

// line returns v as JSON on one line, with everything escaped that does not show:
// controls, marks of direction, invisible letters.
func line(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings and numbers always encode
	}
	var out strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		switch hi, lo := utf16.EncodeRune(r); {
		case unicode.IsGraphic(r):
			out.WriteRune(r)
		case hi != unicode.ReplacementChar:
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

func render(t *template.Template, vars any) (system, user string, err error) {
	var b [2]strings.Builder
	for i, part := range parts {
		if err := t.ExecuteTemplate(&b[i], part, vars); err != nil {
			return "", "", placed(err)
		}
	}
	return b[0].String(), b[1].String(), nil
}
