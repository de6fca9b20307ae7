package eval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ragasSample is a SingleTurnSample of ragas (docs.ragas.io, tested with 0.4.3).
// A field without a value is left out: ragas takes an empty one for a value.
type ragasSample struct {
	Question           string   `json:"user_input"`
	Contexts           []string `json:"retrieved_contexts,omitempty"`
	ContextIDs         []string `json:"retrieved_context_ids,omitempty"`
	ReferenceContexts  []string `json:"reference_contexts,omitempty"`
	ReferenceContextID []string `json:"reference_context_ids,omitempty"`
	Response           string   `json:"response"`
	Reference          string   `json:"reference,omitempty"`
}

// WriteRagas writes rows as JSON lines for ragas, one SingleTurnSample each; rows
// that failed are left out. The response is without citation marks, the
// reference the first right answer. A conversation before the question stands in
// front of it, since ragas wants all samples of a file to be of one kind.
func WriteRagas(w io.Writer, rows []Row) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if r.Error != "" {
			continue
		}
		if err := enc.Encode(r.ragas()); err != nil {
			return fmt.Errorf("write ragas samples: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write ragas samples: %w", err)
	}
	return nil
}

func (r Row) ragas() ragasSample {
	s := ragasSample{Question: r.conversation(), Response: r.unmarked()}
	for _, c := range r.Contexts {
		s.Contexts = append(s.Contexts, c.Text)
		s.ContextIDs = append(s.ContextIDs, ParagraphID(c.Doc, c.Paragraph))
	}
	for _, g := range r.Gold {
		if g.Text != "" {
			s.ReferenceContexts = append(s.ReferenceContexts, g.Text)
		}
		if g.Paragraph > 0 {
			s.ReferenceContextID = append(s.ReferenceContextID, ParagraphID(g.Doc, g.Paragraph))
		}
	}
	if len(r.Answers) > 0 {
		s.Reference = r.Answers[0]
	}
	return s
}

// conversation returns the question, after what was said before it.
func (r Row) conversation() string {
	if len(r.History) == 0 {
		return r.Question
	}
	var b strings.Builder
	for _, m := range r.History {
		fmt.Fprintf(&b, "%s: %s\n", m.Role, m.Text)
	}
	return b.String() + "user: " + r.Question
}

// unmarked returns the answer without citation marks.
func (r Row) unmarked() string {
	var sentences []string
	for _, s := range r.Sentences {
		sentences = append(sentences, strings.TrimSpace(s.Text))
	}
	return strings.Join(sentences, " ")
}
