package rag

import (
	"slices"
	"strings"
)

// What a sentence says of a thing is told by the words around it. A number, date
// or name that stands in the source, but where the sentence has it the source has
// another, is in the wrong place: names exchanged, the figure of the line above.

const (
	// neighbours is how many words on either side of a fact are compared.
	neighbours = 3
	// slotMargin is how much better another fact's neighbours must agree with
	// those of a claim's fact than its own do; a content word counts 1.
	slotMargin = 1.4
	// slotLeast is how well they must agree at least.
	slotLeast = 1.
	// slotShare is the least share of the neighbours that must agree.
	slotShare = .6
)

// misplaced returns the facts of the claim that stand where its sources have
// other ones.
func (e evidence) misplaced() []string {
	var lost []string
	for i := range e.claim.facts {
		if e.isMisplaced(e.claim.facts[i]) {
			lost = append(lost, e.claim.said(e.claim.facts[i]))
		}
	}
	return lost
}

func (e evidence) isMisplaced(f fact) bool {
	own, other := -1., 0.
	for _, s := range e.sources {
		for _, g := range s.text.facts {
			if e.claim.sameFact(f, s.text, g) {
				own = max(own, likeness(e.claim, f, s.text, g))
			}
		}
		for i := f.from; i < f.to && f.kind == aName; i++ {
			for _, at := range s.text.find(e.claim.words[i]) { // in small letters
				if e.claim.words[i].name == maybe && s.text.words[at].name == noName && f.to == f.from+1 {
					return false // no name
				}
				own = max(own, likeness(e.claim, f, s.text, fact{from: at, to: at + 1}))
			}
		}
	}
	if own < 0 {
		return false // in a title, or as a word
	}
	for _, s := range e.sources {
		for _, g := range s.text.facts {
			if e.claim.sameSlot(f, s.text, g) && !e.claim.sameFact(f, s.text, g) && !s.text.listedWith(g, e.claim, f) && e.sameVoice(f, s.text, g) {
				other = max(other, likeness(e.claim, f, s.text, g))
			}
		}
	}
	return other >= slotLeast && other >= own+slotMargin && other >= slotShare*likeness(e.claim, f, e.claim, f)
}

// sameVoice tells whether two names stand in sentences that are both in the
// active or both in the passive; see exchanged for the others.
func (e evidence) sameVoice(f fact, o *reading, g fact) bool {
	return f.kind != aName || e.claim.hasAgent(e.claim.words[f.from].sentence) == o.hasAgent(o.words[g.from].sentence)
}

// sameSlot tells whether f and g may stand in the same place of a sentence.
func (r *reading) sameSlot(f fact, o *reading, g fact) bool {
	if f.kind == aName || g.kind == aName {
		return f.kind == g.kind
	}
	if f.when() || g.when() {
		return f.when() && g.when()
	}
	return f.number.Unit == g.number.Unit
}

// when tells whether a fact is a date or a year.
func (f fact) when() bool {
	n := f.number
	return f.kind == aDate || f.kind == aNumber && !n.InWords && n.Unit == "" && n.Value >= 1000 && n.Value < 2100 && n.Value == float64(int(n.Value))
}

// likeness tells how far the words around fact f of r agree with those around g
// of o: 1 for each content word, half of it for others, little for a sentence's
// begin or end.
func likeness(r *reading, f fact, o *reading, g fact) float64 {
	return side(r.around(f.from, -1), o.around(g.from, -1)) + side(r.around(f.to-1, 1), o.around(g.to-1, 1))
}

// doSupport comes with a "not".
var doSupport = wordSet("do does did")

// around returns the words before or after word i, nearest first, with an empty
// one at the end of its sentence. A "not" is left out: it is looked for elsewhere.
func (r *reading) around(i, step int) []word {
	ws := make([]word, 0, neighbours)
	for at := i + step; len(ws) < neighbours; at += step {
		if at < 0 || at >= len(r.words) || r.words[at].sentence != r.words[i].sentence {
			return append(ws, word{})
		}
		if !r.isNegator(at) && !doSupport[r.words[at].term] {
			ws = append(ws, r.words[at])
		}
	}
	return ws
}

func side(a, b []word) (sum float64) {
	for _, w := range a {
		if !slices.ContainsFunc(b, func(x word) bool { return sameWord(w, x) }) {
			continue
		}
		switch {
		case w.term == "":
			sum += .25
		case w.stop:
			sum += .5
		default:
			sum++
		}
	}
	return sum
}

// sameWord tells whether two words are forms of one.
func sameWord(a, b word) bool {
	return a.term == b.term || a.name != name && beginning(a.term) != "" && beginning(a.term) == beginning(b.term)
}

// listedWith tells whether g stands in a list with f: "A, B and C" is "C, A and B".
func (r *reading) listedWith(g fact, claim *reading, f fact) bool {
	for _, h := range r.facts {
		if claim.sameFact(f, r, h) && r.words[h.from].sentence == r.words[g.from].sentence && r.joined(min(g.to, h.to), max(g.from, h.from)) {
			return true
		}
	}
	return false
}

// joined tells whether nothing but other facts, "and" and the like is between
// two words.
func (r *reading) joined(from, to int) bool {
	for _, w := range r.words[from:max(from, to)] {
		if w.fact == 0 && !joining[strings.ToLower(w.Text)] {
			return false
		}
	}
	return true
}

var joining = wordSet("and or the a an und oder der die das et ou le la les y o e el los with as well")
