package show

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// A flow breaks text into lines. Wide characters count two columns, and lines
// may be broken between them. A word longer than a line is left whole, so that
// an address can still be copied.
type flow struct {
	out    *strings.Builder
	width  int
	indent string // of every line after the first

	col   int             // columns used of the current line
	word  strings.Builder // the word that is being collected
	wide  int             // its columns
	space bool            // a space goes before it
	last  string          // the grapheme before
}

// text adds clean text. White space of any length is one space.
func (f *flow) text(s string) { f.styled(s, func(s string) string { return s }) }

// styled adds clean text, of which no word is without its style.
func (f *flow) styled(s string, style func(string) string) {
	var part strings.Builder
	flush := func() {
		if part.Len() > 0 {
			f.word.WriteString(style(part.String()))
			part.Reset()
		}
		f.flush()
	}
	g := displaywidth.StringGraphemes(s)
	for g.Next() {
		v, w := g.Value(), g.Width()
		if r, _ := utf8.DecodeRuneInString(v); unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' {
			flush()
			f.space, f.last = true, ""
			continue
		}
		if f.mayBreak(v, w) {
			flush()
		}
		part.WriteString(v)
		f.wide += w
		f.last = v
	}
	if part.Len() > 0 {
		f.word.WriteString(style(part.String()))
	}
}

// mark adds s, shown as styled, that must not be broken.
func (f *flow) mark(s, styled string) {
	f.word.WriteString(styled)
	f.wide += displaywidth.String(s)
	f.last = "]"
}

// mayBreak tells whether a line may end before grapheme v of width w, with no
// space between. It knows the usual rules for Chinese and Japanese: no line
// begins with a closing mark or ends with an opening one.
func (f *flow) mayBreak(v string, w int) bool {
	if f.last == "" || w < 2 && displaywidth.String(f.last) < 2 {
		return false
	}
	return !strings.ContainsAny(v, "、。，．・：；？！）］｝」』】》〉”’…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.;:!?)]}[") &&
		!strings.ContainsAny(f.last, "（［｛「『【《〈“‘([{")
}

// flush puts the collected word into the line, or into the next one.
func (f *flow) flush() {
	if f.wide == 0 && f.word.Len() == 0 {
		return
	}
	gap := 0
	if f.space && f.col > 0 {
		gap = 1
	}
	switch {
	case f.col > 0 && f.col+gap+f.wide > f.width:
		f.out.WriteString("\n" + f.indent)
		f.col = displaywidth.String(f.indent)
	case gap > 0:
		f.out.WriteByte(' ')
		f.col++
	}
	f.out.WriteString(f.word.String())
	f.col += f.wide
	f.word.Reset()
	f.wide, f.space = 0, false
}

// end ends the line. The next text begins a new one.
func (f *flow) end() {
	f.flush()
	f.out.WriteByte('\n')
	f.col, f.space, f.last = 0, false, ""
}

// wrapped returns the lines of clean text, each at most width columns wide.
func wrapped(s string, width int) []string {
	var b strings.Builder
	f := flow{out: &b, width: width}
	f.text(s)
	f.end()
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// pad returns s with spaces up to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-displaywidth.String(s)))
}
