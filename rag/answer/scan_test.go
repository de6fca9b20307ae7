package answer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// scanned returns the sentences of a text that comes in pieces, each with what it
// cites behind it: "Leave is 16 weeks. <1 2>".
func scanned(sources int, cutOff bool, pieces ...string) (said []string, dropped int) {
	s := newScanner(sources, func(x rag.Sentence) {
		line := x.Text
		if len(x.Cites) > 0 {
			line += fmt.Sprintf(" <%s>", strings.Trim(fmt.Sprint(x.Cites), "[]"))
		}
		said = append(said, line)
	})
	for _, p := range pieces {
		s.Write(p)
	}
	s.Close(cutOff)
	return said, s.dropped
}

var scans = []struct {
	name, in string
	want     []string
	dropped  int
}{
	{"nothing", "", nil, 0},
	{"space", " \n ", nil, 0},
	{"one", "Leave is 16 weeks [1].", []string{"Leave is 16 weeks. <1>"}, 0},
	{"two", "Leave is 16 weeks [1]. It starts in May [2].", []string{"Leave is 16 weeks. <1>", " It starts in May. <2>"}, 0},
	{"after the stop", "Leave is 16 weeks.[1] It starts in May. [2] Pay is full.", []string{"Leave is 16 weeks. <1>", " It starts in May. <2>", " Pay is full."}, 0},
	{"in the middle", "Leave is 16 weeks [1] and starts in May [2], then ends [3]: good.", []string{"Leave is 16 weeks and starts in May, then ends: good. <1 2 3>"}, 0},
	{"several", "A is [1, 2]. B is [1][2]. C is [1-3]. D is [2–3]. E is [1; 3].", []string{"A is. <1 2>", " B is. <1 2>", " C is. <1 2 3>", " D is. <2 3>", " E is. <1 3>"}, 0},
	{"other brackets", "A [[1]]. B【2】. C ［３］. D [^1]. E [1、2]. F [[1], [2]]. G [[1][3]].", []string{"A. <1>", " B. <2>", " C. <3>", " D. <1>", " E. <1 2>", " F. <1 2>", " G. <1 3>"}, 0},
	{"named", "A [source 1]. B [Sources: 2, 3]. C [Quelle 1]. D【2†source】. E [see 1].", []string{"A. <1>", " B. <2 3>", " C. <1>", " D. <2>", " E [see 1]."}, 0},
	{"named otherwise", "A [ID:1]. B [ref 2]. C [#3]. D 【doc 2】. E [Source: a.md]. F [Note: a].", []string{"A. <1>", " B. <2>", " C. <3>", " D. <2>", " E.", " F [Note: a]."}, 1},
	{"in round brackets", "A (source 1). B (2). C (Quelle 3) too. D (1) and f(2). E (9).", []string{"A. <1>", " B. <2>", " C too. <3>", " D (1) and f(2).", " E (9)."}, 0},
	{"raised", "A is so ¹. B is so.² C is 5 m² or x³. D ⁹.", []string{"A is so. <1>", " B is so. <2>", " C is 5 m² or x³.", " D ⁹."}, 0},
	{"linked", "A [1](a.md). B [[2]](https://x.example/b). C [3] (see there). D [x](d.md).", []string{"A. <1>", " B. <2>", " C (see there). <3>", " D [x](d.md)."}, 0},
	{"nothing but a mark", "A is so! ([1])", []string{"A is so!"}, 0},
	{"in bold", "A **[1]**. B ([2]). C() **so** [3].", []string{"A. <1>", " B. <2>", " C() **so**. <3>"}, 0},
	{"zero", "A [0]. B a[0] and [0, 1].", []string{"A.", " B a[0] and [0, 1]."}, 1},
	{"attached", "A is 16 weeks[1]. B is 5[2]and more.", []string{"A is 16 weeks. <1>", " B is 5 and more. <2>"}, 0},
	{"no citations", "See (1), a[0], list[9], [2024], [1.5], [x], [ ], [], [1/2], [0, 1] and [1", []string{"See (1), a[0], list[9], [2024], [1.5], [x], [ ], [], [1/2], [0, 1] and [1"}, 0},
	{"unknown", "A is so [7]. B is so [1, 9]. C is so [2-5][4].", []string{"A is so.", " B is so. <1>", " C is so. <2 3>"}, 4},
	{"no space between", "A is so.[1]B is so.[2]", []string{"A is so. <1>", " B is so. <2>"}, 0},
	{"space before the stop", "A is so [1] . B is so [2] , too.", []string{"A is so. <1>", " B is so, too. <2>"}, 0},
	{"quotes", `He said "Leave is paid." [1] Then "go." So [2].`, []string{`He said "Leave is paid." <1>`, ` Then "go."`, " So. <2>"}, 0},
	{"quote after the mark", "He said “leave is paid.[1]” Then he left.", []string{"He said “leave is paid.” <1>", " Then he left."}, 0},
	{"abbreviations", "Dr. Berg and J. Smith pay approx. 3.5 times, e.g. in the U.S. market [1]. Yes.", []string{"Dr. Berg and J. Smith pay approx. 3.5 times, e.g. in the U.S. market. <1>", " Yes."}, 0},
	{"German", "Am 6. Oktober, z. B. um 9.30 Uhr [1]. Danach nicht.", []string{"Am 6. Oktober, z. B. um 9.30 Uhr. <1>", " Danach nicht."}, 0},
	{"ellipsis", "Wait... and see [1]. Well… Yes.", []string{"Wait... and see. <1>", " Well…", " Yes."}, 0},
	{"questions", "Who? Anna [1]! Why?! \"So.\"", []string{"Who?", " Anna! <1>", " Why?!", " \"So.\""}, 0},
	{"Chinese", "产假为16周[1]。工资全额【2】。”好！第3周[3]？", []string{"产假为16周。 <1>", "工资全额。” <2>", "好！", "第3周？ <3>"}, 0},
	{"Chinese after the stop", "产假为16周。[1]工资全额。[2][3]好。", []string{"产假为16周。 <1>", "工资全额。 <2 3>", "好。"}, 0},
	{"list", "There are two:\n- Leave is 16 weeks [1].\n- Pay is full [2]\n\nThat is all.", []string{"There are two:", "\n- Leave is 16 weeks. <1>", "\n- Pay is full <2>", "\n\nThat is all."}, 0},
	{"numbered list", "1. Ask Anna [1]. Wait.\n2) Leave [2]\n10. Return", []string{"1. Ask Anna. <1>", " Wait.", "\n2) Leave <2>", "\n10. Return"}, 0},
	{"mark at the front of an item", "- [1] Leave.\n* [2] Pay.", []string{"- Leave. <1>", "\n* Pay. <2>"}, 0},
	{"marks at the front", "[1] Leave is paid.\n[2] Pay is full.", []string{"Leave is paid. <1>", "\nPay is full. <2>"}, 0},
	{"marks on their own line", "Leave is paid.\n[1]\n\n[2]\nPay is full.\n[3]", []string{"Leave is paid. <1 2>", "\nPay is full. <3>"}, 0},
	{"heading", "## 1. Leave\nIt is 16 weeks [1].\n# Pay [2]\nIt is full.\n#hashtag", []string{"## 1. Leave", "\nIt is 16 weeks. <1>", "\n# Pay <2>", "\nIt is full.", "\n#hashtag"}, 0},
	{"bold line", "**Leave**\nIt is 16 weeks [1].\n**Pay:** it is full.", []string{"**Leave**", "\nIt is 16 weeks. <1>", "\n**Pay:** it is full."}, 0},
	{"wrapped", "Leave is\n16 weeks [1]\nand paid [2].", []string{"Leave is\n16 weeks\nand paid. <1 2>"}, 0},
	{"table", "Fares:\n| city | fare |\n|---|---|\n| Bern. [1] Old | 40 [2] |\n[3]\nNext [1].", []string{"Fares:", "\n| city | fare |\n|---|---|\n| Bern. Old | 40 | <1 2 3>", "\nNext. <1>"}, 0},
	{"code block", "Run:\n```go\na[1] = b. C[2]\n\n# x\n```\n[1]\nThen wait [2].", []string{"Run:", "\n```go\na[1] = b. C[2]\n\n# x\n``` <1>", "\nThen wait. <2>"}, 0},
	{"mark behind a fence", "~~~~\na[1]\n~~~\n~~~~ [2]\nB.", []string{"~~~~\na[1]\n~~~\n~~~~ <2>", "\nB."}, 0},
	{"fence that is not closed", "A.\n```\na[1]\n", []string{"A.", "\n```\na[1]"}, 0},
	{"code", "Use `a[1]. B` or ``x`[2]`` here [1]. It's ` not [2]. ```one [3]``` is.", []string{"Use `a[1]. B` or ``x`[2]`` here. <1>", " It's ` not. <2>", " ```one [3]``` is."}, 0},
	{"code ends with its line", "Use ` here [1].\nAnd ` there [2].", []string{"Use ` here. <1>", "\nAnd ` there. <2>"}, 0},
	{"Windows lines", "A is so [1].\r\nB is so [2].\r\n\r\n- C\r\n", []string{"A is so. <1>", "\r\nB is so. <2>", "\r\n\r\n- C"}, 0},
	{"not UTF-8", "\xdd[2]\x8a. B [1].", []string{"\ufffd\ufffd. <2>", " B. <1>"}, 0},
	{"lower case goes on", "Use no. of items [1]. it may be 3.", []string{"Use no. of items. it may be 3. <1>"}, 0},
	{"initials and decimals at the end", "It costs 3.5. J. Berg pays 1.200 [1].", []string{"It costs 3.5.", " J. Berg pays 1.200. <1>"}, 0},
	{"negative list", "-5 degrees [1]. - no", []string{"-5 degrees. <1>", " - no"}, 0},
}

