package chat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"footnote/rag"
)

// Help says what can be typed.
const Help = `Type a question. The next one may refer to it: "and who signs it?"

/sources [n]     show the sources of the last answer, or source n in full
/open n          say where source n is, and open its file or address
/good, /bad [comment]
                 say whether the last answer was right
/stats           show the time and the tokens that the answers took
/save FILE       write the conversation to FILE as Markdown
/new             begin a new conversation
/help, /?        show this
/exit, /quit, /bye, exit, quit, Ctrl-D
                 leave

""" begins a question of several lines and """ ends it.
Tab completes a command, and Ctrl-C stops an answer. A line that begins with a
space is not kept in the history.`

func commands() []string {
	return []string{"/help", "/?", "/sources", "/open", "/stats", "/new", "/save", "/good", "/bad", "/exit", "/quit", "/bye"}
}

// completions returns the commands that what was typed may become, with a space
// where more has to follow.
func completions(typed string) []string {
	var all []string
	for _, name := range commands() {
		switch {
		case name == "/?" || typed == "" || !strings.HasPrefix(name, typed):
		case name == "/open" || name == "/save":
			all = append(all, name+" ")
		default:
			all = append(all, name)
		}
	}
	return all
}

// isCommand tells a command from a question that begins with a path.
func isCommand(word string) bool {
	return word[0] == '/' && !strings.ContainsAny(word[1:], "/.")
}

// isDotted tells whether a line is a command with a dot in front, which is how
// commands begin elsewhere. ".NET version?" is a question.
func (c *Chat) isDotted(text string) bool {
	words := strings.Fields(text)
	name, dot := strings.CutPrefix(words[0], ".")
	if !dot || len(name) < 2 || len(words) > 2 || strings.ContainsAny(text, "?？؟") {
		return false
	}
	return c.Typo("/"+name, commands()) != ""
}

// command does what a command says. It returns true if that is to leave.
func (c *Chat) command(ctx context.Context, word, rest string) (left bool) {
	switch word {
	case "/help", "/?":
		c.say("%s", Help)
	case "/sources":
		c.sources(ctx, rest)
	case "/open":
		c.open(ctx, rest)
	case "/stats":
		c.stats(ctx)
	case "/new":
		c.turns = nil
		c.say("A new conversation: what was said before is forgotten.")
	case "/save":
		c.save(rest)
	case "/good", "/bad":
		c.vote(ctx, word == "/good", rest)
	case "/exit", "/quit", "/bye":
		return true
	default:
		c.unknown(word)
	}
	return false
}

func (c *Chat) stats(ctx context.Context) {
	if len(c.turns) == 0 {
		c.say(nothingAsked)
		return
	}
	var answers []rag.Answer
	for _, t := range c.turns {
		answers = append(answers, t.answer)
	}
	if err := c.Library.Stats(ctx, answers); err != nil {
		c.say("%s", c.Problem(err))
	}
}

func (c *Chat) unknown(word string) {
	near := c.Nearest("/"+strings.TrimLeft(word, "/."), commands())
	if near == "" || near == "/?" {
		near = "/help"
	}
	c.say("There is no command %s: did you mean %s?", strings.Trim(strconv.Quote(word), `"`), near)
}

// source returns the citation of the last answer that arg numbers.
func (c *Chat) source(arg string) (turn, rag.Citation, bool) {
	t, ok := c.last()
	if !ok {
		return t, rag.Citation{}, false
	}
	n, err := strconv.Atoi(strings.Trim(arg, "[]"))
	for _, cite := range t.answer.Citations {
		if err == nil && cite.N == n {
			return t, cite, true
		}
	}
	switch have := len(t.answer.Citations); have {
	case 0:
		c.say("The last answer has no sources.")
	case 1:
		c.say("The last answer has one source: write 1 for it.")
	default:
		c.say("The last answer has the sources 1 to %d: write one of these numbers.", have)
	}
	return t, rag.Citation{}, false
}

func (c *Chat) sources(ctx context.Context, arg string) {
	var t turn
	var cite rag.Citation
	var ok bool
	if arg != "" {
		t, cite, ok = c.source(arg)
	} else if t, ok = c.last(); ok && len(t.answer.Citations) == 0 {
		c.say("The last answer has no sources.")
		return
	}
	if !ok {
		return
	}
	if err := c.Library.Source(ctx, t.answer, cite.N); err != nil {
		c.say("%s", c.Problem(err))
	}
}

func (c *Chat) open(ctx context.Context, arg string) {
	_, cite, ok := c.source(arg)
	if !ok {
		return
	}
	if err := c.Library.Open(ctx, cite); err != nil {
		c.say("%s", c.Problem(err))
	}
}

func (c *Chat) vote(ctx context.Context, good bool, comment string) {
	t, ok := c.last()
	if !ok {
		return
	}
	err := c.Library.Vote(ctx, Vote{AnswerID: t.answer.ID, Question: t.question, Verdict: t.answer.Verdict, Good: good, Comment: comment})
	if err != nil {
		c.say("%s", c.Problem(err))
		return
	}
	c.say("Noted. Thank you.")
}

// save writes the conversation to a file that does not exist yet.
func (c *Chat) save(path string) {
	if path == "" {
		c.say("Name a file: /save talk.md")
		return
	}
	if len(c.turns) == 0 {
		c.say(nothingAsked)
		return
	}
	text := fmt.Sprintf("# Questions and answers, %s\n\n", time.Now().Format(time.DateOnly))
	for _, t := range c.turns {
		section, err := c.Markdown(t.question, t.answer)
		if err != nil {
			c.say("%s", c.Problem(err))
			return
		}
		text += section
	}
	switch err := writeNew(path, text); {
	case errors.Is(err, fs.ErrExist):
		c.say("%s exists already, and nothing was written: choose another name.", path)
	case err != nil:
		c.say("The conversation could not be saved: %v.", err)
	default:
		c.say("Written to %s.", path)
	}
}

// writeNew makes a file and never replaces one.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
