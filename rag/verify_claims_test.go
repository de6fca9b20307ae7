package rag_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"footnote/rag/text"
)

// A claim is a sentence of the measuring set with the paragraph that it cites and
// others of the document that are shown beside it.
type claim struct {
	Kind, Half, Sentence, Title, Source string
	Others                              []string
}

// An article is a document of the tuning sets as paragraphs, with the questions
// asked of each.
type article struct {
	title      string
	half       string // "tune" or "report"
	paragraphs []string
	asked      map[int][]qa
}

type qa struct{ q, a string }

// readArticles reads squad_tune and train_reader. Every second article is tuned on.
func readArticles(t *testing.T, shared string) []article {
	t.Helper()
	byName := map[string]*article{}
	at := func(name string) *article {
		if byName[name] == nil {
			byName[name] = &article{asked: map[int][]qa{}}
		}
		return byName[name]
	}
	paths, _ := filepath.Glob(filepath.Join(shared, "squad_tune/docs/*.txt"))
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at(strings.TrimSuffix(filepath.Base(path), ".txt")).paragraphs = strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	for _, q := range readQuestions(t, filepath.Join(shared, "squad_tune/questions.jsonl")) {
		for _, g := range q.Gold {
			at(g.Doc).asked[g.Paragraph-1] = append(at(g.Doc).asked[g.Paragraph-1], qa{q.Question, q.Answers[0]})
		}
	}
	readReader(t, filepath.Join(shared, "train_reader.jsonl"), at)
	var all []article
	for i, name := range slices.Sorted(maps.Keys(byName)) {
		a := byName[name]
		a.title = strings.ReplaceAll(strings.TrimPrefix(name, "reader/"), "_", " ")
		a.half = [...]string{"tune", "report"}[i%2]
		all = append(all, *a)
	}
	return all
}

func readReader(t *testing.T, path string, at func(string) *article) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var p struct {
			Doc, Paragraph string
			Questions      []struct {
				Q          string
				A          []string
				Answerable bool
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		d := at("reader/" + p.Doc)
		d.paragraphs = append(d.paragraphs, strings.Join(strings.Fields(p.Paragraph), " "))
		for _, q := range p.Questions {
			if q.Answerable {
				d.asked[len(d.paragraphs)-1] = append(d.asked[len(d.paragraphs)-1], qa{q.Q, q.A[0]})
			}
		}
	}
}

// perKind is how many claims of each kind are made of each half.
const perKind = 250

// A maker makes claims of one kind; ok is false where a sentence gives none.
type maker struct {
	kind string
	make func(m *mill, s, paragraph string) (string, bool)
}

// claimKinds are the kinds of the set: the first three are true, the rest false.
var claimKinds = []maker{
	{"verbatim", func(_ *mill, s, _ string) (string, bool) { return s, true }},
	{"reworded", (*mill).reword},
	{"from a question", nil},
	{"number", (*mill).swapNumber},
	{"date", (*mill).swapDate},
	{"name", (*mill).swapName},
	{"role", (*mill).swapRoles},
	{"not put in", (*mill).addNot},
	{"not left out", (*mill).dropNot},
	{"another paragraph", nil},
	{"number of the same paragraph", (*mill).swapNumberNear},
	{"name of the same paragraph", (*mill).swapNameNear},
	{"two numbers exchanged", (*mill).exchangeNumbers},
	{"opposite", (*mill).swapOpposite},
}

const trueKinds = 3

// A mill makes the claims of one article.
type mill struct {
	r       *rand.Rand
	article article
	doc     string          // the whole article
	known   map[string]bool // the words of all articles
}

// makeClaims returns the set, the same for the same articles.
func makeClaims(articles []article) []claim {
	var all []claim
	known := map[string]bool{}
	for _, a := range articles {
		for _, w := range text.Words(strings.ToLower(strings.Join(a.paragraphs, "\n"))) {
			known[w.Text] = true
		}
	}
	for k, kind := range claimKinds {
		for _, half := range []string{"tune", "report"} {
			r := rand.New(rand.NewPCG(uint64(k), 7))
			var made []claim
			for _, a := range articles {
				if a.half == half && len(a.paragraphs) >= 5 {
					m := &mill{r, a, strings.Join(a.paragraphs, "\n"), known}
					made = append(made, m.claims(kind)...)
				}
			}
			r.Shuffle(len(made), func(i, j int) { made[i], made[j] = made[j], made[i] })
			all = append(all, made[:min(len(made), perKind)]...)
		}
	}
	return all
}