func TestScan(t *testing.T) {
	for _, c := range scans {
		got, dropped := scanned(3, false, c.in)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if dropped != c.dropped {
			t.Errorf("%s: %d dropped, want %d", c.name, dropped, c.dropped)
		}
		checkScan(t, c.in)
	}
}

// checkScan holds what is true of any text: pieces make no difference, nothing
// that shows is lost but marks, and citations are of sources.
func checkScan(t *testing.T, in string) {
	t.Helper()
	said, dropped := scanned(3, false, in)
	valid := string([]rune(in))
	for _, pieces := range [][]string{inPieces(in, func() int { return 1 }), inPieces(in, func() int { return 1 + rand.IntN(9) })} {
		got, d := scanned(3, false, pieces...)
		if diff := cmp.Diff(said, got); diff != "" || d != dropped {
			t.Errorf("%q in pieces %q (-whole +pieces), dropped %d and %d:\n%s", in, pieces, dropped, d, diff)
		}
	}
	var whole strings.Builder
	s := newScanner(3, func(x rag.Sentence) {
		whole.WriteString(x.Text)
		if slices.ContainsFunc(x.Cites, func(n int) bool { return n < 1 || n > 3 }) || x.Text == "" {
			t.Errorf("%q: %+v", in, x)
		}
	})
	s.Write(in)
	s.Close(false)
	if got, want := letters(whole.String()), letters(withoutMarks(valid)); !isSubsequence(got, letters(valid)) || !isSubsequence(want, got) {
		t.Errorf("%q loses text:\n%s\n%s", in, got, want)
	}
}

