package rag

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// thoughts are the marks that models put around what they think before they
// answer, where the endpoint does not take it out.
var thoughts = [...]struct{ open, close string }{
	{"<think>", "</think>"},
	{"<thinking>", "</thinking>"},
	{"<reasoning>", "</reasoning>"},
	{"<thought>", "</thought>"},
	{"<thoughts>", "</thoughts>"},
	{"<seed:think>", "</seed:think>"},
	{"[THINK]", "[/THINK]"},
	{"◁think▷", "◁/think▷"},
	{"<|channel|>analysis<|message|>", "<|channel|>final<|message|>"},
	{"<|channel|>commentary<|message|>", "<|channel|>final<|message|>"},
	{"<|channel>thought", "<channel|>"},
	{"<|begin_of_thought|>", "<|end_of_thought|>"},
	{"<|START_THINKING|>", "<|END_THINKING|>"},
	{"", "assistantfinal"}, // gpt-oss, where the server took out its tokens
}

// tokens stand before a text or end it, as do those of the form <|NAME|>.
var tokens = [...]string{"<s>", "</s>", "<bos>", "<eos>", "<end_of_turn>", "<start_of_turn>model", "[/INST]",
	"<|im_start|>assistant", "<|start|>assistant", "<|start_header_id|>assistant<|end_header_id|>"}

var (
	token       = regexp.MustCompile(`^<[|｜][\pL\pN_▁:-]{1,32}[|｜]>`)
	beginsToken = regexp.MustCompile(`^<(?:[|｜](?:[\pL\pN_▁:-]{1,32}[|｜]?)?)?$`)
)

// maxGap is how much space behind a mark is looked over.
const maxGap = 64

// An Unthinker takes out of a reply that comes in pieces what a model thinks, and
// the tokens around its messages. The zero value is at the beginning of a reply.
//
// Thoughts that were not opened are known by their closing mark alone: Write then
// tells that what it returned so far was none of the reply. Who shows text while it
// comes must hold back what may turn out to be a thought.
//
// A mark within a sentence or in quotes is text: a document may be about it.
type Unthinker struct {
	held   string // not decided yet
	close  string // the mark that ends the current thought; empty outside
	spared string // the closing mark of one on this line that is text
	begun  bool   // text has come
	over   bool   // a token has ended it
	last   rune   // the last of the line that is no space, 0 at its beginning
	apart  bool   // space follows it
	out    strings.Builder
	anew   bool
}

// Unthink returns a whole reply without thoughts and tokens.
func Unthink(reply string) string {
	var u Unthinker
	u.held = reply
	text, _ := u.End()
	return text
}

// Write returns what the next piece adds to the text. If anew, the text begins
// with it: all before were thoughts.
func (u *Unthinker) Write(s string) (text string, anew bool) {
	u.held += s
	return u.run(false)
}

// End returns what is still held at the end of the reply: nothing of a thought
// that was not finished.
func (u *Unthinker) End() (text string, anew bool) { return u.run(true) }

func (u *Unthinker) run(final bool) (string, bool) {
	u.out.Reset()
	u.anew = false
	for from := 0; ; {
		if u.close != "" {
			if !u.skip() {
				break
			}
			from = 0
		}
		i := strings.IndexAny(u.held[from:], "<[◁a")
		if i < 0 {
			u.emit(whole(u.held, final))
			break
		}
		i += from
		m, ok := readThinkMark(u.held[i:], final)
		if !ok {
			u.emit(i)
			break
		}
		if from = i + 1; m.size > 0 {
			u.emit(i)
			u.mark(m)
			from = 0
		}
	}
	return u.out.String(), u.anew
}

// whole returns the length of s without a letter that is not complete.
func whole(s string, final bool) int {
	for i := max(0, len(s)-utf8.UTFMax+1); i < len(s) && !final; i++ {
		if utf8.RuneStart(s[i]) && !utf8.FullRuneInString(s[i:]) {
			return i
		}
	}
	return len(s)
}

