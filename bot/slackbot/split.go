package slackbot

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// size returns how long Slack takes s to be: in UTF-16 units, as JavaScript does,
// which is never less than in characters.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// prefix returns the first characters of s, limit at most.
func prefix(s string, limit int) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			return s[:i]
		}
	}
	return s
}

// indivisible is what may not be cut: our escapes, links, marks and code in a line.
var indivisible = regexp.MustCompile("^(?:\\\\[[:punct:]]|&(?:lt|gt|amp);|`[^`\n]+`|<[^<>\n]+>|(?:\\[[0-9]+\\])+)")

// fence is a line that begins or ends code.
var fence = regexp.MustCompile("^```[A-Za-z0-9+#-]{0,20}(?:\n|$)")

// atom returns the length in bytes of the first piece of s that may not be cut. What is
// longer than limit may.
func atom(s string, limit int) int {
	n := 0
	switch {
	case strings.IndexByte("\\&`<[", s[0]) >= 0:
		n = len(indivisible.FindString(s))
	case len(s) > 1 && s[0] < utf8.RuneSelf && s[1] >= utf8.RuneSelf, s[0] >= utf8.RuneSelf:
		g := graphemes.FromString(s)
		g.Next()
		n = len(g.Value())
	}
	if n == 0 || n > limit && size(s[:n]) > limit {
		_, n = utf8.DecodeRuneInString(s)
	}
	return n
}

// A place to cut is the better, the higher.
const (
	afterAny = iota
	afterWord
	afterSentence
	afterLine
	afterParagraph
	places
)

// A reader walks through Markdown made here, and knows where it is.
type reader struct {
	s      string
	pos    int    // in bytes
	size   int    // of what was read
	fence  string // the line that began the code it is in; empty outside
	quote  bool   // in a line of a block quote
	indent bool   // before the first letter of a line
}

// split returns Markdown made here, or mrkdwn, in parts of at most limit characters;
// limit is at least 100. It cuts between paragraphs, else between lines, sentences,
// words or letters, and closes code in one part to open it again in the next. Parts
// are a quarter full at least, except the last.
func split(s string, limit int) []string {
	var parts []string
	s = strings.Trim(s, "\n")
	for size(s) > limit {
		at := best(s, limit)
		part, rest := s[:at.pos], s[at.pos:]
		switch {
		case at.fence != "":
			part = strings.TrimSuffix(part, "\n") + closing
			rest = at.fence + rest
		case at.quote:
			rest = "> " + strings.TrimLeft(rest, " ")
		}
		parts = append(parts, strings.TrimRight(part, "\n "))
		s = strings.TrimLeft(rest, "\n")
	}
	return append(parts, s)
}

// closing ends code.
const closing = "\n```"

// best returns the reader at the best place to cut s, which is longer than limit.
func best(s string, limit int) reader {
	var found [places]reader
	var last reader // where there is nothing but empty lines
	for r := (reader{s: s}); r.pos < len(s); {
		place := r.next(limit / 2)
		if r.size+len(closing) > limit {
			break
		}
		if place >= 0 {
			found[place] = r
		}
		last = r
	}
	for _, atLeast := range []int{limit / 4, 1} {
		for _, r := range slices.Backward(found[:]) {
			if r.size >= atLeast {
				return r
			}
		}
	}
	return last
}

// next reads on, and returns what kind of place it comes to, or -1 for none to cut.
// What is longer than whole may be cut anywhere.
func (r *reader) next(whole int) int {
	if r.pos == 0 || r.s[r.pos-1] == '\n' {
		r.quote = r.fence == "" && strings.HasPrefix(r.s[r.pos:], "> ")
		r.indent = true
		if line := fence.FindString(r.s[r.pos:]); line != "" {
			r.readFence(line)
			return -1
		}
	}
	piece := r.read(atom(r.s[r.pos:], whole))
	r.indent = r.indent && (piece == " " || piece == ">")
	before, after := r.s[:r.pos-len(piece)], r.s[r.pos:]
	switch {
	case piece == "\n" && (strings.HasPrefix(after, "\n") || strings.HasPrefix(after, "```") && r.fence != ""):
		return -1
	case piece == "\n":
		r.quote = false
		if strings.HasSuffix(before, "\n") && r.fence == "" {
			return afterParagraph
		}
		return afterLine
	case r.indent && (piece == " " || piece == ">"):
		return -1
	case piece == " " && strings.ContainsAny(lastByte(before), ".!?"), strings.Contains("。！？", piece):
		return afterSentence
	case piece == " ":
		return afterWord
	}
	return afterAny
}

// readFence reads a line that begins or ends code.
func (r *reader) readFence(line string) {
	switch {
	case r.fence == "":
		r.fence = strings.TrimSuffix(line, "\n") + "\n"
	default:
		r.fence, line = "", "```"
	}
	r.read(len(line))
}

// read returns the next n bytes, and is behind them.
func (r *reader) read(n int) string {
	piece := r.s[r.pos : r.pos+n]
	r.pos += n
	r.size += size(piece)
	return piece
}

func lastByte(s string) string { return s[max(0, len(s)-1):] }