// claims returns at most one claim of a kind for each paragraph.
func (m *mill) claims(kind maker) []claim {
	var out []claim
	for i, p := range m.article.paragraphs {
		c := claim{Kind: kind.kind, Half: m.article.half, Title: m.article.title, Source: p}
		var ok bool
		switch kind.kind {
		case "from a question":
			c.Sentence, ok = m.fromQuestion(i)
		case "another paragraph":
			if c.Sentence, ok = m.sentence(p); ok {
				c.Sentence, _ = m.sometimes(c.Sentence, p)
				c.Source = m.article.paragraphs[m.other(i)]
			}
		default:
			for range 6 {
				if s, long := m.sentence(p); long {
					if c.Sentence, ok = kind.make(m, s, p); ok {
						break
					}
				}
			}
		}
		if !ok || strings.Contains(c.Source, c.Sentence) != (kind.kind == "verbatim") {
			continue
		}
		for range 3 {
			if o := m.article.paragraphs[m.other(i)]; o != c.Source && !strings.Contains(o, c.Sentence) {
				c.Others = append(c.Others, o)
			}
		}
		out = append(out, c)
	}
	return out
}

func (m *mill) other(i int) int {
	j := m.r.IntN(len(m.article.paragraphs) - 1)
	if j >= i {
		j++
	}
	return j
}

// sentence returns a sentence of a paragraph of a length that is quoted.
func (m *mill) sentence(p string) (string, bool) {
	all := text.Sentences(p)
	r := all[m.r.IntN(len(all))]
	s := p[r[0]:r[1]]
	first, _ := utf8.DecodeRuneInString(s)
	n := text.Count(s)
	return s, n >= 8 && n <= 40 && unicode.IsUpper(first) && strings.HasSuffix(s, ".")
}

// sometimes rewords every second sentence.
func (m *mill) sometimes(s, p string) (string, bool) {
	if m.r.IntN(2) == 0 {
		return m.reword(s, p)
	}
	return s, true
}

var digitsRE = regexp.MustCompile(`(?:^|[\s($€£])(\d+(?:,\d{3})*(?:\.\d+)?)(?:[\s%,;)]|\.(?:\s|$))`)

// swapNumber puts another number in the place of one: of another paragraph, or
// made up.
func (m *mill) swapNumber(s, p string) (string, bool) { return m.swap(s, p, digitsRE, m.doc, false) }

func (m *mill) swapNumberNear(s, p string) (string, bool) { return m.swap(s, p, digitsRE, p, true) }

func (m *mill) swap(s, p string, re *regexp.Regexp, from string, near bool) (string, bool) {
	s, _ = m.sometimes(s, p)
	found := re.FindAllStringSubmatchIndex(s, -1)
	if found == nil {
		return "", false
	}
	at := found[m.r.IntN(len(found))]
	old := s[at[2]:at[3]]
	var others []string
	for _, o := range re.FindAllStringSubmatch(from, -1) {
		if len(o[1]) == len(old) && !strings.Contains(s, o[1]) && near == strings.Contains(p, o[1]) {
			others = append(others, o[1])
		}
	}
	to := ""
	switch {
	case len(others) > 0 && (near || m.r.IntN(2) == 0):
		to = others[m.r.IntN(len(others))]
	case !near:
		b := []byte(old)
		i := m.r.IntN(len(b))
		if b[i] < '0' || b[i] > '9' {
			return "", false
		}
		b[i] = '1' + (b[i]-'0'+byte(m.r.IntN(8)))%9
		to = string(b)
	}
	if to == "" || to == old || strings.Contains(p, to) != near {
		return "", false
	}
	return s[:at[2]] + to + s[at[3]:], true
}

var monthNames = strings.Fields("January February March April May June July August September October November December")

var dateRE = regexp.MustCompile(`\b(?:(\d{1,2}) )?(` + strings.Join(monthNames, "|") + `)(?: (\d{1,2}))?,? (\d{4})\b|\b(?:in|since|by|until|from) (\d{4})\b`)

