package rag_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag/text"
)

// reword says a sentence in other words: up to three of the ways below, at least
// one. What it says stays true.
func (m *mill) reword(s, _ string) (string, bool) {
	ways := slices.Clone(rewordings)
	m.r.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	n := 0
	for _, way := range ways {
		if out := way(s); out != s && n < 3 {
			s = out
			n++
		}
	}
	return s, n > 0
}

var rewordings = []func(string) string{moveFront, moveBack, otherNumbers, otherDates, synonyms, dropAside, dropTail, toActive, toPassive, contract, attribute}

var (
	frontRE = regexp.MustCompile(`^((?:In|On|At|By|During|After|Since|Until|Before|From) [^,;:"]{3,40}), ([^:;"]+)\.$`)
	backRE  = regexp.MustCompile(`^([^,:;"]+) ((?:in|on|since|during|until) (?:[A-Z]\w+ )?(?:\d{1,2}, )?\d{4})\.$`)
	asideRE = regexp.MustCompile(` \([^()]*\)|, (?:which|who|whose|where) [^,]+(?:,|(?:\.$))`)
	tailRE  = regexp.MustCompile(`, (?:which|while|although|whereas|with|including|making|resulting|and thus|such as) [^,]+\.$`)
	byRE    = regexp.MustCompile(`^((?:The |A |An )?[\w' -]+?) (?:was|were) (\w+ed) by ((?:the )?[\w'. -]+?)( in [\w ]+)?\.$`)
	doesRE  = regexp.MustCompile(`^([A-Z]\w+(?: [A-Z]\w+)*) (\w{3,}ed) (the \w+(?: \w+)?)( (?:in|from|of|at|on|for|with) [^,;]+)?\.$`)
)

func moveFront(s string) string {
	if m := frontRE.FindStringSubmatch(s); m != nil {
		return upperFirst(m[2]) + " " + lowerFirst(m[1]) + "."
	}
	return s
}

func moveBack(s string) string {
	if m := backRE.FindStringSubmatch(s); m != nil {
		return upperFirst(m[2]) + ", " + lowerArticle(m[1]) + "."
	}
	return s
}

func dropAside(s string) string {
	return asideRE.ReplaceAllStringFunc(s, func(aside string) string {
		if strings.HasSuffix(aside, ".") {
			return "."
		}
		return ""
	})
}

func dropTail(s string) string { return tailRE.ReplaceAllString(s, ".") }

func toActive(s string) string {
	if m := byRE.FindStringSubmatch(s); m != nil {
		return upperFirst(m[3]) + " " + m[2] + " " + lowerArticle(m[1]) + m[4] + "."
	}
	return s
}

func toPassive(s string) string {
	if m := doesRE.FindStringSubmatch(s); m != nil {
		return upperFirst(m[3]) + " was " + m[2] + " by " + m[1] + m[4] + "."
	}
	return s
}

var contractions = strings.NewReplacer("did not ", "didn't ", "does not ", "doesn't ", "was not ", "wasn't ", "were not ", "weren't ", "cannot ", "can't ", "is not ", "isn't ", "are not ", "aren't ")

func contract(s string) string { return contractions.Replace(s) }

func attribute(s string) string {
	if len(s)%4 == 0 {
		return "According to the documents, " + lowerArticle(s)
	}
	return s
}

var (
	smallRE   = regexp.MustCompile(`( )(\d{1,2})( [a-z]{3,})`)
	commaRE   = regexp.MustCompile(`\b\d{1,3}(?:,\d{3})+\b`)
	percentRE = regexp.MustCompile(`(\d)(?:%| percent\b)`)
	wordRE    = regexp.MustCompile(` (two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty) `)
	dollarRE  = regexp.MustCompile(`\$(\d[\d.,]*\d|\d)( million| billion)?`)
)

var smallNumbers = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty")

