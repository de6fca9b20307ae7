package rag

import (
	"cmp"
	"slices"
	"strings"
)

// reversed returns what a claim denies, affirms or says of something else than
// its sources do.
func (e evidence) reversed() []string {
	lost := e.negated()
	if lost == nil {
		lost = e.opposed()
	}
	return slices.Concat(lost, e.misplaced(), e.exchanged())
}

// negated compares what is denied: each word right after a "not" of the claim
// must be denied where the sources say it in the most similar words, and the
// other way round.
func (e evidence) negated() []string {
	var lost []string
	own := e.claim.negations()
	for _, n := range own {
		if n.soft {
			continue
		}
		for k, i := range n.over {
			s, at := e.aligned(i)
			if s == nil {
				if e.onAxis(i) {
					break // in opposed
				}
				continue
			}
			if !s.denied(at, true) && (k == 0 && e.inMain(s, at) || !e.denied()) {
				lost = append(lost, e.claim.words[n.at].Text)
			}
			break
		}
	}
	for i := range e.claim.words {
		if e.claim.words[i].stop || e.claim.denied(i, true) {
			continue
		}
		s, at := e.aligned(i)
		if s == nil {
			continue
		}
		for _, n := range s.negations() {
			if !n.soft && len(n.over) > 0 && n.over[0] == at && e.holdsMost(s, n.over) {
				lost = append(lost, e.claim.words[i].Text+" without “"+s.words[n.at].Text+"”")
			}
		}
	}
	return lost
}

// holdsMost tells whether the claim holds half of some words of a source and
// every fact among them: of "not in 1889 but in 1890" it need not hold the first.
func (e evidence) holdsMost(s *reading, words []int) bool {
	held := 0
	for _, i := range words {
		if len(e.claim.find(s.words[i])) > 0 {
			held++
		} else if s.words[i].fact > 0 {
			return false
		}
	}
	return 2*held >= len(words)
}

// aligned returns where the sources have word i of the claim in the most similar
// words, those of their windows first.
func (e evidence) aligned(i int) (*reading, int) {
	var in *reading
	best, most := 0, -1.
	for k, s := range e.sources {
		for _, at := range s.text.find(e.claim.words[i]) {
			l := likeness(e.claim, fact{from: i, to: i + 1}, s.text, fact{from: at, to: at + 1})
			if e.best[k].has(s.text.words[at].sentence) {
				l++
			}
			if l > most {
				in, best, most = s.text, at, l
			}
		}
	}
	return in, best
}

// A negation is a "not" and the content words that it most likely denies.
type negation struct {
	at   int
	over []int
	soft bool // a word that denies by its sense, such as "refuse"
}

// scope is how many content words a negation is taken to deny.
const scope = 3

// negations returns the negations of a text.
func (r *reading) negations() []negation {
	if r.denials != nil {
		return *r.denials
	}
	var ns []negation
	for i := range r.words {
		hard := r.isNegator(i)
		if !hard && !softNegator(r.words[i]) {
			continue
		}
		n := negation{at: i, soft: !hard}
		next := i + 1
		if next < len(r.words) && strings.EqualFold(r.words[i].Text, "no") && strings.EqualFold(r.words[next].Text, "longer") {
			next++
		}
		for j := next; j < len(r.words) && r.words[j].sentence == r.words[i].sentence && len(n.over) < scope; j++ {
			if len(n.over) > 0 && (r.words[j].clause != r.words[n.over[0]].clause || contrast[strings.ToLower(r.words[j].Text)]) {
				break
			}
			if !r.words[j].stop && !r.isNegator(j) {
				n.over = append(n.over, j)
			}
		}
		if len(n.over) == 0 || verbFirst[r.lang] {
			for j := i - 1; j >= 0 && r.words[j].clause == r.words[i].clause; j-- {
				if !r.words[j].stop {
					n.over = append(n.over, j)
					break
				}
			}
		}
		ns = append(ns, n)
	}
	r.denials = &ns
	return ns
}

// verbFirst are languages whose "not" may follow what it denies.
var verbFirst = wordSet("de nl sv")

var contrast = wordSet("but rather sondern mais sino ma maar")

// denied tells whether a negation is over word i.
func (r *reading) denied(i int, soft bool) bool {
	return slices.ContainsFunc(r.negations(), func(n negation) bool { return (soft || !n.soft) && slices.Contains(n.over, i) })
}

// denied tells whether a sentence that holds most of the claim has a negation.
func (e evidence) denied() bool {
	return slices.ContainsFunc(e.sources, func(s *source) bool {
		return slices.ContainsFunc(s.text.negations(), func(n negation) bool { return !n.soft && e.inMain(s.text, n.at) })
	})
}

// inMain tells whether word i of a source is in its sentence that holds most of
// the claim.
func (e evidence) inMain(r *reading, i int) bool {
	k := slices.IndexFunc(e.sources, func(s *source) bool { return s.text == r })
	return e.best[k].main == r.words[i].sentence
}

var negators = map[string]map[string]bool{
	"en": wordSet("not never no cannot neither nor without none nobody nothing nowhere hardly scarcely barely"),
	"de": wordSet("nicht nie niemals kein keine keinem keinen keiner keines ohne weder noch nichts niemand kaum"),
	"fr": wordSet("ne pas jamais aucun aucune sans ni rien guère"),
	"es": wordSet("no nunca jamás ningún ninguna ninguno sin ni nada nadie tampoco"),
	"it": wordSet("non nessun nessuno nessuna senza né"),
	"pt": wordSet("não nunca nenhum nenhuma sem nem"),
	"nl": wordSet("niet nooit geen zonder niets niemand"),
	"sv": wordSet("inte aldrig ingen inget inga utan"),
	"ru": wordSet("не нет ни без никогда нельзя"),
	"pl": wordSet("nie nigdy bez żaden żadna"),
	"zh": wordSet("不 没 未 无 無 沒"),
}

// notOnly are words after which a "not" denies nothing.
var notOnly = wordSet("only just merely simply until nur bloß seulement sólo solo solamente 仅 仅仅 只")

func (r *reading) isNegator(i int) bool {
	w := strings.ToLower(r.words[i].Text)
	if strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t") || strings.HasPrefix(w, "n'") || strings.HasPrefix(w, "n’") {
		return true
	}
	if !negators[cmp.Or(r.lang, "en")][w] {
		return false
	}
	if i+1 < len(r.words) && (notOnly[strings.ToLower(r.words[i+1].Text)] || w == "no" && r.words[i+1].Text[0] <= '9' && r.words[i+1].Text[0] >= '0') {
		return false
	}
	if w == "no" && i+1 < len(r.words) && strings.HasPrefix(r.s[r.words[i].End:], ",") && (i == 0 || r.words[i-1].sentence != r.words[i].sentence) {
		return false // No, it is not.
	}
	return w != "not" || i < 1 || r.words[i-1].Text != "or" // whether or not
}

var softNegators = wordSet(`fail failed fails failing refuse refused refuses lack lacked lacks lacking unable impossible prevent prevented prevents
	avoid avoided deny denied reject rejected few little rarely seldom absent absence illegal stop stopped instead
	verweigerte fehlt unmöglich selten weigerte`)

func softNegator(w word) bool {
	lower := strings.ToLower(w.Text)
	return softNegators[lower] || len(lower) > 6 && !w.stop && w.name == noName && strings.HasPrefix(lower, "un") && !strings.HasPrefix(lower, "uni") && !strings.HasPrefix(lower, "und")
}
