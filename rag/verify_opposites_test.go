package rag_test

import (
	"regexp"
	"strings"
)

var opposedRE = regexp.MustCompile(` (before|after|more|fewer|less|increased|decreased|rose|fell|grew|declined|first|last|allowed|forbidden|permitted|prohibited|opened|closed|highest|lowest|largest|smallest|began|ended|won|lost|northern|southern|eastern|western|majority|minority|internal|external|early|late)( |,)`)

var opposites = strings.Fields("before after more fewer less more increased decreased rose fell grew shrank declined increased first last allowed forbidden permitted prohibited " +
	"opened closed highest lowest largest smallest began ended won lost northern southern eastern western majority minority internal external early late")

// swapOpposite puts a word's opposite in its place.
func (m *mill) swapOpposite(s, p string) (string, bool) {
	s, _ = m.sometimes(s, p)
	found := opposedRE.FindAllStringSubmatchIndex(s, -1)
	if found == nil {
		return "", false
	}
	at := found[m.r.IntN(len(found))]
	old := s[at[2]:at[3]]
	for i := range opposites {
		if opposites[i] == old {
			return s[:at[2]] + opposites[i^1] + s[at[3]:], true
		}
	}
	return "", false
}

var wordsRE = regexp.MustCompile(`[a-z]{4,}`)

// exchangeNumbers exchanges two numbers of a sentence that are said of different
// things.
func (m *mill) exchangeNumbers(s, p string) (string, bool) {
	s, _ = m.sometimes(s, p)
	found := digitsRE.FindAllStringSubmatchIndex(s, -1)
	if len(found) < 2 {
		return "", false
	}
	i := m.r.IntN(len(found) - 1)
	a, b := found[i], found[i+1]
	one, two := s[a[2]:a[3]], s[b[2]:b[3]]
	if one == two || len(one) != len(two) || !wordsRE.MatchString(s[a[3]:b[2]]) {
		return "", false
	}
	return s[:a[2]] + two + s[a[3]:b[2]] + one + s[b[3]:], true
}

var (
	auxRE  = regexp.MustCompile(`\b(is|are|was|were|can|could|will|would|should|may|might|must|has|have|had) (\w+)`)
	pastRE = regexp.MustCompile(`\b([A-Z]\w+|he|she|it|they|He|She|It|They) (\w{3,}ed) `)
	notRE  = regexp.MustCompile(` (?:not|never|no longer|no)\b|n't\b|(?:\bcan)(not)\b`)
)

// addNot says that it is not so.
func (m *mill) addNot(s, p string) (string, bool) {
	if notRE.MatchString(s) {
		return "", false
	}
	s, _ = m.sometimes(s, p)
	if at := auxRE.FindStringSubmatchIndex(s); at != nil {
		return s[:at[3]] + [...]string{" not", " never", " not"}[m.r.IntN(3)] + s[at[3]:], true
	}
	if at := pastRE.FindStringSubmatchIndex(s); at != nil {
		return s[:at[4]] + "never " + s[at[4]:], true
	}
	return "", false
}

// dropNot leaves a negation out.
func (m *mill) dropNot(s, p string) (string, bool) {
	s, _ = m.sometimes(s, p)
	at := notRE.FindStringSubmatchIndex(s)
	if at == nil || strings.HasPrefix(s[at[1]:], " only") || strings.HasPrefix(s[at[1]:], " just") || strings.HasPrefix(s[at[0]:], " no.") {
		return "", false
	}
	if at[2] >= 0 {
		return s[:at[2]] + s[at[3]:], true
	}
	return s[:at[0]] + s[at[1]:], true
}