func otherNumbers(s string) string {
	s = smallRE.ReplaceAllStringFunc(s, func(m string) string {
		g := smallRE.FindStringSubmatch(m)
		n, _ := strconv.Atoi(g[2])
		if n < 2 || n > 20 || slices.ContainsFunc(monthNames, func(name string) bool { return strings.HasPrefix(strings.TrimSpace(g[3]), name) }) {
			return m
		}
		return g[1] + smallNumbers[n] + g[3]
	})
	s = wordRE.ReplaceAllStringFunc(s, func(m string) string {
		return " " + strconv.Itoa(slices.Index(smallNumbers, strings.TrimSpace(m))) + " "
	})
	s = commaRE.ReplaceAllStringFunc(s, func(m string) string { return strings.ReplaceAll(m, ",", "") })
	if strings.Contains(s, "%") {
		s = percentRE.ReplaceAllString(s, "$1 percent")
	} else {
		s = percentRE.ReplaceAllString(s, "$1%")
	}
	return dollarRE.ReplaceAllString(s, "$1$2 dollars")
}

var (
	dmyRE = regexp.MustCompile(`\b(\d{1,2}) (` + strings.Join(monthNames, "|") + `) (\d{4})\b`)
	mdyRE = regexp.MustCompile(`\b(` + strings.Join(monthNames, "|") + `) (\d{1,2}), (\d{4})\b`)
)

func otherDates(s string) string {
	if dmyRE.MatchString(s) {
		return dmyRE.ReplaceAllString(s, "$2 $1, $3")
	}
	return mdyRE.ReplaceAllStringFunc(s, func(m string) string {
		g := mdyRE.FindStringSubmatch(m)
		return g[2] + " " + g[1][:3] + " " + g[3]
	})
}

// synonymPairs are read in both directions, as whole words.
var synonymPairs = [][2]string{
	{"began", "started"}, {"large", "big"}, {"largest", "biggest"}, {"about", "roughly"}, {"approximately", "around"}, {"used", "employed"},
	{"many", "numerous"}, {"often", "frequently"}, {"however", "nevertheless"}, {"built", "constructed"}, {"created", "established"},
	{"because", "since"}, {"important", "significant"}, {"several", "a number of"}, {"became", "turned into"}, {"shows", "demonstrates"},
	{"mainly", "primarily"}, {"also", "additionally"}, {"due to", "because of"}, {"people", "persons"}, {"help", "assist"}, {"area", "region"},
	{"known as", "called"}, {"ended", "concluded"}, {"received", "got"}, {"population", "inhabitants"}, {"rapidly", "quickly"}, {"difficult", "hard"},
	{"main", "principal"}, {"located", "situated"}, {"various", "different"}, {"within", "inside"}, {"according to", "as stated by"}, {"made", "produced"},
	{"although", "though"}, {"typically", "usually"}, {"allow", "let"}, {"major", "chief"}, {"published", "released"}, {"war", "conflict"},
}

