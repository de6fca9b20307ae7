// Package prompts holds the words of Footnote: its fixed replies, and what stands
// around answers, in six languages, one file each.
package prompts

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
)

//go:embed fixed/*.yaml
var files embed.FS

// Fixed are the fixed replies in one language.
type Fixed struct {
	Language      string            `yaml:"-"` // ISO 639-1
	NotFound      string            `yaml:"not_found"`
	NoneMentions  string            `yaml:"none_mentions"` // holes: {words}
	NoDocuments   string            `yaml:"no_documents"`
	Passages      string            `yaml:"passages"`
	Hello         string            `yaml:"hello"`
	Thanks        string            `yaml:"thanks"`
	About         string            `yaml:"about"` // {count} {titles}
	List          string            `yaml:"list"`  // {count} {titles}
	More          string            `yaml:"more"`  // {count}
	Or            string            `yaml:"or"`
	OtherLanguage string            `yaml:"other_language"` // {languages} {asked}
	Which         string            `yaml:"which"`          // {choices}
	Rules         []string          `yaml:"rules"`          // for a language model
	AnswerIn      string            `yaml:"answer_in"`      // the last rule: {language}
	Refusals      []string          `yaml:"refusals"`       // a model that finds nothing says one of these; lower case
	Languages     map[string]string `yaml:"languages"`      // name by code
	Words         Words             `yaml:"words"`
	Slack         Slack             `yaml:"slack"`
	Say           Say               `yaml:"say"`
}

// Words stand around an answer: its age, its sources, what of it was checked.
type Words struct {
	Searched      Counted // {age}
	JustNow       string  `yaml:"just_now"`
	Minutes       string  // {count}, like the next two
	Hours         string
	Days          string
	Nearest       string  // {titles}
	Unread        Counted // {kinds}, of which the next three are some
	Pictures      Counted // images and styles
	Extensionless Counted
	OtherFiles    Counted `yaml:"other_files"`
	Missing       string  // {words}
	WordsOnly     string  `yaml:"words_only"`
	WordsFirst    string  `yaml:"words_first"` // {percent}
	Cancelled     string
	Sources       string
	Also          string // above places beside the best
	Line          string // {n}
	Page          string // {n}
	Quoted        Counted
	Checked       Counted // {checked}
	AndQuoted     string  `yaml:"and_quoted"`   // {line} {quoted}
	NotChecked    string  `yaml:"not_checked"`  // {why}
	InNoSource    Counted `yaml:"in_no_source"` // {words}
	Uncited       string
	Instead       string // between why a model did not answer, and quotes
	CutOff        string `yaml:"cut_off"`

	// Why a model did not answer.
	NoAnswer    string `yaml:"no_answer"` // {why}
	OutOfBudget string `yaml:"out_of_budget"`
	BudgetUntil string `yaml:"budget_until"` // {until}
	Private     string
	InVain      string `yaml:"in_vain"`
	Beyond      string
	Faults      map[string]string // by the English name of one

	// For screen readers.
	Mark   string // {n}
	Spoken string // {n} {label} {file} {place}
	Dated  string // {date}, after the former
	Quote  string // {quote}
	Best   string // {text}, what fits best of a quote
}

// Slack are the words that only Slack shows. A title or a button of a modal has at
// most 24 characters (docs.slack.dev, modal views).
type Slack struct {
	Limited    string // in place of Fixed.NotFound, where not all documents may be seen
	Quotes     string // between why a model did not answer, and quotes
	Open       string // the label of a link to a source
	Written    string // by a language model
	Helpful    string
	NotHelpful string `yaml:"not_helpful"`
	Share      string
	Reason     string // the title of the modal that asks for one
	Expected   string // what it asks
	Send       string
	Close      string
	Date       string // {day} {month} {year}
	Months     []string
}

// Day returns an ISO date, such as 2026-03-02, in words, and anything else as it is.
func (s Slack) Day(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return Fill(s.Date, "day", strconv.Itoa(t.Day()), "month", s.Months[t.Month()-1], "year", strconv.Itoa(t.Year()))
}

// Counted is a text with a {count}, and one for a count of 1 where that differs.
type Counted struct{ One, Many string }

// Of returns the text for n, with values in place of other {names}.
func (c Counted) Of(n int, pairs ...string) string {
	s := c.Many
	if n == 1 && c.One != "" {
		s = c.One
	}
	return Fill(s, append(pairs, "count", strconv.Itoa(n))...)
}

// Say lists what people type that is not a question about the documents, in
// lower case and without punctuation.
type Say struct {
	Hello, Thanks, About, List []string
}

// Languages are those that have fixed replies; the first is the default.
var Languages = [...]string{"en", "de", "fr", "es", "ru", "zh"}

// parsed reads the embedded files once.
var parsed = sync.OnceValues(func() (map[string]Fixed, error) {
	all := map[string]Fixed{}
	for _, lang := range Languages {
		raw, err := files.ReadFile("fixed/" + lang + ".yaml")
		if err != nil {
			return nil, err
		}
		var f Fixed
		dec := yaml.NewDecoder(strings.NewReader(string(raw)))
		dec.KnownFields(true)
		if err := dec.Decode(&f); err != nil {
			return nil, fmt.Errorf("fixed/%s.yaml: %w", lang, err)
		}
		f.Language = lang
		all[lang] = f
	}
	return all, nil
})

// In returns the fixed replies in a language, in English if it has none.
func In(lang string) (Fixed, error) {
	all, err := parsed()
	if err != nil {
		return Fixed{}, err
	}
	if f, ok := all[lang]; ok {
		return f, nil
	}
	return all["en"], nil
}

// Fill puts values in place of {names}: Fill("{count} files", "count", "3").
func Fill(s string, pairs ...string) string {
	var old []string
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(old...).Replace(s)
}

// Plain returns what somebody typed in lower case, without punctuation and with
// single spaces, as Say lists it.
func Plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	}), " ")
}

// SmallTalk returns the reply to one of the things that Say lists, its {holes} not
// filled in, and the fixed replies that it is one of. The reply is empty for a
// question.
func SmallTalk(s string) (reply string, in Fixed, err error) {
	plain := Plain(s)
	for _, lang := range Languages {
		f, err := In(lang)
		if err != nil {
			return "", Fixed{}, err
		}
		for _, talk := range []struct {
			said  []string
			reply string
		}{{f.Say.Hello, f.Hello}, {f.Say.Thanks, f.Thanks}, {f.Say.About, f.About}, {f.Say.List, f.List}} {
			if slices.Contains(talk.said, plain) {
				return talk.reply, f, nil
			}
		}
	}
	return "", Fixed{}, nil
}
