package rag

import (
	"cmp"
	"slices"
	"strings"
)

// A pole is a word that has an opposite: before and after, allowed and forbidden.
type pole struct {
	at, axis, sign int // word, which opposites, which of the two
}

const (
	// poleNeighbours is how many words on either side of a pole are compared, on
	// both sides together: "fever fell" is "reduced fever".
	poleNeighbours = 4
	// poleLeast is how well they must agree at least; a content word counts 1.
	poleLeast = 1.
	// poleShare is the least share of them that must agree.
	poleShare = .4
	// poleMargin is how much better they must agree with the opposite's.
	poleMargin = 1.
)

// opposed returns the words of the claim where the sources have their opposites
// and not them. A "not" makes a word its opposite: not allowed is forbidden.
func (e evidence) opposed() []string {
	var lost []string
	for _, p := range e.claim.poles() {
		own, other := -1., -1.
		for _, s := range e.sources {
			for _, q := range s.text.poles() {
				if p.axis != q.axis {
					continue
				}
				l := poleLikeness(e.claim, p, s.text, q)
				if e.claim.says(p) == s.text.says(q) {
					own = max(own, l)
				} else {
					other = max(other, l)
				}
			}
		}
		if other >= poleLeast && other >= own+poleMargin && other >= poleShare*poleLikeness(e.claim, p, e.claim, p) {
			lost = append(lost, e.claim.words[p.at].Text)
		}
	}
	return lost
}

// says returns the sign of a pole as it is said: denied, it is the other one.
func (r *reading) says(p pole) int {
	if slices.ContainsFunc(r.negations(), func(n negation) bool { return !n.soft && len(n.over) > 0 && n.over[0] == p.at }) {
		return -p.sign
	}
	return p.sign
}

// onAxis tells whether word i of the claim or its opposite stands in a source's
// window, in another word.
func (e evidence) onAxis(i int) bool {
	p, ok := e.claim.pole(i)
	if !ok {
		return false
	}
	for k, s := range e.sources {
		for _, q := range s.text.poles() {
			if q.axis == p.axis && e.best[k].has(s.text.words[q.at].sentence) {
				return true
			}
		}
	}
	return false
}

// poleLikeness tells how far the words around two poles agree. Of before and after
// what comes next must agree too: else they are said of something else.
func poleLikeness(r *reading, p pole, o *reading, q pole) float64 {
	if p.axis == 0 && !sameWord(r.object(p.at), o.object(q.at)) {
		return 0
	}
	return side(r.near(p.at), o.near(q.at))
}

// object returns the first content word after word i.
func (r *reading) object(i int) word {
	for _, w := range r.words[i+1:] {
		if w.sentence != r.words[i].sentence {
			break
		}
		if !w.stop {
			return w
		}
	}
	return word{}
}

// near returns the words around word i, each once.
func (r *reading) near(i int) []word {
	var ws []word
	seen := map[string]bool{}
	for at := max(0, i-poleNeighbours); at <= min(len(r.words)-1, i+poleNeighbours); at++ {
		w := r.words[at]
		if at == i || w.sentence != r.words[i].sentence || seen[w.term] || r.isNegator(at) || doSupport[w.term] {
			continue
		}
		seen[w.term] = true
		ws = append(ws, w)
	}
	return ws
}

// poles returns the words of a text that have an opposite.
func (r *reading) poles() []pole {
	if r.opposable == nil {
		ps := []pole{}
		for i := range r.words {
			if p, ok := r.pole(i); ok {
				ps = append(ps, p)
			}
		}
		r.opposable = &ps
	}
	return *r.opposable
}

func (r *reading) pole(i int) (pole, bool) {
	w := strings.ToLower(r.words[i].Text)
	lang := cmp.Or(r.lang, "en")
	p, ok := opposites[lang][w]
	if !ok || r.words[i].name == name {
		return pole{}, false
	}
	p.at = i
	next := func(k int) word {
		if i+k < len(r.words) && r.words[i+k].sentence == r.words[i].sentence {
			return r.words[i+k]
		}
		return word{}
	}
	switch {
	case beforeNumber[w]:
		n := next(1)
		if strings.EqualFold(n.Text, "than") {
			n = next(2)
		}
		ok = n.fact > 0 && r.facts[n.fact-1].kind == aNumber
	case w == "up" || w == "bis": // up to 16
		to := strings.ToLower(next(1).Text)
		n := next(2)
		ok = (to == "to" || to == "zu") && n.fact > 0 && r.facts[n.fact-1].kind == aNumber
	case w == "most" || w == "least":
		ok = i > 0 && strings.EqualFold(r.words[i-1].Text, "at")
	case w == "last":
		ok = !lastTime[strings.ToLower(next(1).Text)]
	}
	return p, ok
}

// beforeNumber are words that have their opposite only before a number.
var beforeNumber = wordSet("over above under below über unter")

// lastTime are words with which "last" has no opposite "first".
var lastTime = wordSet("year years week weeks month months decade century night time summer winter spring autumn season two three few")

// opposites are the poles by language and word. A line of oppositeLists has the
// words of an axis, those of its other end after a bar; the first is that of before
// and after.
var opposites = func() map[string]map[string]pole {
	all := map[string]map[string]pole{}
	for lang, list := range oppositeLists {
		all[lang] = map[string]pole{}
		axis := 0
		for line := range strings.Lines(list) {
			one, other, _ := strings.Cut(line, "|")
			for w := range strings.FieldsSeq(one) {
				all[lang][w] = pole{axis: axis, sign: 1}
			}
			for w := range strings.FieldsSeq(other) {
				all[lang][w] = pole{axis: axis, sign: -1}
			}
			axis++
		}
	}
	return all
}()

var oppositeLists = map[string]string{
	"en": `before earlier | after later
		more over above exceeding least minimum | less fewer under below most maximum up
		increase increases increased increasing rise rises rose risen rising grow grows grew grown growing | decrease decreases decreased decreasing decline declines declined declining fall falls fell fallen falling drop drops dropped reduce reduces reduced shrink shrank
		allowed allow allows permitted permit permits legal | forbidden forbid forbids prohibited prohibit prohibits banned ban bans illegal
		open opens opened | closed closes shut
		first | last final
		enabled enable enables | disabled disable disables
		include includes included including | exclude excludes excluded excluding
		accept accepts accepted | reject rejects rejected
		win wins won | lose loses lost
		highest largest biggest greatest | lowest smallest
		begin begins began begun start starts started | end ends ended finish finishes finished
		northern | southern
		eastern | western
		majority | minority
		positive | negative
		internal | external
		early | late`,
	"de": `vor | nach
		mehr mindestens über | weniger höchstens maximal unter bis
		steigt stieg gestiegen steigen erhöht wächst wuchs gewachsen zugenommen | sinkt sank gesunken sinken gesenkt fiel gefallen verringert abgenommen
		erlaubt gestattet zulässig | verboten untersagt unzulässig
		geöffnet offen | geschlossen
		erste ersten erster erstes | letzte letzten letzter letztes
		aktiviert | deaktiviert
		beginnt begann begonnen | endet endete geendet
		größte größten höchste höchsten | kleinste kleinsten niedrigste niedrigsten`,
}