// synonyms changes at most three words.
func synonyms(s string) string {
	words, n := strings.Split(s, " "), 0
	for i, w := range words {
		core := strings.TrimRight(w, ".,;")
		for _, p := range synonymPairs {
			for d := range 2 {
				if core == p[d] && n < 3 {
					words[i] = p[1-d] + w[len(core):]
					n++
					core = ""
				}
			}
		}
	}
	return strings.Join(words, " ")
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// lowerArticle makes the first letter small where the first word is no name.
func lowerArticle(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if slices.Contains(strings.Fields("For As When While With To However, The A An This These Those It He She They There In On At By During After Since Until Before From Some Many Most Its His Her Their"), first) {
		return lowerFirst(s)
	}
	return s
}

var questionRE = []struct {
	re *regexp.Regexp
	to string // $a is the answer, $p the preposition before it in its paragraph
}{
	{regexp.MustCompile(`^When (was|were) (.+) ((?:first )?(?:\w{3,}ed|built|made|born|held|sold|won|begun|founded|known|seen|taken|sent|given|written))\?$`), "$2 $1 $3 $p $a."},
	{regexp.MustCompile(`^Where (is|was|are|were) (.+) ((?:\w{3,}ed|built|made|born|held|found))\?$`), "$2 $1 $3 $p $a."},
	{regexp.MustCompile(`^Who (was|is|were|are) (.+ed by|[\w ]+ed) (.+)\?$`), "$a $1 $2 $3."},
	{regexp.MustCompile(`^Who (\w+ed|wrote|won|led|became|made|built|gave|took|said|ran|held|has|had) (.+)\?$`), "$a $1 $2."},
	{regexp.MustCompile(`^How many ([a-z]+(?: [a-z]+)?) (live|lived|work|worked|died|attended|participated|make|made|served|use|were|are|play|played) (.+)\?$`), "$a $1 $2 $3."},
	{regexp.MustCompile(`^What (is|was|are|were) (the [\w '-]+ of [\w '-]+|[\w'-]+ (?:made of|used for|known as|called|named after))\?$`), "$2 $1 $a."},
	{regexp.MustCompile(`^What (is|was) the name of (.+)\?$`), "The name of $2 $1 $a."},
	{regexp.MustCompile(`^In (?:what|which) year (?:was|were) (.+) (\w{3,}ed|built|made|born|held|won)\?$`), "$1 was $2 in $a."},
	{regexp.MustCompile(`^What \w+ (was|is|were|are) ((?:\w+ed|used|built|made|known) .+)\?$`), "$a $1 $2."},
}

var prepositionRE = regexp.MustCompile(`(?i)\b(in|on|at|by|from|during|near|since|between|around|until|to|within|into)(?: the)? $`)

// fromQuestion makes a statement of a question about paragraph i and its answer.
func (m *mill) fromQuestion(i int) (string, bool) {
	p := m.article.paragraphs[i]
	for _, k := range m.r.Perm(len(m.article.asked[i])) {
		qa := m.article.asked[i][k]
		at := strings.Index(p, qa.a)
		if at < 0 || qa.a == "" || !m.wellFormed(qa) {
			continue
		}
		preposition := "in"
		if f := prepositionRE.FindStringSubmatch(p[:at]); f != nil {
			preposition = strings.ToLower(f[1])
		}
		for _, pattern := range questionRE {
			if g := pattern.re.FindStringSubmatch(strings.TrimSpace(qa.q)); g != nil {
				s := strings.NewReplacer("$a", qa.a, "$p", preposition, "$1", g[1], "$2", at2(g, 2), "$3", at2(g, 3)).Replace(pattern.to)
				return upperFirst(s), true
			}
		}
	}
	return "", false
}

var clauseRE = regexp.MustCompile(`(?i)[.;]|\b(?:is|was|are|were|had|that|which|when|year|percentage|percent)\b`)

// wellFormed tells whether a question and its answer make a sentence: the answer
// is a phrase, not a clause, and the question has no word that stands in no
// article, which is misspelt more often than not.
func (m *mill) wellFormed(q qa) bool {
	if text.Count(q.a) > 6 || clauseRE.MatchString(q.a) || strings.HasSuffix(q.a, ".") || badQuestionRE.MatchString(q.q) {
		return false
	}
	return !slices.ContainsFunc(text.Words(strings.ToLower(q.q)), func(w text.Word) bool { return !m.known[w.Text] })
}

// badQuestionRE finds questions whose last words want the answer after them, and
// those that ask for what is not so.
var badQuestionRE = regexp.MustCompile(` (?:as|to|in|of|for|with|on|by|than|from)\?$|\bnot\b|n't\b|^What (?:year|day|month|date|century|percentage|time|kind|type|sort) `)

func at2(g []string, i int) string {
	if i < len(g) {
		return g[i]
	}
	return ""
}
