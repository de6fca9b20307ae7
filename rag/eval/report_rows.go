package eval

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"footnote/rag"
)

// list is the questions as report.js reads them. Each paragraph is in Texts once.
type list struct {
	Texts    []string   `json:"texts"`
	Items    []listItem `json:"items"`
	Baseline bool       `json:"baseline"`

	at map[string]int // where a text is in Texts
}

// listItem is a Row in words.
type listItem struct {
	ID       string             `json:"id"`
	Question string             `json:"question"`
	Before   []Message          `json:"before,omitempty"` // the conversation
	Type     string             `json:"type,omitempty"`
	Tags     []string           `json:"tags,omitempty"`
	Judged   string             `json:"judged"`
	Why      string             `json:"why"`
	Expected []string           `json:"expected,omitempty"`
	Gold     []listGold         `json:"gold,omitempty"`
	Change   string             `json:"change,omitempty"`
	Metrics  map[string]float64 `json:"metrics,omitempty"`
	Reply    reply              `json:"reply"`
	Then     *reply             `json:"then,omitempty"` // the baseline's
}

// reply is what was answered.
type reply struct {
	Verdict   string     `json:"verdict"`
	Judged    string     `json:"judged"`
	Sentences []listSays `json:"sentences,omitempty"`
	Cites     []listCite `json:"cites,omitempty"`
	Missing   []string   `json:"missing,omitempty"`
	Note      string     `json:"note,omitempty"` // why it is less than it could be, or the error
	Millis    float64    `json:"ms"`
}

type listSays struct {
	Text    string `json:"text"`
	Cites   []int  `json:"cites,omitempty"`
	Support string `json:"support,omitempty"` // in words
	Sound   string `json:"sound,omitempty"`   // rag.Support
}

type listCite struct {
	N     int    `json:"n"`
	Where string `json:"where"`
	Right *bool  `json:"right,omitempty"` // whether the paragraph is gold; nil: not known
	Text  int    `json:"text"`            // the paragraph in Texts, or the quote where it is not known
	Start int    `json:"start"`           // of the quote in it, in UTF-16 units, as JavaScript counts
	End   int    `json:"end"`
	Whole bool   `json:"whole"` // Texts holds the paragraph
}

type listGold struct {
	Where string `json:"where"`
	Text  int    `json:"text"` // -1: not known
	Found string `json:"found"`
}

// What a question of a report is judged as, and how it compares.
const (
	judgedRight  = "right"
	judgedWrong  = "wrong"
	judgedFailed = "failed"
	judgedNot    = "not judged"
	changeWon    = "won"
	changeLost   = "lost"
	changeOther  = "other answer"
	changeNone   = "same answer"
	changeNovel  = "not in the baseline"
	withoutReply = "no answer"
)

func newList(r Report) *list {
	l := &list{Baseline: r.BaselineRows != nil, at: map[string]int{}, Texts: []string{}, Items: []listItem{}}
	for _, row := range r.Rows {
		l.Items = append(l.Items, l.item(row, r.BaselineRows))
	}
	return l
}

func (l *list) item(row Row, baseline map[string]Row) listItem {
	it := listItem{
		ID: reveal(row.ID), Question: reveal(row.Question), Type: reveal(row.Type), Tags: revealAll(row.Tags),
		Expected: revealAll(row.Answers), Reply: l.reply(row), Metrics: map[string]float64{},
	}
	it.Judged, it.Why = judge(row)
	for _, m := range row.History {
		it.Before = append(it.Before, Message{reveal(m.Role), reveal(m.Text)})
	}
	for name, v := range row.Metrics {
		if !math.IsNaN(v) && !math.IsInf(v, 0) { // which JSON cannot say
			it.Metrics[reveal(name)] = math.Round(1000*v) / 1000
		}
	}
	for _, g := range row.Gold {
		it.Gold = append(it.Gold, l.gold(g, row))
	}
	if baseline == nil {
		return it
	}
	then, ok := baseline[row.ID]
	if !ok || then.Question != row.Question {
		it.Change = changeNovel
		return it
	}
	it.Change = compareReplies(row, then)
	if it.Change != changeNone {
		before := l.reply(then)
		it.Then = &before
	}
	return it
}

