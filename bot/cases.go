package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"footnote/bot/db"
	"footnote/rag"
	"footnote/rag/eval"
)

// An evalCase is a line of a file of evaluation cases. It has no answers, as
// Footnote keeps none, and no history.
type evalCase struct {
	eval.Case
	Reason string `json:"reason,omitempty"`
	Count  int    `json:"count"` // how often it was asked
}

// newCase returns a case none of whose lists is null.
func newCase(id, question string) evalCase {
	return evalCase{Case: eval.Case{ID: id, Question: question, Answers: []string{}, Gold: []eval.Gold{}, History: []eval.Message{}, Tags: []string{}}}
}

const (
	helpfulTag   = "helpful"
	unhelpfulTag = "unhelpful"
)

// A rated question is one that was answered, and the votes that stand.
type rated struct {
	text, verdict string
	citations     []db.Citation
	at            time.Time
	votes         []db.Feedback
	balance       int // good votes less bad ones
}

// casesOf makes cases of questions and votes, oldest first. It returns how many
// questions have no vote as well.
func casesOf(questions []db.Question, votes []db.Feedback) (cases []evalCase, unrated int) {
	groups, order := map[string][]rated{}, []string{}
	for _, r := range answers(questions, votes) {
		key := sameWords(r.text)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for _, key := range order {
		if c, ok := caseOf(key, groups[key]); ok {
			cases = append(cases, c)
		} else {
			unrated++
		}
	}
	return cases, unrated
}

// answers joins questions with their votes, oldest first. A vote in the terminal has
// no row among the questions: its own question stands for it, without sources.
func answers(questions []db.Question, votes []db.Feedback) []rated {
	byID := map[string]*rated{}
	for _, q := range questions {
		byID[q.ID] = &rated{text: q.Text, verdict: q.Verdict, citations: q.Citations, at: q.At}
	}
	for _, v := range standing(votes) {
		r := byID[v.AnswerID]
		if r == nil {
			r = &rated{text: v.Question, verdict: v.Verdict, at: v.At}
			byID[v.AnswerID] = r
		}
		r.votes = append(r.votes, v)
		r.balance += v.Vote
	}
	var all []rated
	for _, r := range byID {
		if r.verdict != string(rag.Chat) && strings.TrimSpace(r.text) != "" {
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(a, b rated) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.text, b.text)) })
	return all
}

// standing returns the last vote of each person for each answer, unless it was
// taken back. The terminal is one person.
func standing(votes []db.Feedback) []db.Feedback {
	type voter struct{ answer, user string }
	last := map[voter]int{}
	for i, v := range votes {
		last[voter{v.AnswerID, v.User}] = i
	}
	var all []db.Feedback
	for i, v := range votes {
		if v.Vote != 0 && last[voter{v.AnswerID, v.User}] == i {
			all = append(all, v)
		}
	}
	return all
}

// caseOf makes a case of the answers to a question that was asked again and again,
// if anybody voted on one.
func caseOf(key string, all []rated) (evalCase, bool) {
	balance, votes := 0, 0
	for _, r := range all {
		balance += r.balance
		votes += len(r.votes)
	}
	if votes == 0 {
		return evalCase{}, false
	}
	id := sha256.Sum256([]byte(key))
	c := newCase("feedback-"+hex.EncodeToString(id[:8]), "")
	c.Count = len(all)
	helpful := balance > 0
	for _, r := range slices.Backward(all) { // the latest answer that the votes are about
		if len(r.votes) > 0 && r.balance > 0 == helpful {
			c.Question, c.Type = withoutMentions(r.text), kindOf(r.verdict)
			answerable := c.Type == "answerable" || c.Type == "partial"
			c.Answerable = &answerable
			if helpful && answerable {
				c.Gold = goldOf(r.citations)
			}
			break
		}
	}
	c.Tags = []string{helpfulTag}
	if !helpful { // nobody knows yet what would have been right, or whether there is an answer
		c.Tags, c.Type, c.Answerable, c.Reason = []string{unhelpfulTag}, "unreviewed", nil, reasons(all)
	}
	return c, true
}

// kindOf names a question whose answer was helpful as public test sets do (MTRAG).
func kindOf(verdict string) string {
	switch rag.Verdict(verdict) {
	case rag.NotFound:
		return "unanswerable"
	case rag.Clarify:
		return "underspecified"
	case rag.Partial:
		return "partial"
	}
	return "answerable"
}

func goldOf(citations []db.Citation) []eval.Gold {
	all := []eval.Gold{}
	for _, c := range citations {
		if g := (eval.Gold{Doc: c.Doc, Paragraph: c.Paragraph, Text: c.Quote}); !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

// reasons returns what people had against the answers, each reason once.
func reasons(all []rated) string {
	var said []string
	for _, r := range all {
		for _, v := range r.votes {
			why := strings.Trim(v.Reason+": "+strings.TrimSpace(v.Comment), ": ")
			if v.Vote < 0 && why != "" && !slices.Contains(said, why) {
				said = append(said, why)
			}
		}
	}
	return withoutMentions(strings.Join(said, "; "))
}

// withoutMentions takes the IDs of people out of Slack's text.
func withoutMentions(s string) string {
	return regexp.MustCompile(`<@[UW][A-Z0-9]+(\|[^>]*)?>`).ReplaceAllString(s, "@someone")
}

// sameWords returns the same for questions that differ in capitals, spaces and the
// marks at their end only.
func sameWords(s string) string {
	return strings.Join(strings.Fields(strings.TrimRight(strings.ToLower(s), " \n\t?!.…？！。")), " ")
}

// goldIn returns the first paragraph of a passage that holds what is looked for, else its
// first.
func goldIn(p rag.Passage, holds func(string) bool) eval.Gold {
	for i, b := range p.Blocks {
		if s := p.Text[b.Span.Start-p.Span.Start : b.Span.End-p.Span.Start]; holds(s) {
			return eval.Gold{Doc: p.DocID, Paragraph: p.Paragraph + i, Text: s}
		}
	}
	b, paragraph := p.At(0)
	return eval.Gold{Doc: p.DocID, Paragraph: paragraph, Text: p.Text[:b.Span.End-p.Span.Start]}
}
