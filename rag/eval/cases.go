// Package eval measures answers against cases: questions whose right answers, or
// sources, are known.
//
//	cases.jsonl -ReadCases-> Cases -Ask, Score-> Rows -Summarise-> Metrics -Check-> Gates
//
// Nothing here asks a model or reads a file on its own: package main in bot/ runs
// the cases and hands over what there is to read and write.
package eval

import "footnote/rag"

// A Case is a question and what is known of its answer. Only Question is required.
type Case struct {
	ID         string    `json:"id"`
	Question   string    `json:"question"`
	Answers    []string  `json:"answers"` // right ones: each suffices
	Gold       []Gold    `json:"gold"`    // the paragraphs that answer it
	Answerable *bool     `json:"answerable"`
	Type       string    `json:"type"` // metrics are told apart by it
	History    []Message `json:"history"`
	Tags       []string  `json:"tags"` // "critical": the case must pass
	Line       int       `json:"-"`    // 1-based, in its file
	Hash       string    `json:"-"`    // of what is asked and expected, as its file has it: set by NewLocator
	Lost       bool      `json:"-"`    // some gold is not in the documents: see Locator
}

// Critical is the tag of a case that must pass.
const Critical = "critical"

// Gold names a paragraph that answers a question: by document and number, by a
// quote of it, or by both. With a document alone, any of its paragraphs will do.
type Gold struct {
	Doc       string `json:"doc"`       // with or without its extension
	Paragraph int    `json:"paragraph"` // 1-based
	Text      string `json:"text"`      // the paragraph, or a part of it
}

// A Message is one of the conversation before a question.
type Message struct {
	Role string `json:"role"` // "user" or "assistant"
	Text string `json:"text"`
}

// Ask returns the question as the engine takes it. A user's message opens a turn;
// what the assistant says up to the next one is its answer.
func (c Case) Ask() rag.Question {
	q := rag.Question{Text: c.Question, Scope: rag.Scope{All: true}}
	for _, m := range c.History {
		switch n := len(q.History); {
		case m.Role == "user":
			q.History = append(q.History, rag.Turn{Question: m.Text})
		case n > 0 && q.History[n-1].Answer != "":
			q.History[n-1].Answer += "\n" + m.Text
		case n > 0:
			q.History[n-1].Answer = m.Text
		}
	}
	return q
}
