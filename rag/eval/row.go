package eval

import (
	"strings"

	"footnote/rag"
)

// A Row is the result of one case: a line of results.jsonl. The fields from Schema
// to Latency are those of footnote ask --json, with the same names and meanings.
type Row struct {
	ID        string      `json:"id"` // of the case
	Schema    int         `json:"schema"`
	AnswerID  string      `json:"answer_id"`
	Question  string      `json:"question"`
	Query     string      `json:"query"`
	Verdict   rag.Verdict `json:"verdict"`
	Abstained bool        `json:"abstained"`
	Answer    string      `json:"answer"`
	Sentences []Sentence  `json:"sentences"`
	Citations []Citation  `json:"citations"`
	Contexts  []Context   `json:"contexts"` // what the answer was written from
	Missing   []string    `json:"missing"`
	Nearest   []string    `json:"nearest"`
	Unread    []Unread    `json:"unread"`
	Model     string      `json:"model"`
	Degraded  string      `json:"degraded"`
	AsOf      string      `json:"as_of"`
	Usage     Usage       `json:"usage"`
	Latency   Latency     `json:"latency_ms"`

	// Ranked are the paragraphs that the search found, best first: at least ten if
	// there are as many, even if the answer was written from fewer.
	Ranked []Ranked `json:"ranked"`

	Type       string    `json:"type"`
	Tags       []string  `json:"tags"`
	Gold       []Gold    `json:"gold"` // as found in the documents
	Answers    []string  `json:"answers"`
	Answerable *bool     `json:"answerable"` // null: not known
	History    []Message `json:"history"`

	Error   string             `json:"error"`   // why there is no answer; the row then enters no metric
	Metrics map[string]float64 `json:"metrics"` // those that apply to this case
	Run     string             `json:"run"`     // the Run that it is of
	Case    string             `json:"case"`    // hash of the case: rows with the same one were measured alike
	Lost    bool               `json:"lost"`    // some gold of the case is not in the documents
}

// A Sentence of an answer. Citations are numbers N of the row's Citations.
type Sentence struct {
	Text        string      `json:"text"`
	Citations   []int       `json:"citations"`
	Support     rag.Support `json:"support"`
	Unsupported []string    `json:"unsupported"`
}

// A Citation is a quote: bytes Start to End of the document's text.
type Citation struct {
	N         int    `json:"n"`
	Doc       string `json:"doc"`
	Title     string `json:"title"`
	Heading   string `json:"heading"`
	Date      string `json:"date"`
	Paragraph int    `json:"paragraph"`
	Last      int    `json:"last"` // the paragraph that the quote ends in; 0: the same
	Line      int    `json:"line"`
	Page      int    `json:"page"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Quote     string `json:"quote"`
	URL       string `json:"url"`
	// Highlights are bytes of Quote, from and to: what fits the question best.
	Highlights [][2]int `json:"highlights"`
}

// Unread counts the files of one kind that were not read.
type Unread struct {
	Kind  string `json:"kind"`
	Files int    `json:"files"`
}

// A Context is a passage that the answer was written from.
type Context struct {
	Doc       string  `json:"doc"`
	Paragraph int     `json:"paragraph"` // of those in Text, the nearest to the question
	Line      int     `json:"line"`      // where it begins
	Text      string  `json:"text"`
	Score     float64 `json:"score"`
	Dense     float64 `json:"dense"`
	Lexical   float64 `json:"lexical"`
}

// Ranked is a paragraph that was found. Its text is not kept.
type Ranked struct {
	Doc       string  `json:"doc"`
	Paragraph int     `json:"paragraph"`
	Last      int     `json:"last"` // the last paragraph of the passage; 0: it has one
	Score     float64 `json:"score"`
}

// contextOf returns the context that a quote stands in: the one that names its paragraph,
// if there is one, else the first of its document with the same words.
func (r *Row) contextOf(c Citation) (found Context, ok bool) {
	for _, x := range r.Contexts {
		if x.Doc != c.Doc || c.Quote == "" || !strings.Contains(x.Text, c.Quote) {
			continue
		}
		if x.Paragraph == c.Paragraph {
			return x, true
		}
		if !ok {
			found, ok = x, true
		}
	}
	return found, ok
}

// key returns the gold paragraph among first to last of a document, else the first:
// several paragraphs in a row take one place.
func (r *Row) key(doc string, first, last int) string {
	for _, g := range r.Gold {
		if g.Doc == doc && g.Paragraph >= first && g.Paragraph <= last {
			return ParagraphID(doc, g.Paragraph)
		}
	}
	return ParagraphID(doc, first)
}

// Usage counts a language model's tokens.
type Usage struct {
	Prompt     int `json:"prompt_tokens"`
	Cached     int `json:"cached_tokens"`
	Completion int `json:"completion_tokens"`
}

// Latency is in milliseconds.
type Latency struct {
	Retrieve float64 `json:"retrieve"`
	First    float64 `json:"first"`
	Total    float64 `json:"total"`
}

// A Metric is a figure over the cases of one group.
type Metric struct {
	Name      string  // such as "hit@5"
	Group     string  // a Type of cases; empty: all of them
	Value     float64 // a share from 0 to 1, a number of words or tokens, or milliseconds
	Low, High float64 // the 95 % interval
	Scored    int     // cases that it is taken over
	Asked     int     // cases that it applies to: those, the ones that failed, and for passed those with lost gold
	Better    int     // 1: a higher one is, -1: a lower one, 0: neither
}