// withoutMarks leaves out whatever could be part of a mark.
func withoutMarks(s string) string {
	var out strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("[［【(（<", r):
			depth = 3 * maxMark // with an address
		case r == '*' || strings.ContainsRune(raised, r):
		case depth > 0:
			depth--
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func isSubsequence(part, whole string) bool {
	i := 0
	for j := 0; j < len(whole) && i < len(part); j++ {
		if part[i] == whole[j] {
			i++
		}
	}
	return i == len(part)
}

func inPieces(s string, n func() int) []string {
	var pieces []string
	for len(s) > 0 {
		k := min(n(), len(s))
		pieces = append(pieces, s[:k])
		s = s[k:]
	}
	return pieces
}

func TestScanCutOff(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"A is so [1]. B is", []string{"A is so. <1>"}},
		{"A is so [1]. B is so [2].", []string{"A is so. <1>", " B is so. <2>"}},
		{"A is so. [1", []string{"A is so."}},
		{"A is so [1]. B costs 1.", []string{"A is so. <1>"}},
		{"```\ncode\n```", []string{"```\ncode\n```"}},
		{"```\ncode\n", nil},
		{"- A [1]\n- B", []string{"- A <1>"}},
		{"- A [1]\n", []string{"- A <1>"}},
		{"| a [1] |\n| b", nil},
	} {
		if got, _ := scanned(3, true, c.in); !cmp.Equal(c.want, got) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// TestScanAtOnce says how little has to follow a sentence before it is emitted.
func TestScanAtOnce(t *testing.T) {
	for in, want := range map[string]int{
		"Leave is 16 weeks [1]. I":      1,
		"Leave is 16 weeks.[1] I":       1,
		"Leave is 16 weeks [1].\nI":     1,
		"Leave is 16 weeks. I":          0, // may be: I. e.
		"Leave is 16 weeks. It ":        1,
		"Leave is 16 weeks! I":          1,
		"产假为16周。工":                      1,
		"- Leave is 16 weeks [1]\n- P":  1,
		"Leave is 16 weeks [1]. [":      0,
		"```\ncode\n```\nT":             1,
		"| a |\n\nT":                    1,
		"Leave is 16 weeks [1]\n\nNext": 1,
	} {
		n := 0
		s := newScanner(3, func(rag.Sentence) { n++ })
		s.Write(in)
		if n != want {
			t.Errorf("%q: %d sentences, want %d", in, n, want)
		}
	}
}

// TestScanWork counts the bytes that are looked at for hostile texts, by bytes and
// as a whole, and what is kept.
func TestScanWork(t *testing.T) {
	const size = 3 * maxSentence / 2
	for _, unit := range []string{"[", "[[", "[[1", "[1,", "[[1], ", "［", "`", "` `` ``` ", "a. b", "a. ", ".", "\n", " ", "\n```", "~~~", "|", "# ", "1. ", "[1]", "[source ", "x",
		"1", "\xff", "【1†", "\n[1]", "[1](", "(", "(1", "¹", "\"", "Mr. ", "-", "。", "a.[1]”", "`\n"} {
		in := strings.Repeat(unit, size/len(unit))
		for _, pieces := range [][]string{{in}, inPieces(in, func() int { return 1 })} {
			s := newScanner(3, func(rag.Sentence) {})
			most := 0
			for _, p := range pieces {
				s.Write(p)
				most = max(most, len(s.in)+len(s.cur)+len(s.space))
			}
			s.Close(false)
			if s.work > 200*len(in) {
				t.Errorf("%q: %d bytes looked at for each", unit, s.work/len(in))
			}
			if most > maxSentence+maxCode+maxSpace+maxWord {
				t.Errorf("%q: %d bytes kept", unit, most)
			}
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, c := range scans {
		f.Add(c.in)
	}
	f.Fuzz(checkScan)
}

func BenchmarkScan(b *testing.B) {
	var in strings.Builder
	for _, c := range scans {
		in.WriteString(c.in + "\n\n")
	}
	pieces := inPieces(in.String(), func() int { return 4 }) // about a token
	b.SetBytes(int64(in.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s := newScanner(3, func(rag.Sentence) {})
		for _, p := range pieces {
			s.Write(p)
		}
		s.Close(false)
	}
}