// skip drops a thought up to its end, which may be split over pieces.
func (u *Unthinker) skip() bool {
	n := len(u.close)
	for i := 0; i+n <= len(u.held); i++ {
		if strings.EqualFold(u.held[i:i+n], u.close) {
			u.held, u.close = u.held[i+n:], ""
			return true
		}
	}
	u.held = u.held[max(0, len(u.held)-n+1):]
	return false
}

// emit moves n bytes from what is held to the text.
func (u *Unthinker) emit(n int) {
	s := u.held[:n]
	u.held = u.held[n:]
	if !u.begun {
		s = strings.TrimLeft(s, " \t\r\n")
	}
	if s == "" || u.over {
		return
	}
	u.begun = true
	u.out.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		s, u.last, u.spared, u.apart = s[i+1:], 0, "", false
	}
	if t := strings.TrimRightFunc(s, unicode.IsSpace); t != "" {
		u.last, _ = utf8.DecodeLastRuneInString(t)
		u.apart = len(t) < len(s)
	} else {
		u.apart = u.apart || s != ""
	}
}

// mark drops the mark that held begins with, and what it says is a thought.
func (u *Unthinker) mark(m thinkMark) {
	switch {
	case m.opens && u.begun && (u.quotes(m.next) || u.last != 0 && !strings.ContainsRune(".!?。！？:：", u.last)):
		u.emit(m.size)
		u.spared = m.close
		return
	case !m.opens && (m.close != "" && m.close == u.spared || u.quotes(m.next) || u.within(m.next)):
		u.emit(m.size)
		return
	}
	u.held = u.held[m.size:]
	switch {
	case m.opens:
		u.close = m.close
	case m.close != "":
		u.anew = u.anew || u.begun
		u.out.Reset()
		u.begun, u.over, u.last, u.apart, u.spared = false, false, 0, false, ""
	default:
		u.over = u.begun
	}
}

// quotes tells whether a mark before next stands in quotes.
func (u *Unthinker) quotes(next rune) bool {
	return u.last != 0 && !u.apart && strings.ContainsRune("`\"'“‘«", u.last) && next != 0 && strings.ContainsRune("`\"'”’»", next)
}

// within tells whether a mark before next is a word of a sentence.
func (u *Unthinker) within(next rune) bool {
	return u.apart && (isWordRune(u.last) || u.last == ',') && (unicode.IsLower(next) || next != 0 && strings.ContainsRune(".,;:!?([", next))
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// A thinkMark opens a thought, closes one, or is a token, which has no close.
type thinkMark struct {
	close string
	opens bool
	size  int  // 0: no mark
	next  rune // on its line, without the space between; 0 if none
}

// readThinkMark reads the mark at the beginning of s. It is not ok where more of
// the text has to be known.
func readThinkMark(s string, final bool) (m thinkMark, ok bool) {
	open := false // s may become a mark
	try := func(text string, found thinkMark) {
		n := len(text)
		switch {
		case n > m.size && len(s) >= n && strings.EqualFold(s[:n], text):
			found.size = n
			m = found
		case n > len(s) && strings.EqualFold(s, text[:len(s)]):
			open = true
		}
	}
	for _, t := range thoughts {
		try(t.open, thinkMark{close: t.close, opens: true})
		try(t.close, thinkMark{close: t.close})
	}
	for _, t := range tokens {
		try(t, thinkMark{})
	}
	try(token.FindString(s), thinkMark{})
	split := len(s) < maxGap && whole(s, false) < len(s)
	if !final && (open || split || m.size == 0 && beginsToken.MatchString(s)) {
		return m, false
	}
	if m.size == 0 {
		return m, true
	}
	rest := s[m.size:]
	gap := strings.TrimLeft(rest, " \t")
	if len(rest)-len(gap) >= maxGap {
		return m, true
	}
	if !final && (gap == "" || !utf8.FullRuneInString(gap)) {
		return m, false
	}
	if gap != "" {
		m.next, _ = utf8.DecodeRuneInString(gap)
	}
	return m, true
}
