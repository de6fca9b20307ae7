package rag

import (
	"math"
	"slices"
	"strings"

	"footnote/rag/text"
)

// loose tells whether a number is part of an ideographic word as often as not.
func (r *reading) loose(f fact) bool {
	return f.kind == aNumber && f.number.InWords && text.Unspaced(r.words[f.from].Text)
}

func (e evidence) holdsFact(f fact) bool {
	for _, s := range e.sources {
		for _, r := range []*reading{s.text, s.head} {
			if slices.ContainsFunc(r.facts, func(g fact) bool { return e.claim.sameFact(f, r, g) }) {
				return true
			}
		}
	}
	if f.kind == aDate && f.date.Year > 0 {
		// The day in one sentence, the year in another.
		day, year := f, fact{kind: aNumber}
		day.date.Year = 0
		year.number.Value, year.number.Alt = float64(f.date.Year), float64(f.date.Year)
		return f.date.Month > 0 && e.undated(day) && e.holdsFact(year)
	}
	return false
}

// undated tells whether the day and month of f stand in a source without a year.
func (e evidence) undated(f fact) bool {
	for _, s := range e.sources {
		if slices.ContainsFunc(s.text.facts, func(g fact) bool { return g.kind == aDate && g.date.Year == 0 && f.date.Within(g.date) }) {
			return true
		}
	}
	return false
}

// inWindow tells whether a number or date stands in the window of a source, as it
// is or rounded.
func (e evidence) inWindow(f fact) bool {
	for i, s := range e.sources {
		for _, g := range s.text.facts {
			if e.best[i].has(s.text.words[g.from].sentence) && (e.claim.sameFact(f, s.text, g) || e.claim.rounded(f, s.text, g)) {
				return true
			}
		}
	}
	return false
}

const (
	// maxAbout is how far a number that is called "about" may be from its source's.
	maxAbout = .05
	// maxBeyond is how far one after "more than" may be below its source's, and
	// one after "almost" above it.
	maxBeyond = .15
)

var (
	aboutNumber = wordSet("about around roughly approximately approx some circa nearly almost etwa rund ungefähr circa ca knapp fast environ près alrededor unos unas casi")
	moreThan    = wordSet("more over above exceeding least mehr über mindestens plus más")
	lessThan    = wordSet("less fewer under below nearly almost weniger unter knapp fast presque menos casi")
)

// rounds tells whether a source has a number in its window that f says roughly:
// "about 49" of 48.7, "more than 1,200" of 1,240.
func (e evidence) rounds(f fact) bool {
	for i, s := range e.sources {
		for _, g := range s.text.facts {
			if e.best[i].has(s.text.words[g.from].sentence) && e.claim.rounded(f, s.text, g) {
				return true
			}
		}
	}
	return false
}

// rounded tells whether number f of r is number g of o, rounded as the words
// before f say it is. Where o says "about" itself, r has to say what it does.
func (r *reading) rounded(f fact, o *reading, g fact) bool {
	a, b := f.number.Value, g.number.Value
	if f.kind != aNumber || g.kind != aNumber || f.number.Unit != g.number.Unit || r.isYear(f) || b <= 0 || figures(a) >= figures(b) {
		return false
	}
	for _, w := range r.before(f) {
		if slices.ContainsFunc(o.facts, func(h fact) bool { return h.kind == aNumber && slices.Contains(o.before(h), w) }) {
			return false
		}
		if aboutNumber[w] && math.Abs(a-b) <= maxAbout*b || moreThan[w] && a < b && b-a <= maxBeyond*b || lessThan[w] && a > b && a-b <= maxBeyond*b {
			return true
		}
	}
	return false
}

// before returns the words before a fact that may say that it is rounded.
func (r *reading) before(f fact) (ws []string) {
	for i := f.from - 1; i >= max(0, f.from-2) && r.words[i].sentence == r.words[f.from].sentence; i-- {
		if w := strings.ToLower(r.words[i].Text); aboutNumber[w] || moreThan[w] || lessThan[w] {
			ws = append(ws, w)
		}
	}
	return ws
}

// isYear tells whether a number may be a year as it is written.
func (r *reading) isYear(f fact) bool { return f.when() && len(r.said(f)) == 4 }

// figures returns how many figures a number has before its last zeros.
func figures(v float64) int {
	n := 0
	for v = math.Round(v * 1000); v >= 1 && math.Mod(v, 10) == 0; {
		v = math.Round(v / 10)
	}
	for ; v >= 1; v = math.Floor(v / 10) {
		n++
	}
	return n
}

// maxCount is the largest number that is taken for a count of what is listed.
const maxCount = 9

// counts tells whether number f counts what is listed after it, in the claim
// ("the three plans are Basic, Team and Pro") or after its noun in a source ("the
// brothers Otto and Emil").
func (e evidence) counts(f fact) bool {
	if f.kind != aNumber || f.number.Unit != "" || f.number.Value < 2 || f.number.Value > maxCount || f.number.Value != math.Trunc(f.number.Value) {
		return false
	}
	n, own := int(f.number.Value), e.claim
	noun := f.to
	if !own.plural(noun) {
		noun++
	}
	if !own.plural(noun) {
		return false
	}
	inSource := false
	for _, s := range e.sources {
		for _, at := range s.text.find(own.words[noun]) {
			if s.text.counted(at) {
				return false
			}
			inSource = inSource || s.text.listed(at+1) == n
		}
	}
	for i := f.to; i < len(own.words) && own.words[i].sentence == own.words[f.from].sentence; i++ {
		if lists[strings.ToLower(own.words[i].Text)] || strings.Contains(own.s[own.words[i-1].End:own.words[i].Start], ":") {
			return own.listed(i) == n || own.listed(i+1) == n
		}
	}
	return inSource
}

// counted tells whether a number stands before word i.
func (r *reading) counted(i int) bool {
	for at := max(0, i-3); at < i; at++ {
		if f := r.words[at].fact; f > 0 && r.facts[f-1].kind == aNumber && !r.facts[f-1].when() && r.words[at].sentence == r.words[i].sentence {
			return true
		}
	}
	return false
}

// plural tells whether word i may be a noun in the plural.
func (r *reading) plural(i int) bool {
	if i >= len(r.words) || r.words[i].stop {
		return false
	}
	w := r.words[i].Text
	return r.lang != "en" || strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "'s") || w == "people" || strings.HasSuffix(w, "men") || w == "children"
}

// lists are words that a list follows.
var lists = wordSet("are were is was include includes namely sind waren ist nämlich sont étaient son eran")

// listed counts the items of the list that begins with word i: it ends with the
// item after "and" or the like. It is 1 where there is no list.
func (r *reading) listed(i int) int {
	n, last := 1, false
	for j := i + 1; j < len(r.words) && r.words[j].sentence == r.words[i].sentence; j++ {
		comma := strings.ContainsAny(r.s[r.words[j-1].End:r.words[j].Start], ",;:.()")
		joined := lastItem[strings.ToLower(r.words[j].Text)]
		switch {
		case comma && last:
			return n
		case joined && !last:
			n, last = n+1, true
		case comma:
			n++
		}
	}
	if !last {
		return 1
	}
	return n
}

var lastItem = wordSet("and or versus und oder et ou y e o")
