package ragtest

import (
	"context"
	"slices"
	"sync"
	"unicode/utf8"

	"footnote/rag"
)

// Generator is a rag.Generator that says what it is told to. It counts a token
// for each four bytes. It is safe for concurrent use.
type Generator struct {
	Name  string                          // the model; "script" if empty
	Text  string                          // what it says
	Reply func(ms []rag.Message) string   // what it says, in place of Text, if not nil
	Piece int                             // bytes of each piece, at letters; 0 says all at once
	Fail  func(call, pieces int) error    // asked before each piece and at the end; calls count from 1
	Stop  func(call int) (truncated bool) // whether the limit of tokens ends a reply; nil: never

	mu    sync.Mutex
	calls [][]rag.Message
}

// Model implements rag.Generator.
func (g *Generator) Model() string {
	if g.Name == "" {
		return "script"
	}
	return g.Name
}

// Generate implements rag.Generator.
func (g *Generator) Generate(ctx context.Context, ms []rag.Message, emit func(string)) (rag.Completion, error) {
	g.mu.Lock()
	g.calls = append(g.calls, slices.Clone(ms))
	call := len(g.calls)
	g.mu.Unlock()

	reply := g.Text
	if g.Reply != nil {
		reply = g.Reply(ms)
	}
	var c rag.Completion
	for _, m := range ms {
		c.Usage.PromptTokens += (len(m.Text) + 3) / 4
	}
	for pieces := 0; ; pieces++ {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		if g.Fail != nil {
			if err := g.Fail(call, pieces); err != nil {
				return c, err
			}
		}
		if reply == "" {
			c.Truncated = g.Stop != nil && g.Stop(call)
			return c, nil
		}
		n := g.pieceOf(reply)
		emit(reply[:n])
		c.Usage.CompletionTokens += (n + 3) / 4
		reply = reply[n:]
	}
}

// pieceOf returns how much of a reply comes next.
func (g *Generator) pieceOf(reply string) int {
	n := g.Piece
	if n <= 0 || n >= len(reply) {
		return len(reply)
	}
	for n < len(reply) && !utf8.RuneStart(reply[n]) {
		n++
	}
	return n
}

// Calls returns what it was told so far, each time.
func (g *Generator) Calls() [][]rag.Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.calls)
}
