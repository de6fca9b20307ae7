// Package chat is the conversation in the terminal: reading lines, the commands
// that begin with a slash, and what came before. What the conversation is about,
// and how answers look, is the Library's.
package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"footnote/rag"
)

// A Library is what a conversation is about. Ask, Source and Open write where the
// conversation does.
type Library interface {
	// Ask answers q and shows the answer as it comes. If ctx ends meanwhile, it
	// shows what there is, marked as cancelled, and returns that with an error.
	Ask(ctx context.Context, q rag.Question) (rag.Answer, error)
	// Source shows source n of an answer in full, or all in short if n is 0.
	Source(ctx context.Context, a rag.Answer, n int) error
	// Open says where a source is, and has the desktop open it, if there is one.
	Open(ctx context.Context, c rag.Citation) error
	// Stats shows the time and the tokens that answers took, oldest first.
	Stats(ctx context.Context, answers []rag.Answer) error
	// Vote keeps what the user thinks of an answer.
	Vote(ctx context.Context, v Vote) error
}

// A Vote says what the user thinks of an answer.
type Vote struct {
	AnswerID, Question string
	Verdict            rag.Verdict
	Good               bool
	Comment            string
}

// Lines reads what the user types.
type Lines interface {
	// Read returns the next line without its line feed. It returns io.EOF at
	// the end and ErrInterrupt for Ctrl-C.
	Read(ctx context.Context, prompt string) (string, error)
}

// ErrInterrupt is Ctrl-C at the prompt.
var ErrInterrupt = errors.New("interrupted")

// A Chat is one conversation. All fields but Notes are needed.
type Chat struct {
	Library Library
	Lines   Lines
	Out     io.Writer
	// Interrupts tells of Ctrl-C while an answer is on its way.
	Interrupts <-chan os.Signal
	// Markdown writes a question and its answer for /save.
	Markdown func(question string, a rag.Answer) (string, error)
	// Nearest returns the word of list that is most like word, or nothing.
	Nearest func(word string, list []string) string
	// Typo returns the word of list that is word or nearly so, or nothing.
	Typo func(word string, list []string) string
	// Problem says what went wrong, in a sentence for the user.
	Problem func(error) string
	// Notes returns what has happened since it was last called, such as a
	// background sync that failed.
	Notes func() []string

	turns []turn
}

// A turn is a question and its answer.
type turn struct {
	question string
	answer   rag.Answer
}

const (
	prompt     = "> "
	morePrompt = ". "
	fence      = `"""`
	// maxTurns is how many turns go with a question, so that follow-ups work.
	maxTurns = 5
	// leaveWithin is how soon a second Ctrl-C leaves.
	leaveWithin = 2 * time.Second

	nothingAsked = "Nothing has been asked yet."
)

// MaxQuestion is far more than a question needs, in bytes, and keeps a pasted
// book from being taken for one.
const MaxQuestion = 32 << 10

// Run talks until the user leaves or ctx ends.
func (c *Chat) Run(ctx context.Context) error {
	var interrupted time.Time
	for {
		c.notes()
		text, err := c.question(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrInterrupt) && text != "": // the line is cleared
			interrupted = time.Time{}
			continue
		case errors.Is(err, ErrInterrupt):
			if time.Since(interrupted) < leaveWithin {
				return nil
			}
			interrupted = time.Now()
			c.say("To leave, press Ctrl-D, type /exit, or press Ctrl-C again.")
			continue
		case errors.Is(err, io.EOF):
			c.say("")
			return nil
		case err != nil:
			return fmt.Errorf("read a line: %w", err)
		}
		interrupted = time.Time{}
		if left := c.line(ctx, text); left {
			return nil
		}
	}
}

func (c *Chat) notes() {
	if c.Notes == nil {
		return
	}
	for _, n := range c.Notes() {
		c.say("%s", n)
	}
}

// question reads a line, or several between two fences.
func (c *Chat) question(ctx context.Context) (string, error) {
	text, err := c.Lines.Read(ctx, prompt)
	for err == nil && open(text) {
		var more string
		more, err = c.Lines.Read(ctx, morePrompt)
		text += "\n" + more
	}
	if errors.Is(err, io.EOF) && strings.TrimSpace(text) != "" {
		err = nil
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\ufffd"))
	if rest, ok := strings.CutPrefix(text, fence); ok {
		text = strings.TrimSpace(strings.TrimSuffix(rest, fence))
	}
	return text, err
}

// open tells whether text begins with a fence and lacks the second one.
func open(text string) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), fence)
	return ok && !strings.HasSuffix(rest, fence)
}

// line does what one line says. It returns true if that is to leave.
func (c *Chat) line(ctx context.Context, text string) (left bool) {
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case text == "":
		return false
	case text == "exit" || text == "quit":
		return true
	case isCommand(word), c.isDotted(text):
		return c.command(ctx, word, strings.TrimSpace(rest))
	case len(text) > MaxQuestion:
		c.say("That is too long for a question: %d bytes of at most %d.", len(text), MaxQuestion)
	default:
		c.ask(ctx, text)
	}
	return false
}

// ask answers a question. Ctrl-C stops the answer, not the conversation.
func (c *Chat) ask(ctx context.Context, text string) {
	select {
	case <-c.Interrupts: // a Ctrl-C that came too late for the answer before
	default:
	}
	answering, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-c.Interrupts:
			cancel()
		case <-answering.Done():
		}
	}()
	a, err := c.Library.Ask(answering, rag.Question{Text: text, History: c.history(), Scope: rag.Scope{All: true}})
	cancelled := err != nil && answering.Err() != nil
	cancel()
	<-watched
	if err != nil && !cancelled {
		c.say("%s", c.Problem(err))
	}
	if err == nil || len(a.Sentences) > 0 {
		c.turns = append(c.turns, turn{text, a})
	}
	c.say("")
}

// history returns the last turns, oldest first, less those that were about no
// document: a follow-up after "list documents" refers to the question before.
func (c *Chat) history() []rag.Turn {
	var h []rag.Turn
	for _, t := range c.turns {
		if t.answer.Verdict != rag.Chat {
			h = append(h, t.answer.Turn(t.question))
		}
	}
	return h[max(0, len(h)-maxTurns):]
}

// last returns the latest answer.
func (c *Chat) last() (turn, bool) {
	if len(c.turns) == 0 {
		c.say(nothingAsked)
		return turn{}, false
	}
	return c.turns[len(c.turns)-1], true
}

func (c *Chat) say(format string, args ...any) {
	fmt.Fprintf(c.Out, format+"\n", args...)
}