// swapDate changes the year, month or day of a date.
func (m *mill) swapDate(s, p string) (string, bool) {
	if at := dateRE.FindStringSubmatchIndex(s); at == nil {
		return "", false
	}
	s, _ = m.sometimes(s, p)
	at := dateRE.FindStringSubmatchIndex(s)
	if at == nil {
		return "", false
	}
	var groups []int
	for g := 1; g <= 5; g++ {
		if at[2*g] >= 0 {
			groups = append(groups, g)
		}
	}
	g := groups[m.r.IntN(len(groups))]
	old, to := s[at[2*g]:at[2*g+1]], ""
	switch n, _ := strconv.Atoi(old); {
	case g == 2:
		to = monthNames[m.r.IntN(12)]
	case g == 1 || g == 3:
		to = strconv.Itoa(1 + m.r.IntN(28))
	default:
		to = strconv.Itoa(n + 1 + m.r.IntN(15))
	}
	out := s[:at[2*g]] + to + s[at[2*g+1]:]
	return out, to != old && !strings.Contains(p, to)
}

var nameRE = regexp.MustCompile(`[a-z,] ((?:[A-Z][\p{L}]{2,})(?: [A-Z][\p{L}]{2,}){0,2})`)

// swapName puts another name of the article, of as many words, in the place of one.
func (m *mill) swapName(s, p string) (string, bool) { return m.swapNames(s, p, m.doc, false) }

func (m *mill) swapNameNear(s, p string) (string, bool) { return m.swapNames(s, p, p, true) }

func (m *mill) swapNames(s, p, from string, near bool) (string, bool) {
	s, _ = m.sometimes(s, p)
	found := nameRE.FindAllStringSubmatchIndex(s, -1)
	if found == nil {
		return "", false
	}
	at := found[m.r.IntN(len(found))]
	old := s[at[2]:at[3]]
	var others []string
	for _, o := range nameRE.FindAllStringSubmatch(from, -1) {
		name := o[1]
		if strings.Count(name, " ") == strings.Count(old, " ") && near == strings.Contains(p, name) && !sharesWord(name, m.article.title) && !sharesWord(name, s) && !sharesWord(name, monthsAndDays) &&
			!sharesWord(old, monthsAndDays) {
			others = append(others, name)
		}
	}
	if len(others) == 0 {
		return "", false
	}
	return s[:at[2]] + others[m.r.IntN(len(others))] + s[at[3]:], true
}

const monthsAndDays = "January February March April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday"

// sharesWord tells whether b holds a word of a, perhaps in another form: Croat,
// Croatian.
func sharesWord(a, b string) bool {
	return slices.ContainsFunc(strings.Fields(a), func(w string) bool {
		return strings.Contains(b, w) || strings.Contains(b, strings.TrimRight(w, "sn")) || len(w) >= 7 && strings.Contains(b, w[:6])
	})
}

var startRE = regexp.MustCompile(`^((?:[A-Z][\p{L}]{2,})(?: [A-Z][\p{L}]{2,}){1,2}) `)

// swapRoles exchanges two names of a sentence that are not merely listed.
func (m *mill) swapRoles(s, p string) (string, bool) {
	s, _ = m.sometimes(s, p)
	found := nameRE.FindAllStringSubmatchIndex(s, -1)
	if at := startRE.FindStringSubmatchIndex(s); at != nil {
		found = append([][]int{at}, found...)
	}
	if len(found) < 2 {
		return "", false
	}
	i := m.r.IntN(len(found) - 1)
	a, b := found[i], found[i+1]
	if b[2] < a[3] {
		return "", false
	}
	one, two, between := s[a[2]:a[3]], s[b[2]:b[3]], s[a[3]:b[2]]
	if sharesWord(one, two) || sharesWord(two, one) || len(strings.Fields(between)) < 2 || listed(between) || sharesWord(one+" "+two, monthsAndDays) {
		return "", false
	}
	return s[:a[2]] + two + between + one + s[b[3]:], true
}

// listed tells whether what is between two names only joins them: then exchanging
// them changes nothing.
func listed(between string) bool {
	for _, w := range strings.FieldsFunc(between, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLower(r) && !slices.Contains([]string{"and", "or", "the", "of", "with", "as", "well"}, w) {
			return false
		}
	}
	return true
}
