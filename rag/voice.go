package rag

import "strings"

// A passive is "Y was defeated by X".
type passive struct {
	agent, patient fact
	verb           int // word
}

var byWords = wordSet("by von durch par por da")

// passives returns the passives between two names of one sentence.
func (r *reading) passives() []passive {
	var ps []passive
	for i, w := range r.words {
		if !byWords[strings.ToLower(w.Text)] || !w.stop {
			continue
		}
		p := passive{verb: -1}
		for _, f := range r.facts {
			switch {
			case f.kind != aName || r.words[f.from].sentence != w.sentence:
			case f.to <= i:
				p.patient = f
			case f.from <= i+3 && p.agent.to == 0:
				p.agent = f
			}
		}
		for j := i - 1; j >= p.patient.to && p.verb < 0; j-- {
			if !r.words[j].stop && r.words[j].fact == 0 {
				p.verb = j
			}
		}
		if p.agent.to > 0 && p.patient.to > 0 && p.verb > 0 {
			ps = append(ps, p)
		}
	}
	return ps
}

// hasAgent tells whether a sentence has a passive's agent.
func (r *reading) hasAgent(sentence int) bool {
	for _, p := range r.passives() {
		if r.words[p.verb].sentence == sentence {
			return true
		}
	}
	return false
}

// exchanged returns the sentences in the passive whose sources have agent and
// patient the other way round in the active, and the reverse.
func (e evidence) exchanged() []string {
	var lost []string
	for _, s := range e.sources {
		for _, p := range e.claim.passives() {
			if against(e.claim, p, s.text) {
				lost = append(lost, e.claim.s[e.claim.words[p.patient.from].Start:e.claim.words[p.agent.to-1].End])
			}
		}
		for _, p := range s.text.passives() {
			if against(s.text, p, e.claim) {
				lost = append(lost, e.claim.s[:e.claim.words[len(e.claim.words)-1].End])
			}
		}
	}
	return lost
}

// against tells whether a sentence of o says in the active that the patient of p
// did it to the agent, and none that the agent did it to the patient.
func against(r *reading, p passive, o *reading) bool {
	wrong, right := false, false
	for _, v := range o.find(r.words[p.verb]) {
		n := o.words[v].sentence
		if o.hasAgent(n) {
			if o != r {
				right = true
			}
			continue
		}
		for _, f := range o.facts {
			for _, g := range o.facts {
				if o.words[f.from].sentence != n || o.words[g.from].sentence != n || f.to > v || g.from <= v {
					continue
				}
				wrong = wrong || r.sameFact(p.patient, o, f) && r.sameFact(p.agent, o, g)
				right = right || r.sameFact(p.agent, o, f) && r.sameFact(p.patient, o, g)
			}
		}
	}
	return wrong && !right
}
