package show

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s without what a terminal would obey or a reader could not see:
// control characters (so every escape sequence loses its ESC), C1 controls, bidi
// overrides, zero-width and tag characters. Line feeds stay, tabs become spaces,
// and bytes that are not UTF-8 become U+FFFD.
//
// A joiner stays where it does honest work: between two letters of scripts that
// are written with it, and between two emoji.
func Clean(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	var last rune
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case r == '\t':
			r = ' '
		case r == '\u2028' || r == '\u2029':
			r = '\n'
		case r == '\u200c' || r == '\u200d':
			next, _ := utf8.DecodeRuneInString(s[i+size:])
			if !joins(last) || !joins(next) {
				continue
			}
		case hidden(r):
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// Line returns s cleaned and on one line.
func Line(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// clean tells quickly that there is nothing to do: printable ASCII only.
func clean(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '\n' && (c < 0x20 || c >= 0x7f) {
			return false
		}
	}
	return true
}

// hidden tells whether r must not reach a terminal.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\ufe0e' || r == '\ufe0f': // text and emoji style
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // format characters that are seen
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// joins tells whether a zero-width joiner or non-joiner beside r can matter.
func joins(r rune) bool {
	return r == '\ufe0f' || unicode.In(r, unicode.So, unicode.Sk, unicode.Arabic, unicode.Syriac, unicode.Mongolian,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil,
		unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}