// compareReplies says what became of a question since the baseline. As in Compare,
// one that failed is neither won nor lost.
func compareReplies(now, then Row) string {
	a, _ := judge(now)
	b, _ := judge(then)
	switch {
	case a == judgedRight && b == judgedWrong:
		return changeWon
	case a == judgedWrong && b == judgedRight:
		return changeLost
	case now.Answer != then.Answer || now.Verdict != then.Verdict || now.Error != then.Error:
		return changeOther
	}
	return changeNone
}

// judge says in a word whether a row passed, and why.
func judge(row Row) (judged, why string) {
	passed, scored := row.Metrics["passed"]
	switch {
	case row.Error != "":
		return judgedFailed, "It enters no figure but the share of failures."
	case !scored:
		return judgedNot, "The case does not say what is right."
	case passed == 1:
		return judgedRight, whyRight(row)
	}
	return judgedWrong, whyWrong(row)
}

func whyRight(row Row) string {
	switch {
	case known(row.Answerable, false):
		return "The documents do not answer it, and it was refused."
	case row.Metrics["contained"] == 1 && row.Metrics["citation_right"] == 1:
		return "The reply holds an expected answer and cites a right paragraph."
	case row.Metrics["contained"] == 1:
		return "The reply holds an expected answer."
	case row.Metrics["citation_right"] == 1:
		return "The reply cites a right paragraph."
	case len(row.Gold) > 0:
		return "The reply cites a right document."
	}
	return "It has an answer, and was answered."
}

func whyWrong(row Row) string {
	switch {
	case known(row.Answerable, false):
		return "The documents do not answer it, and it was not refused."
	case row.Abstained:
		return "It has an answer, and it was refused."
	case len(row.Answers) > 0 && len(row.Gold) > 0:
		return "The reply holds no expected answer and cites no right source."
	case len(row.Answers) > 0:
		return "The reply holds no expected answer."
	case len(row.Gold) > 0:
		return "The reply cites no right source."
	}
	return "It has an answer, and was not answered."
}

func (l *list) reply(row Row) reply {
	judged, _ := judge(row)
	r := reply{
		Verdict: verdictWords(row), Judged: judged, Missing: revealAll(row.Missing),
		Note: reveal(row.Degraded), Millis: math.Round(10*row.Latency.Total) / 10,
	}
	if row.Error != "" {
		r.Note = reveal(row.Error)
	}
	for _, s := range row.Sentences {
		r.Sentences = append(r.Sentences, listSays{strings.TrimSpace(reveal(s.Text)), s.Citations, supportWords(s), string(s.Support)})
	}
	if len(row.Sentences) == 0 && row.Answer != "" { // a row that was lightened
		r.Sentences = []listSays{{Text: reveal(row.Answer)}}
	}
	for _, c := range row.Citations {
		r.Cites = append(r.Cites, l.cite(c, row))
	}
	return r
}

func verdictWords(row Row) string {
	switch row.Verdict {
	case rag.Answered:
		return "answered"
	case rag.Partial:
		return "partly answered"
	case rag.Passages:
		return "closest passages"
	case rag.Clarify:
		return "asked back"
	case rag.Chat:
		return "small talk"
	case rag.NotFound:
		return "not in the documents"
	}
	return withoutReply
}

func supportWords(s Sentence) string {
	switch s.Support {
	case rag.Quoted:
		return "quoted letter for letter"
	case rag.Checked:
		return "checked: its numbers, names and words are in its source"
	case rag.None:
		return "claims nothing"
	}
	if len(s.Citations) == 0 {
		return "not verified: it cites no source"
	}
	if len(s.Unsupported) == 0 {
		return "not verified"
	}
	var words []string
	for _, u := range s.Unsupported {
		words = append(words, "\u201c"+reveal(u)+"\u201d")
	}
	return "not verified: in no source it cites: " + strings.Join(words, ", ")
}

