package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/rag"
)

// JSON writes an answer as one object on one line. The fields, their names and
// their order are a contract (schema 1). No list is ever null.
func JSON(w io.Writer, question string, a rag.Answer) error { return Object(w, object(question, a)) }

// Object writes v as JSON on one line. What a terminal would obey is written as
// \u escapes, so that no byte is lost and none does harm.
func Object(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(escaped(b.Bytes()))
	return err
}

type answerJSON struct {
	Schema    int            `json:"schema"`
	AnswerID  string         `json:"answer_id"`
	Question  string         `json:"question"`
	Query     string         `json:"query"`
	Verdict   rag.Verdict    `json:"verdict"`
	Abstained bool           `json:"abstained"`
	Answer    string         `json:"answer"`
	Sentences []sentenceJSON `json:"sentences"`
	Citations []citationJSON `json:"citations"`
	Contexts  []contextJSON  `json:"contexts"`
	Missing   []string       `json:"missing"`
	Nearest   []string       `json:"nearest"`
	Unread    []unreadJSON   `json:"unread"`
	Model     string         `json:"model"`
	Degraded  string         `json:"degraded"`
	AsOf      string         `json:"as_of"`
	Usage     usageJSON      `json:"usage"`
	Latency   latencyJSON    `json:"latency_ms"`
}

type sentenceJSON struct {
	Text        string      `json:"text"`
	Citations   []int       `json:"citations"`
	Support     rag.Support `json:"support"`
	Unsupported []string    `json:"unsupported"`
}

type citationJSON struct {
	N         int    `json:"n"`
	Doc       string `json:"doc"`
	Title     string `json:"title"`
	Heading   string `json:"heading"`
	Date      string `json:"date"`
	Paragraph int    `json:"paragraph"`
	Last      int    `json:"last"`
	Line      int    `json:"line"`
	Page      int    `json:"page"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Quote     string `json:"quote"`
	URL       string `json:"url"`
	// Highlights are [start, end) bytes of Quote: what fits the question best.
	Highlights [][2]int `json:"highlights"`
}

type contextJSON struct {
	Doc       string  `json:"doc"`
	Paragraph int     `json:"paragraph"` // of those in text, the nearest to the question
	Line      int     `json:"line"`      // where it begins
	Text      string  `json:"text"`
	Score     float64 `json:"score"`
	Dense     float64 `json:"dense"`
	Lexical   float64 `json:"lexical"`
}

type unreadJSON struct {
	Kind  string `json:"kind"` // ".rst", "images" for styles too, "" without an extension
	Files int    `json:"files"`
}

type usageJSON struct {
	Prompt     int `json:"prompt_tokens"`
	Cached     int `json:"cached_tokens"`
	Completion int `json:"completion_tokens"`
}

type latencyJSON struct {
	Retrieve milliseconds `json:"retrieve"`
	First    milliseconds `json:"first"`
	Total    milliseconds `json:"total"`
}

// milliseconds are written with one decimal.
type milliseconds float64

func (m milliseconds) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%.1f", float64(m)), nil }

func inMilliseconds(d time.Duration) milliseconds {
	return milliseconds(float64(d) / float64(time.Millisecond))
}

func object(question string, a rag.Answer) answerJSON {
	o := answerJSON{
		Schema: 1, AnswerID: a.ID, Question: question, Query: a.Query,
		Verdict: a.Verdict, Abstained: a.Verdict == rag.NotFound, Answer: Prose(a.Sentences),
		Sentences: []sentenceJSON{}, Citations: []citationJSON{}, Contexts: []contextJSON{}, Unread: []unreadJSON{},
		Missing: list(a.Missing), Nearest: list(a.Nearest), Model: a.Model, Degraded: a.Degraded,
		Usage:   usageJSON{a.Usage.PromptTokens, a.Usage.CachedTokens, a.Usage.CompletionTokens},
		Latency: latencyJSON{inMilliseconds(a.Timing.Embed + a.Timing.Search), inMilliseconds(a.Timing.First), inMilliseconds(a.Timing.Total)},
	}
	if !a.AsOf.IsZero() {
		o.AsOf = a.AsOf.UTC().Format(time.RFC3339)
	}
	for _, s := range a.Sentences {
		o.Sentences = append(o.Sentences, sentenceJSON{s.Text, list(s.Citations), s.Support, list(s.Unsupported)})
	}
	for _, c := range a.Citations {
		o.Citations = append(o.Citations, citationJSON{c.N, c.DocID, c.Title, c.Heading, c.Date,
			c.Paragraph, c.Last, c.Line, c.Page, c.Span.Start, c.Span.End, c.Quote, c.URL, pairs(c.Highlights)})
	}
	for _, h := range a.Hits {
		b, paragraph := h.Nearest()
		o.Contexts = append(o.Contexts, contextJSON{h.Passage.DocID, paragraph, b.Line, h.Passage.Text, h.Score, h.Dense, h.Lexical})
	}
	for _, u := range a.Unread {
		o.Unread = append(o.Unread, unreadJSON(u))
	}
	return o
}

// pairs returns spans as pairs of numbers, never nil.
func pairs(spans []rag.Span) [][2]int {
	out := [][2]int{}
	for _, s := range spans {
		out = append(out, [2]int{s.Start, s.End})
	}
	return out
}

// list returns s, never nil.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Prose returns the sentences with their marks as one text.
func Prose(ss []rag.CitedSentence) string {
	var b strings.Builder
	for i, s := range ss {
		if i > 0 {
			gap := Between(ss[i-1].Text, s.Text)
			if gap == "\n" {
				s.Text = strings.TrimPrefix(s.Text, " ")
			}
			b.WriteString(gap)
		}
		b.WriteString(rag.Marked(s))
	}
	return strings.TrimSpace(b.String())
}

// Between returns what separates two sentences: a line feed beside a table or
// code block, nothing if they come with their own space or are Chinese or
// Japanese, else a space.
func Between(before, after string) string {
	if Block(before) || Block(after) {
		return "\n"
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	if strings.ContainsRune(" \n\t。！？", last) || strings.ContainsRune(" \n\t", first) {
		return ""
	}
	return " "
}

// escaped returns JSON with what Clean removes written as \u escapes: the same
// value, harmless if it reaches a terminal.
func escaped(line []byte) []byte {
	out := make([]byte, 0, len(line))
	for _, r := range string(line) {
		switch {
		case r == '\n' || !hidden(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
