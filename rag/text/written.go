package text

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A writing is a date or number that can be written otherwise, with its terms, the
// most telling first.
type writing struct {
	start, end int // bytes
	terms      []string
	exact      bool // its words do not stand for it
}

// written returns the dates and numbers of s that have terms beside those of their
// words.
func written(s, lang string, ws []Word) []writing {
	var out []writing
	if hasDigit(s) {
		for _, d := range Dates(s, lang, ws) {
			if terms := d.terms(); len(terms) > 0 {
				out = append(out, writing{d.Start, d.End, terms, d.Day > 0})
			}
		}
	}
	for i := 0; i < len(ws); {
		n, next, ok := number(s, lang, ws, i)
		if !ok {
			i++
			continue
		}
		if t := numeral(n, ws[i:next]); t != "" {
			out = append(out, writing{ws[i].Start, ws[next-1].End, []string{t}, false})
		}
		i = next
	}
	return out
}

// terms returns the terms of a date: of all of it first, then of its year and
// month, of the day of any year, and of the year.
func (d Date) terms() []string {
	var out []string
	if d.Year > 0 && d.Day > 0 {
		out = append(out, fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day))
	}
	if d.Year > 0 {
		out = append(out, fmt.Sprintf("%04d-%02d", d.Year, d.Month))
	}
	if d.Day > 0 {
		out = append(out, fmt.Sprintf("--%02d-%02d", d.Month, d.Day))
	}
	return out
}

// numeral returns a number in digits, if its words are not those: a million, 3bn,
// 3rd, 1 200.
func numeral(n Number, ws []Word) string {
	w := strings.ToLower(ws[0].Text)
	suffix := strings.TrimLeft(w, "0123456789.,")
	again := len(ws) > 1 || n.InWords || letterScale[suffix] > 0 || slices.Contains(ordinals[:], suffix)
	if !again || n.Value != math.Trunc(n.Value) || n.Value > 1e15 || n.InWords && Unspaced(w) || strings.HasPrefix(w, "second") {
		return ""
	}
	return strconv.FormatFloat(n.Value, 'f', -1, 64)
}

var ordinals = [...]string{"st", "nd", "rd", "th"}