// cite places a quote in its passage, if the row holds that.
func (l *list) cite(c Citation, row Row) listCite {
	where := place(c.Doc, c.Heading, c.Paragraph)
	if c.Page > 0 {
		where += ", page " + strconv.Itoa(c.Page)
	}
	if c.Line > 0 {
		where += ", line " + strconv.Itoa(c.Line)
	}
	before, after, whole := "", "", false
	if x, ok := row.contextOf(c); ok {
		before, after, whole = strings.Cut(x.Text, c.Quote)
	}
	b, q := reveal(before), reveal(c.Quote)
	out := listCite{N: c.N, Where: where, Text: l.text(b + q + reveal(after)), Start: units(b), End: units(b) + units(q), Whole: whole}
	if len(row.Gold) > 0 {
		right := slices.ContainsFunc(row.Gold, func(g Gold) bool { return g.names(c.Doc, c.Paragraph, c.Last) })
		out.Right = &right
	}
	return out
}

func (l *list) gold(g Gold, row Row) listGold {
	out := listGold{Where: place(g.Doc, "", g.Paragraph), Text: -1, Found: "not found by the search"}
	text := g.Text
	for i, x := range row.Ranked {
		if g.names(x.Doc, x.Paragraph, x.Last) {
			out.Found = fmt.Sprintf("found in place %d", i+1)
			break
		}
	}
	for i, x := range row.Contexts {
		if !g.names(x.Doc, x.Paragraph, x.Paragraph) && (g.Text == "" || x.Doc != g.Doc || !strings.Contains(x.Text, g.Text)) {
			continue
		}
		if len(row.Ranked) == 0 {
			out.Found = fmt.Sprintf("found in place %d", i+1)
		}
		if strings.Contains(x.Text, text) { // gold may be a part of it
			text = x.Text
		}
		break
	}
	if text != "" {
		out.Text = l.text(reveal(text))
	}
	return out
}

// names tells whether the gold paragraph is among those from first to last; 0 is one
// paragraph. A document may be named without its extension, and a document alone means
// any paragraph of it.
func (g Gold) names(doc string, first, last int) bool {
	bare := strings.TrimSuffix(doc, path.Ext(doc))
	return (g.Doc == doc || g.Doc == bare) && (g.Paragraph == 0 || first <= g.Paragraph && g.Paragraph <= max(first, last))
}

// text returns where s is in Texts.
func (l *list) text(s string) int {
	i, ok := l.at[s]
	if !ok {
		i = len(l.Texts)
		l.at[s], l.Texts = i, append(l.Texts, s)
	}
	return i
}

// place says where a paragraph stands.
func place(doc, heading string, paragraph int) string {
	s := reveal(doc)
	if heading != "" {
		s += ", \u201c" + reveal(heading) + "\u201d"
	}
	if paragraph > 0 {
		s += ", paragraph " + strconv.Itoa(paragraph)
	}
	return s
}

// units is the length of s in UTF-16 units once it is JSON, where a byte that is
// not UTF-8 is one.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

func revealAll(ss []string) []string {
	var out []string
	for _, s := range ss {
		out = append(out, reveal(s))
	}
	return out
}

// count is how many questions are of a kind.
type count struct {
	Kind string
	N    string
}

// judged counts the questions by what they are judged as.
func (l *list) judged() []count {
	return l.counts(func(it listItem) string { return it.Judged }, judgedRight, judgedWrong, judgedFailed, judgedNot)
}

// changed counts the questions by what became of them since the baseline.
func (l *list) changed() []count {
	return l.counts(func(it listItem) string { return it.Change }, changeWon, changeLost, changeOther, changeNone, changeNovel)
}

func (l *list) counts(kind func(listItem) string, kinds ...string) []count {
	n := map[string]int{}
	for _, it := range l.Items {
		n[kind(it)]++
	}
	var cs []count
	for _, k := range kinds {
		if n[k] > 0 {
			cs = append(cs, count{k, thousands(n[k])})
		}
	}
	return cs
}
