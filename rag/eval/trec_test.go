package eval

import (
	"errors"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exported returns rows with what is awkward to export: blanks, braces and
// quotation marks in names and questions, equal scores, a paragraph found twice,
// a conversation, gold of a whole document, a row that failed.
func exported() []Row {
	yes, no := true, false
	return []Row{
		{
			ID: "q 1", Question: `What is {{question}} in {% raw %} or {# a "note" #}, $HOME, it's`, Answerable: &yes, Answers: []string{"no", "the fund"},
			Gold:      []Gold{{"a b{{1}}.md", 2, "It is the <fund>."}, {"a b{{1}}.md", 2, ""}, {"c.md", 0, ""}},
			Sentences: []Sentence{{Text: "It is the fund.", Citations: []int{1}}, {Text: " Truly.", Citations: []int{1}}}, Answer: "It is the fund [1]. Truly [1].",
			Contexts: []Context{{Doc: "a b{{1}}.md", Paragraph: 2, Text: "It is the <fund>.\u2028"}, {Doc: "c.md", Paragraph: 1, Text: "-"}},
			Ranked:   []Ranked{{"c.md", 1, 0, .70000001}, {"d.md", 10, 0, .7}, {"a b{{1}}.md", 2, 0, .7}, {"c.md", 1, 0, .6}, {"d.md", 9, 0, .1}},
		},
		{ID: "q#2", Question: "file:///etc/hostname", Answerable: &no, Gold: []Gold{{"c.md", 1, ""}}, Sentences: []Sentence{{Text: "Not in the documents."}},
			Ranked: []Ranked{{"c.md", 1, 0, 3e300}, {"d.md", 1, 0, 2e300}}},
		{ID: "q3", Question: "Größe -- \\ `x`?", Answerable: &yes, Answers: []string{"gold's \"end\""}, Gold: []Gold{{"c.md", 3, ""}}},
		{ID: "follow", Question: "and who signs it?", Answerable: &yes, Answers: []string{"nobody"}, Gold: []Gold{{"c.md", 3, ""}},
			History: []Message{{"user", "What is it?"}, {"assistant", "A paper."}}, Ranked: []Ranked{{"c.md", 3, 0, -1}}},
		{ID: "failed", Question: "Why?", Gold: []Gold{{"c.md", 9, ""}}, Ranked: []Ranked{{"c.md", 9, 0, 1}}, Error: "the model gave no reply"},
		{ID: "open", Question: "[\"a\", \"b\"]"},
	}
}

func TestParagraphID(t *testing.T) {
	for _, c := range []struct {
		doc       string
		paragraph int
		want      string
	}{
		{"guide/slack.md", 12, "guide/slack.md#12"},
		{"a b#c%20.md", 1, "a%20b%23c%2520.md#1"},
		{"Größe\t\n.txt", 3, "Gr%C3%B6%C3%9Fe%09%0A.txt#3"},
		{"a:b", 0, "a%3Ab#0"},
	} {
		got := ParagraphID(c.doc, c.paragraph)
		if got != c.want {
			t.Errorf("ParagraphID(%q, %d) = %s, want %s", c.doc, c.paragraph, got, c.want)
		}
		if back := unescaped(t, got[:strings.LastIndex(got, "#")]); back != c.doc {
			t.Errorf("%s is %q again, want %q", got, back, c.doc)
		}
	}
}

func unescaped(t *testing.T, s string) string {
	t.Helper()
	u, err := url.PathUnescape(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestWriteRun(t *testing.T) {
	var b strings.Builder
	if err := WriteRun(&b, exported(), "my run"); err != nil {
		t.Fatal(err)
	}
	want := `q%201 Q0 c.md#1 1 0.7 my%20run
q%201 Q0 d.md#10 2 0.6999999 my%20run
q%201 Q0 a%20b%7B%7B1%7D%7D.md#2 3 0.69999987 my%20run
q%201 Q0 d.md#9 4 0.1 my%20run
q%232 Q0 c.md#1 1 3.4028235e+38 my%20run
q%232 Q0 d.md#1 2 3.4028233e+38 my%20run
follow Q0 c.md#3 1 -1 my%20run
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWriteQrels(t *testing.T) {
	var b strings.Builder
	if err := WriteQrels(&b, exported()); err != nil {
		t.Fatal(err)
	}
	want := "q%201 0 a%20b%7B%7B1%7D%7D.md#2 1\nq3 0 c.md#3 1\nfollow 0 c.md#3 1\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRun(t *testing.T) {
	got, err := ReadRun(strings.NewReader("# a comment\n\n q%201\tQ0 a#1 9 0.5 tag\r\nq%201 Q0 b#1 1 1e-3 tag\n100% Q0 a#1 1 -2 tag"))
	want := map[string][]Scored{"q 1": {{"a#1", .5}, {"b#1", .001}}, "100%": {{"a#1", -2}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestReadTRECErrors(t *testing.T) {
	long := strings.Repeat("x", 1<<21)
	for _, c := range []struct{ run, qrels, want string }{
		{run: "q Q0 a 1 1 t\nq Q0 b 1 1", want: "read TREC run: line 2: 5 columns, want 6"},
		{run: "q Q0 a 1 1 t more", want: "read TREC run: line 1: 7 columns, want 6"},
		{run: "\nq Q0 a 1 one t", want: `read TREC run: line 2: the score "one" is no number`},
		{run: "q Q0 a 1 NaN t", want: `read TREC run: line 1: the score "NaN" is no number`},
		{run: "q Q0 a 1 1 t\nq Q0 a 2 0 t", want: "read TREC run: line 2: a comes a second time for question q"},
		{run: "q Q0 a 1 1 t\n" + long, want: "read TREC run: line 2: bufio.Scanner: token too long"},
		{qrels: "q 0 a", want: "read TREC qrels: line 1: 3 columns, want 4"},
		{qrels: "q 0 a 1.5", want: `read TREC qrels: line 1: the judgement "1.5" is no whole number`},
		{qrels: "q 0 a 1\n#\nq 0 a 1", want: "read TREC qrels: line 3: a comes a second time for question q"},
	} {
		var err error
		if c.run != "" {
			_, err = ReadRun(strings.NewReader(c.run))
		} else {
			_, err = ReadQrels(strings.NewReader(c.qrels))
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%.40q%.40q: %v, want %s", c.run, c.qrels, err, c.want)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrors(t *testing.T) {
	rows := exported()
	for name, err := range map[string]error{
		"run":                 WriteRun(full{}, rows, "t"),
		"qrels":               WriteQrels(full{}, rows),
		"ragas":               WriteRagas(full{}, rows),
		"run without an id":   WriteRun(io.Discard, []Row{{Question: "x"}}, "t"),
		"qrels without an id": WriteQrels(io.Discard, []Row{{Question: "x"}}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzTREC writes and reads one ranking: the order that trec_eval would make of
// it is the order that it had.
func FuzzTREC(f *testing.F) {
	f.Add("q 1", "a.md", 1, .5, "b.md", 2, .5)
	f.Add("#", "%", -1, -1e-300, "%25", 0, 0.)
	f.Fuzz(func(t *testing.T, id, doc1 string, paragraph1 int, score1 float64, doc2 string, paragraph2 int, score2 float64) {
		if id == "" || score1 != score1 || score2 != score2 {
			t.Skip("no id or no score")
		}
		row := Row{ID: id, Ranked: []Ranked{{doc1, paragraph1, 0, score1}, {doc2, paragraph2, 0, score2}}}
		var b strings.Builder
		if err := WriteRun(&b, []Row{row}, "t"); err != nil {
			t.Fatal(err)
		}
		run, err := ReadRun(strings.NewReader(b.String()))
		if err != nil {
			t.Fatalf("%v: %s", err, b.String())
		}
		want := Distinct([]string{ParagraphID(doc1, paragraph1), ParagraphID(doc2, paragraph2)})
		if got := Order(run[id]); !slices.Equal(got, want) {
			t.Errorf("%q, want %q, of %s", got, want, b.String())
		}
	})
}

// FuzzReadTREC looks for input that neither is read nor gives an error.
func FuzzReadTREC(f *testing.F) {
	f.Add("q Q0 a 1 1 t\n")
	f.Add("q 0 a 1\n# \n\n")
	f.Fuzz(func(t *testing.T, s string) {
		if run, err := ReadRun(strings.NewReader(s)); err == nil {
			for _, scored := range run {
				if len(Distinct(Order(scored))) != len(scored) {
					t.Errorf("%q: a paragraph twice", s)
				}
			}
		}
		if qrels, err := ReadQrels(strings.NewReader(s)); err == nil && len(qrels) > strings.Count(s, "\n")+1 {
			t.Errorf("%q: %d questions", s, len(qrels))
		}
	})
}

func readFile[T any](t *testing.T, path string, read func(io.Reader) (T, error)) T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
