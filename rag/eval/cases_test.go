package eval

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

func TestReadCases(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		name, file, text string
		want             []Case
	}{
		{"a question alone", "c.jsonl", `{"question": "Why?"}`, []Case{{ID: caseID(Case{Question: "Why?"}), Question: "Why?", Line: 1}}},
		{"all keys, and others", "c.jsonl", "\ufeff\r\n" + `{"id":"a","question":"Why?","answers":["x",""],"gold":[{"doc":"d","paragraph":2,"text":"t"}],` +
			`"answerable":true,"type":"k","history":[{"role":"user","text":"Hi"}],"tags":["critical"],"count":3,"held_out":["y"]}` + "\r\n\r\n",
			[]Case{{ID: "a", Question: "Why?", Answers: []string{"x"}, Gold: []Gold{{"d", 2, "t"}}, Answerable: &yes, Type: "k",
				History: []Message{{"user", "Hi"}}, Tags: []string{"critical"}, Line: 2}}},
		{"nulls", "c.jsonl", `{"id":"a","question":"Why?","answers":null,"gold":null,"answerable":null,"history":null}`, []Case{{ID: "a", Question: "Why?", Line: 1}}},
		{"one answer", "c.jsonl", `{"id":"a","question":"Why?","answer":"x"}`, []Case{{ID: "a", Question: "Why?", Answers: []string{"x"}, Line: 1}}},
		{"a table", "c.csv", "Question,Answer\r\nWhy?,because\r\n\"Where, then?\",\n",
			[]Case{{ID: caseID(Case{Question: "Why?"}), Question: "Why?", Answers: []string{"because"}, Line: 2},
				{ID: caseID(Case{Question: "Where, then?"}), Question: "Where, then?", Line: 3}}},
		{"a cell that says nothing", "c.csv", "id,question,answerable\nf,Why?,\n", []Case{{ID: "f", Question: "Why?", Line: 2}}},
		{"UTF-16", "c.jsonl", "\xff\xfe{\x00\"\x00i\x00d\x00\"\x00:\x00\"\x00a\x00\"\x00,\x00\"\x00q\x00u\x00e\x00s\x00t\x00i\x00o\x00n\x00\"\x00:\x00\"\x00W\x00\"\x00}\x00\n\x00",
			[]Case{{ID: "a", Question: "W", Line: 1}}},
		{"a table of feedback export", "C.CSV", "\ufeffid,question,answers,gold,answerable,type,history,tags,reason,count\n" +
			`f,"Why` + "\n" + `so?",[],"[{""doc"":""d"",""paragraph"":1,""text"":""t""}]",false,unreviewed,[],unhelpful draft,,1` + "\n",
			[]Case{{ID: "f", Question: "Why\nso?", Answers: []string{}, Gold: []Gold{{"d", 1, "t"}}, Answerable: &no, Type: "unreviewed",
				History: []Message{}, Tags: []string{"unhelpful", "draft"}, Line: 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadCases(strings.NewReader(c.text), c.file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadSpreadsheets reads one table as programs save it.
func TestReadSpreadsheets(t *testing.T) {
	const table = "id,question,answer\r\n1,\"Where, then;\tand\r\nwhen?\",Zürich\r\n2,Why?,\"so \"\"it\"\" is\"\r\n"
	want := []Case{{ID: "1", Question: "Where, then;\tand\nwhen?", Answers: []string{"Zürich"}, Line: 2},
		{ID: "2", Question: "Why?", Answers: []string{`so "it" is`}, Line: 4}}
	// by replaces what separates cells, which none of the quoted commas does.
	by := func(sep string) string {
		return strings.NewReplacer("id,", "id"+sep, "question,", "question"+sep, "1,", "1"+sep, `",Z`, `"`+sep+"Z", "2,", "2"+sep, "?,", "?"+sep).Replace(table)
	}
	wide := func(order binary.AppendByteOrder, s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	unix := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	later := func(lines int) []Case {
		cases := slices.Clone(want)
		for i := range cases {
			cases[i].Line += lines
		}
		return cases
	}
	for _, c := range []struct {
		name, text string
		want       []Case
	}{
		{"commas", table, want},
		{"semicolons", by(";"), want},
		{"tabs", by("\t"), want},
		{"semicolons, byte order mark", "\ufeff" + by(";"), want},
		{"LF", unix(by(";")), want},
		{"no line end at the end", strings.TrimSuffix(by("\t"), "\r\n"), want},
		{"UTF-16 LE", wide(binary.LittleEndian, table), want},
		{"UTF-16 BE, tabs", wide(binary.BigEndian, by("\t")), want},
		{"UTF-16 LE, semicolons, CR", wide(binary.LittleEndian, strings.ReplaceAll(unix(by(";")), "\n", "\r")), want},
		{"CR", strings.ReplaceAll(unix(table), "\n", "\r"), want},
		{"CR, but LF in cells", strings.ReplaceAll(strings.ReplaceAll(table, "\r\n", "\r"), "and\r", "and\n"), want},
		{"sep=;", "sep=;\r\n" + by(";"), later(1)},
		{"sep= of another", "\ufeffSEP=|\n" + by("|"), later(1)},
		{"sep= of a tab", "sep=\t\r\n" + by("\t"), later(1)},
		{"sep= in quotes, CR", strings.ReplaceAll(unix("\"sep=;\"\n"+by(";")), "\n", "\r"), later(1)},
		{"names in quotes", strings.Replace(by(";"), "id;question;answer", `"id";"Question";" Answer "`, 1), want},
		{"empty rows", by(";") + ";;\r\n;\r\n\r\n ; ;\r\n", want},
		{"empty rows first", "\r\n\r\n" + by(";"), later(2)},
		{"empty cells behind", strings.ReplaceAll(by(";"), "\r\n2", ";;\r\n2"), want},
		{"empty names", strings.Replace(by(";"), "answer", "answer;;", 1), want},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadCases(iotest.OneByteReader(strings.NewReader(c.text)), "c.csv")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSharedTables reads tables that were refused once; those in Windows-1252 are refused
// with what to do.
func TestSharedTables(t *testing.T) {
	paths, err := filepath.Glob("../../../shared/cases/12-csv/*.csv")
	if err != nil || len(paths) == 0 {
		t.Skip("the shared cases are not part of the project")
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		name := filepath.Base(path)
		cases, err := ReadCases(f, name)
		if name == "cp1252.csv" {
			if err == nil || !strings.HasPrefix(err.Error(), "cp1252.csv:2: question: is not UTF-8: save the file as UTF-8") {
				t.Error(err)
			}
		} else if err != nil || len(cases) == 0 {
			t.Errorf("%s: %d cases, %v", name, len(cases), err)
		}
	}
}

func TestReadCasesErrors(t *testing.T) {
	const q = `{"question":"Why?"}` + "\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"empty", "c.jsonl", "", `c.jsonl: there is no case in it: write one a line, such as {"question"`},
		{"blank lines", "c.jsonl", "\n \n", "c.jsonl: there is no case in it"},
		{"a broken line", "c.jsonl", q + `{"question":"Wh`, `c.jsonl:2: is not a JSON object (unexpected end of JSON input): a case is a line such as`},
		{"text", "c.jsonl", "Why?\n", "c.jsonl:1: is not a JSON object (invalid character 'W'"},
		{"a number", "c.jsonl", "7\n", "c.jsonl:1: is not a JSON object"},
		{"a list", "c.jsonl", "[" + q + "]", "c.jsonl:1: is a JSON list: write each case as an object on a line of its own"},
		{"no question", "c.jsonl", q + "\n" + `{"id":"a","question":" "}`, `c.jsonl:3: has no question: write {"question": "..."}`},
		{"answers a text", "c.jsonl", `{"question":"Why?","answers":"x"}`, "c.jsonl:1: answers must be a list, not a string"},
		{"answerable a text", "c.jsonl", `{"question":"Why?","answerable":"no"}`, "c.jsonl:1: answerable must be true or false, not a string"},
		{"a paragraph in words", "c.jsonl", `{"question":"Why?","gold":[{"doc":"a","paragraph":"two"}]}`, "c.jsonl:1: gold.paragraph must be a whole number, not a string"},
		{"no paragraph 0", "c.jsonl", `{"question":"Why?","gold":[{"doc":"a","paragraph":-1}]}`, "c.jsonl:1: gold 1: paragraph must be 1 or more, not -1"},
		{"gold of nothing", "c.jsonl", `{"question":"Why?","gold":[{"text":"a"},{"paragraph":2}]}`, "c.jsonl:1: gold 2 names no source"},
		{"a role", "c.jsonl", `{"question":"Why?","history":[{"role":"bot","text":"Hi"}]}`, `c.jsonl:1: history 1: role must be "user" or "assistant", not "bot"`},
		{"ids twice", "c.jsonl", `{"id":"a","question":"Why?"}` + "\n\n" + `{"id":"a","question":"How?"}`, `c.jsonl:3: the id "a" is that of line 1 already`},
		{"questions twice", "c.jsonl", q + q, `c.jsonl:2: the id "case-`},
		{"Latin-1", "c.jsonl", q + "{\"question\":\"W\xe4hrung?\"}", "c.jsonl:2: is not UTF-8: save the file as UTF-8"},
		{"a long line", "c.jsonl", q + strings.Repeat("x", maxLine+1), "c.jsonl:2: the line is longer than 1 MB"},
		{"an empty table", "c.csv", "", "c.csv: there is no case in it"},
		{"a table without a header", "c.csv", "Why?,because\n", "c.csv:1: the first line must name the columns, such as question,answer"},
		{"a table of one line", "c.csv", "question,answer\n", "c.csv: there is no case in it"},
		{"a broken table", "c.csv", "question\nWhy?\n\"Wh\"y?\n", "c.csv:3: is not CSV"},
		{"more cells than columns", "c.csv", "question\nWhy, then?\n", "c.csv:2: has 2 cells, the header 1: put a cell with a comma in double quotes"},
		{"no question in a row", "c.csv", "question,answer\n,x\n", "c.csv:2: has no question"},
		{"no truth", "c.csv", "question,answerable\nWhy?,maybe\n", `c.csv:2: answerable: must be true or false, not "maybe"`},
		{"gold in words", "c.csv", "question,gold\nWhy?,d\n", "c.csv:2: gold: must be a JSON list"},
		{"a cell with a semicolon", "c.csv", "sep=;\nquestion;answer\nWhy; then?;so\n", "c.csv:3: has 3 cells, the header 2: put a cell with a semicolon in double quotes"},
		{"a broken table of tabs", "c.tsv", "question\tanswer\nWhy?\tthe \"so\"\n", "c.tsv:2: is not CSV (bare \" in non-quoted-field): put a cell that holds a tab"},
		{"a quote that is not closed", "c.csv", "sep=,\r\nquestion\r\nWhy?\r\n\"How?\r\nWhen?\r\n", "c.csv:4: is not CSV"},
		{"columns in other words", "c.csv", "Frage;Antwort\nWhy?;so\n", "c.csv:1: the first line must name the columns, such as question,answer"},
		{"a workbook", "c.csv", "PK\x03\x04\x14", `c.csv:1: is a workbook, not text: save it as "CSV UTF-8"`},
		{"UTF-16 without its mark", "c.csv", "q\x00u\x00e\x00", "c.csv:1: is not UTF-8: save the file as UTF-8"},
		{"a table in Latin-1", "c.csv", "question\nW\xe4hrung?\n", "c.csv:2: question: is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadCases(strings.NewReader(c.text), c.file)
			if err == nil || !strings.Contains(err.Error(), c.want) || got != nil {
				t.Errorf("got %v, %v; want %q", got, err, c.want)
			}
		})
	}
}

// endless is a file that does not end.
type endless struct{ s string }

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.s) <= len(p) {
		n += copy(p[n:], e.s)
	}
	return n, nil
}

func TestReadCasesEndless(t *testing.T) {
	for _, c := range []struct{ file, s, want string }{
		{"c.jsonl", "x", "c.jsonl:1: the line is longer than 1 MB"},
		{"c.jsonl", "\n", "the file holds more than 128 MB of cases: split it"},
		{"c.csv", "x", "more than 128 MB"},
	} {
		_, err := readCases(endless{c.s}, c.file, 2*maxLine)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %q: %v, want %q", c.file, c.s, err, c.want)
		}
	}
}

func FuzzReadCases(f *testing.F) {
	f.Add(`{"question":"Why?","gold":[{"doc":"d"}]}`+"\n", false)
	f.Add("question,answer,tags\nWhy?,x,a b\n", true)
	f.Add("\ufeff{}\n[", false)
	f.Add("sep=;\rquestion;answer\rWhy?;x\r;\r", true)
	f.Add("\xff\xfeq\x00\n\x00", true)
	f.Fuzz(func(t *testing.T, s string, table bool) {
		name := map[bool]string{false: "c.jsonl", true: "c.csv"}[table]
		cases, err := ReadCases(strings.NewReader(s), name)
		if err != nil {
			if cases != nil || !strings.HasPrefix(err.Error(), name+":") {
				t.Errorf("%v with %v", cases, err)
			}
			return
		}
		ids := map[string]bool{}
		for _, c := range cases {
			if ids[c.ID] || c.ID == "" || strings.TrimSpace(c.Question) == "" || c.Line < 1 {
				t.Errorf("case %+v", c)
			}
			ids[c.ID] = true
			c.Ask()
		}
	})
}

func TestAsk(t *testing.T) {
	c := Case{Question: "And then?", History: []Message{
		{"assistant", "Hello"}, {"user", "Why?"}, {"user", "How?"}, {"assistant", "So."}, {"assistant", "Or so."}, {"user", "Thanks"},
	}}
	want := rag.Question{Text: "And then?", Scope: rag.Scope{All: true},
		History: []rag.Turn{{Question: "Why?"}, {Question: "How?", Answer: "So.\nOr so."}, {Question: "Thanks"}}}
	if diff := cmp.Diff(want, c.Ask()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// paragraphs returns a document of paragraphs.
func paragraphs(id string, all ...string) rag.Document {
	d := rag.Document{ID: id}
	for _, p := range all {
		start := len(d.Text)
		d.Text += p + "\n\n"
		d.Blocks = append(d.Blocks, rag.Block{Span: rag.Span{Start: start, End: start + len(p)}})
	}
	return d
}

func TestLocator(t *testing.T) {
	docs := []rag.Document{
		paragraphs("a/one.md", "Apples are red.", "Pears are\ngreen.", "Plums are blue."),
		paragraphs("a/two.md", "Cherries.", "Plums are blue."),
		paragraphs("three.md", "Alpha."), paragraphs("three.txt", "Beta."), paragraphs("plain", "Gamma."), paragraphs("plain.md", "Delta."),
	}
	for _, c := range []struct {
		name    string
		gold    Gold
		want    []Gold
		problem string
		lost    bool
	}{
		{"by number", Gold{"a/one.md", 2, ""}, []Gold{{"a/one.md", 2, ""}}, "", false},
		{"without extension", Gold{"a/one", 2, ""}, []Gold{{"a/one.md", 2, ""}}, "", false},
		{"with a dot and a backslash", Gold{`.\a\one`, 1, ""}, []Gold{{"a/one.md", 1, ""}}, "", false},
		{"no extension at all", Gold{"plain", 1, ""}, []Gold{{"plain", 1, ""}}, "", false},
		{"the document alone", Gold{"a/one", 0, ""}, []Gold{{"a/one.md", 0, ""}}, "", false},
		{"by a quote", Gold{"", 0, "are\n red"}, []Gold{{"a/one.md", 1, "are\n red"}}, "", false},
		{"by a quote of a document", Gold{"a/two", 0, "Plums"}, []Gold{{"a/two.md", 2, "Plums"}}, "", false},
		{"by both", Gold{"a/one", 2, "Pears are green."}, []Gold{{"a/one.md", 2, "Pears are green."}}, "", false},
		{"the paragraph has moved", Gold{"a/one", 1, "Pears are green."}, []Gold{{"a/one.md", 2, "Pears are green."}}, "", false},
		{"the paragraph has moved to the end", Gold{"a/two", 9, "Cherries"}, []Gold{{"a/two.md", 1, "Cherries"}}, "", false},
		{"an exact name before a close one", Gold{"three.txt", 1, ""}, []Gold{{"three.txt", 1, ""}}, "", false},
		{"two documents", Gold{"three", 1, ""}, nil, "three may be any of three.md, three.txt: write the name with its extension", true},
		{"no document", Gold{"a/none", 1, ""}, nil, "there is no document a/none", true},
		{"not in the folder", Gold{"one", 1, ""}, nil, "there is no document one", true},
		{"no such paragraph", Gold{"a/one", 4, ""}, []Gold{{"a/one.md", 0, ""}}, "a/one.md has no paragraph 4", true},
		{"edited", Gold{"a/one", 1, "Apples are green."}, []Gold{{"a/one.md", 0, "Apples are green."}}, "stands in no paragraph of a/one.md: was the document edited?", true},
		{"nowhere", Gold{"", 0, "Figs"}, nil, "stands in no paragraph of the documents", true},
		{"in two", Gold{"", 0, "Plums are blue."}, []Gold{{"a/one.md", 3, "Plums are blue."}}, "stands in 2 paragraphs, and a/one.md, paragraph 3 is taken", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, order := range [][]rag.Document{docs, reversed(docs)} {
				if c.name == "in two" && order[0].ID != docs[0].ID {
					continue
				}
				cases := []Case{{Line: 7, Gold: []Gold{c.gold, c.gold}}}
				l := NewLocator(cases)
				for _, d := range order {
					l.See(d)
				}
				problems := l.Done()
				if cases[0].Lost != c.lost {
					t.Errorf("lost %v, want %v", cases[0].Lost, c.lost)
				}
				slices.SortFunc(cases[0].Gold, func(a, b Gold) int { return strings.Compare(a.Doc, b.Doc) })
				if diff := cmp.Diff(c.want, cases[0].Gold); diff != "" {
					t.Errorf("gold (-want +got):\n%s", diff)
				}
				if c.problem == "" {
					if len(problems) > 0 {
						t.Errorf("problems %+v", problems)
					}
					continue
				}
				want := c.problem
				if order[0].ID != docs[0].ID && c.name == "two documents" {
					want = "three may be any of three.txt, three.md"
				}
				if len(problems) != 2 || !strings.Contains(problems[0].What, want) || problems[0].Line != 7 || problems[0].Lost != c.lost {
					t.Errorf("problems %+v, want %q", problems, want)
				}
			}
		})
	}
}

// TestLocatorQuotes finds a quote wherever it was cut, and notes no document for it
// but those that have it.
func TestLocatorQuotes(t *testing.T) {
	const text = "Apples are red, pears, too."
	docs := []rag.Document{paragraphs("a.md", "Figs.", text), paragraphs("b.md", "Apples are green, pears are not."), paragraphs("c.md", "")}
	for start := range text {
		for end := start + 1; end <= len(text); end++ {
			quote := squeezed(text[start:end])
			if !strings.Contains(quote, "d, ") {
				continue // it may stand in others, too
			}
			cases := []Case{{Gold: []Gold{{"", 0, quote}}}}
			l := NewLocator(cases)
			for _, d := range docs {
				l.See(d)
			}
			if problems := l.Done(); len(problems) > 0 || cases[0].Gold[0].Doc != "a.md" || cases[0].Gold[0].Paragraph != 2 {
				t.Errorf("%q: %+v, %+v", quote, cases[0].Gold, problems)
			}
			if len(l.refs[0].docs) > 0 {
				t.Errorf("%q is noted to be of %q", quote, l.refs[0].docs)
			}
		}
	}
}

func TestLongestWhole(t *testing.T) {
	for quote, want := range map[string]string{"": "", "one": "", "one three": "", "one of three": "of", "longest of the words": "the", "a bb cc d": "bb"} {
		if got := longestWhole(quote); got != want {
			t.Errorf("longestWhole(%q) = %q, want %q", quote, got, want)
		}
	}
}

// TestHash tells cases apart by what their metrics rest on, and by nothing else.
func TestHash(t *testing.T) {
	yes, no := true, false
	base := func() Case {
		return Case{ID: "a", Question: "Why?", Answers: []string{"x"}, Answerable: &yes, Gold: []Gold{{"d", 1, "t"}}, History: []Message{{"user", "Hi"}}, Type: "k", Line: 1}
	}
	hashed := func(change func(*Case)) string {
		cases := []Case{base()}
		change(&cases[0])
		NewLocator(cases).Done()
		return cases[0].Hash
	}
	want := hashed(func(*Case) {})
	for name, change := range map[string]func(*Case){
		"type": func(c *Case) { c.Type = "l" }, "tags": func(c *Case) { c.Tags = []string{Critical} }, "line": func(c *Case) { c.Line = 2 },
	} {
		if hashed(change) != want {
			t.Errorf("%s changes the hash", name)
		}
	}
	seen := map[string]string{want: "base"}
	for name, change := range map[string]func(*Case){
		"question": func(c *Case) { c.Question = "How?" }, "answers": func(c *Case) { c.Answers = []string{"x", "y"} }, "no answers": func(c *Case) { c.Answers = nil },
		"not answerable": func(c *Case) { c.Answerable = &no }, "unknown": func(c *Case) { c.Answerable = nil }, "history": func(c *Case) { c.History[0].Text = "Ho" },
		"paragraph": func(c *Case) { c.Gold[0].Paragraph = 2 }, "doc": func(c *Case) { c.Gold[0].Doc = "e" }, "text": func(c *Case) { c.Gold[0].Text = "u" }, "no gold": func(c *Case) { c.Gold = nil },
	} {
		h := hashed(change)
		if seen[h] != "" || h == "" {
			t.Errorf("%s and %s have the hash %q", name, seen[h], h)
		}
		seen[h] = name
	}
}

func reversed(docs []rag.Document) []rag.Document {
	docs = slices.Clone(docs)
	slices.Reverse(docs)
	return docs
}
