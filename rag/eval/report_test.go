package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

var update = flag.Bool("update-report", false, "write the golden of the report anew")

func written(t *testing.T, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// embedded returns the list of questions of a page, as the script reads it.
func embedded(t *testing.T, page string) list {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, end := strings.Cut(rest, "</script>")
	if !ok || !end {
		t.Fatal("no data in the page")
	}
	var l list
	if err := json.Unmarshal([]byte(data), &l); err != nil {
		t.Fatalf("data of the page: %v", err)
	}
	return l
}

// skeleton is what of a page the outline of its golden is: landmarks, headings,
// tables and controls, with their text.
var skeleton = regexp.MustCompile(`(?s)<(/?(?:header|nav|main|section|footer|form|figure|details)\b|table)[^>]*>|<(h[1-6]|caption|summary|th scope="col"[^>]*|th scope="row"[^>]*|title|p class="counts"|p class="change [a-z]+")(?:\s[^>]*)?>(.*?)</(?:h[1-6]|caption|summary|th|title|p)>`)

func outline(page string) string {
	page, _, _ = strings.Cut(page, `<script type="application/json"`)
	page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "")
	tags := regexp.MustCompile(`<[^>]*>`)
	var b strings.Builder
	depth := 0
	for _, m := range skeleton.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(m[1], "/") {
			depth--
			continue
		}
		name, text := m[1]+m[2], strings.Join(strings.Fields(tags.ReplaceAllString(m[3], " ")), " ")
		name = strings.TrimSuffix(regexp.MustCompile(` (dir|role)="[a-z]+"`).ReplaceAllString(name, ""), " ")
		fmt.Fprintln(&b, strings.TrimRight(strings.Repeat("  ", depth)+name+": "+text, ": "))
		if m[1] != "" && m[1] != "table" {
			depth++
		}
	}
	return b.String()
}

func TestReportOutline(t *testing.T) {
	got := outline(written(t, smallReport()))
	golden := filepath.Join("testdata", "report_outline.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("outline (-want +got; -update-report writes it anew):\n%s", diff)
	}
}

func TestReportNeedsNothing(t *testing.T) {
	page := written(t, sampleReport(50))
	for _, outside := range []string{" src=", "url(", "@import", "http://", "https://", "//fonts", " style=", " onclick="} {
		if strings.Contains(page, outside) {
			t.Errorf("the page holds %q", outside)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;; style-src &#39;sha256-") {
		t.Error("no content security policy")
	}
	if !strings.Contains(page, `<html lang="en">`) {
		t.Error("no language")
	}
}

func TestReportEmpty(t *testing.T) {
	page := written(t, Report{})
	if strings.Contains(page, "NaN") || strings.Contains(page, "<svg class") {
		t.Error("an empty report shows figures")
	}
	if l := embedded(t, page); len(l.Items) != 0 || l.Items == nil {
		t.Errorf("items: %v", l.Items)
	}
}

// hostile is text that breaks out of what does not escape it.
const hostile = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">" +
	"{{.Title}} ${1} `x` --> <!-- ]]> \x1b[31m \u202egnp.exe \u2066 \x00 \u2028 &amp; \" '"

func hostileReport() Report {
	r := sampleReport(3)
	r.Title, r.Model, r.Embedder = hostile, hostile, hostile
	for i := range r.Metrics {
		if r.Metrics[i].Group != "" {
			r.Metrics[i].Group = hostile
		}
	}
	r.Metrics = append(r.Metrics, Metric{Name: hostile, Value: .5, Scored: 1, Asked: 1})
	answerable := true
	row := Row{
		ID: hostile, Question: hostile, Verdict: rag.Answered, Answer: hostile, Type: hostile, Tags: []string{hostile},
		Answers: []string{hostile}, Answerable: &answerable, Missing: []string{hostile}, Degraded: hostile,
		Sentences: []Sentence{{Text: hostile, Citations: []int{1}, Support: rag.Unverified, Unsupported: []string{hostile}}},
		Citations: []Citation{{N: 1, Doc: hostile, Heading: hostile, Paragraph: 1, Quote: hostile}},
		Contexts:  []Context{{Doc: hostile, Paragraph: 1, Text: "before \u202e " + hostile + " after"}},
		Gold:      []Gold{{Doc: hostile, Paragraph: 1, Text: hostile}}, History: []Message{{hostile, hostile}},
		Metrics: map[string]float64{hostile: 1, "passed": 1, "f1": math.NaN()},
	}
	then := row
	then.Answer, then.Error = "other", hostile
	r.Rows, r.BaselineRows = append(r.Rows, row), map[string]Row{hostile: then}
	return r
}

func TestReportHostile(t *testing.T) {
	page := written(t, hostileReport())
	for tag, want := range map[string]int{"<script": 2, "</script": 2, "<style": 1, "<img": 0, "<!--": 0, "{{": strings.Count(page, "{{.Title}}")} {
		if got := strings.Count(page, tag); got != want {
			t.Errorf("%d times %q, want %d", got, tag, want)
		}
	}
	for _, c := range []string{"\x1b", "\x00", "\u202e", "\u2066", "\u2028"} {
		if strings.Contains(page, c) {
			t.Errorf("the page holds %q", c)
		}
	}
	l := embedded(t, page)
	it := l.Items[len(l.Items)-1]
	for what, got := range map[string]string{"question": it.Question, "sentence": it.Reply.Sentences[0].Text, "expected": it.Expected[0]} {
		if got != reveal(hostile) {
			t.Errorf("%s is %q", what, got)
		}
	}
}

// A quote is marked where it stands, counted as JavaScript counts.
func TestReportQuote(t *testing.T) {
	for _, c := range []struct{ paragraph, quote string }{
		{"One. Two. Three.", "Two."},
		{"\U0001f600 emoji, Größe, 漢字. Two \U0001f600.", "Two \U0001f600."},
		{"bad \xff byte \u202e. Two \xff.", "Two \xff."},
		{"Two.", "Two."},
	} {
		row := Row{
			Citations: []Citation{{N: 1, Doc: "a.md", Paragraph: 2, Quote: c.quote}},
			Contexts:  []Context{{Doc: "a.md", Paragraph: 1, Text: c.quote + " elsewhere"}, {Doc: "a.md", Paragraph: 2, Text: c.paragraph}},
		}
		l := embedded(t, written(t, Report{Rows: []Row{row}}))
		cite := l.Items[0].Reply.Cites[0]
		marked := string(utf16.Decode(utf16.Encode([]rune(l.Texts[cite.Text]))[cite.Start:cite.End]))
		if want := strings.ToValidUTF8(c.quote, "\ufffd"); marked != want || !cite.Whole {
			t.Errorf("%q in %q: marked %q, whole %v", c.quote, c.paragraph, marked, cite.Whole)
		}
		if got, want := l.Texts[cite.Text], strings.ToValidUTF8(reveal(c.paragraph), "\ufffd"); got != want {
			t.Errorf("paragraph %q, want %q", got, want)
		}
	}
	row := Row{Citations: []Citation{{N: 1, Doc: "a.md", Paragraph: 2, Quote: "gone"}}, Contexts: []Context{{Doc: "a.md", Paragraph: 2, Text: "other"}}}
	l := embedded(t, written(t, Report{Rows: []Row{row}}))
	if cite := l.Items[0].Reply.Cites[0]; cite.Whole || l.Texts[cite.Text] != "gone" {
		t.Errorf("a quote that is not in its paragraph: %+v", cite)
	}
}

func TestJudge(t *testing.T) {
	yes, no := true, false
	gold, answers := []Gold{{Doc: "a"}}, []string{"x"}
	m := func(names ...string) map[string]float64 {
		m := map[string]float64{"passed": 0, "contained": 0, "citation_right": 0}
		for _, n := range names {
			m[n] = 1
		}
		return m
	}
	for _, c := range []struct {
		row  Row
		want string
	}{
		{Row{Error: "timeout", Metrics: m("passed")}, "failed: It enters no figure but the share of failures."},
		{Row{Abstained: true}, "not judged: The case does not say what is right."},
		{Row{Answerable: &no, Abstained: true, Metrics: m("passed")}, "right: The documents do not answer it, and it was refused."},
		{Row{Answerable: &no, Metrics: m()}, "wrong: The documents do not answer it, and it was not refused."},
		{Row{Answerable: &yes, Abstained: true, Answers: answers, Metrics: m()}, "wrong: It has an answer, and it was refused."},
		{Row{Answers: answers, Gold: gold, Metrics: m("passed", "contained", "citation_right")}, "right: The reply holds an expected answer and cites a right paragraph."},
		{Row{Answers: answers, Metrics: m("passed", "contained")}, "right: The reply holds an expected answer."},
		{Row{Answers: answers, Metrics: m()}, "wrong: The reply holds no expected answer."},
		{Row{Gold: gold, Metrics: m("passed", "citation_right")}, "right: The reply cites a right paragraph."},
		{Row{Gold: gold, Metrics: m("passed")}, "right: The reply cites a right document."},
		{Row{Gold: gold, Metrics: m()}, "wrong: The reply cites no right source."},
		{Row{Gold: gold, Answers: answers, Metrics: m()}, "wrong: The reply holds no expected answer and cites no right source."},
		{Row{Answerable: &yes, Metrics: m("passed")}, "right: It has an answer, and was answered."},
		{Row{Answerable: &yes, Metrics: m()}, "wrong: It has an answer, and was not answered."},
	} {
		if judged, why := judge(c.row); judged+": "+why != c.want {
			t.Errorf("%s: %s, want %s", judged, why, c.want)
		}
	}
}

func TestCompareReplies(t *testing.T) {
	right, wrong := Row{Answer: "a", Metrics: map[string]float64{"passed": 1}}, Row{Answer: "b", Metrics: map[string]float64{"passed": 0}}
	other, failed := Row{Answer: "c", Metrics: map[string]float64{"passed": 1}}, Row{Error: "timeout"}
	for _, c := range []struct {
		name      string
		now, then Row
		want      string
	}{
		{"won", right, wrong, changeWon}, {"lost", wrong, right, changeLost}, {"same", right, right, changeNone},
		{"other", right, other, changeOther}, {"failed", failed, right, changeOther}, {"failed before", right, failed, changeOther},
	} {
		if got := compareReplies(c.now, c.then); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// A difference whose interval holds zero is not called better or worse.
func TestFigureCompare(t *testing.T) {
	now, then := []Metric{{"hit@5", "", .9, .86, .94, 10, 10, 1}}, []Metric{{"hit@5", "", .8, .76, .84, 10, 10, 1}}
	for _, c := range []struct {
		change               Change
		text, verdict, bound string
	}{
		{Change{Name: "hit@5", Better: 1, Diff: .05, Low: .02, High: .08}, "+5.0 points", "better", "+2.0 to +8.0"},
		{Change{Name: "hit@5", Better: 1, Diff: -.05, Low: -.08, High: -.02}, "\u22125.0 points", "worse", "\u22128.0 to \u22122.0"},
		{Change{Name: "hit@5", Better: 1, Diff: .05, Low: -.02, High: .12}, "+5.0 points", "unclear", "\u22122.0 to +12.0"},
		{Change{Name: "hit@5", Better: 1}, "no change", "same", ""},
		{Change{Name: "hit@1", Better: 1, Diff: .05}, "+10.0 points", "better", ""}, // of another: the intervals decide
	} {
		f := newFigures(now, then, []Change{c.change})[0]
		if f.Change != c.text || f.Verdict != c.verdict || f.Range != c.bound {
			t.Errorf("%+v: %q %q %q", c.change, f.Change, f.Verdict, f.Range)
		}
	}
	then[0].High = .87
	if f := newFigures(now, then, nil)[0]; f.Verdict != unclear || f.Change != "+10.0 points" {
		t.Errorf("intervals that overlap: %q %q", f.Change, f.Verdict)
	}
}

func TestChange(t *testing.T) {
	for _, c := range []struct {
		u               unit
		d               float64
		better          int
		change, verdict string
	}{
		{percent, .021, 1, "+2.1 points", "better"},
		{percent, -.021, 1, "\u22122.1 points", "worse"},
		{percent, .021, -1, "+2.1 points", "worse"},
		{percent, .0004, 1, "no change", "same"},
		{ratio, -.0123, 1, "\u22120.012", "worse"},
		{millis, -1234, -1, "\u22121,234 ms", "better"},
		{amount, 12, 0, "+12.0", "higher"},
		{amount, -12, 0, "\u221212.0", "lower"},
	} {
		if change, verdict := c.u.change(c.d, c.better); change != c.change || verdict != c.verdict {
			t.Errorf("%v by %v, better %d: %q %q, want %q %q", c.u, c.d, c.better, change, verdict, c.change, c.verdict)
		}
	}
}

func TestLatencyPlot(t *testing.T) {
	for name, ms := range map[string][]float64{
		"one": {3}, "zero": {0, 0, 0}, "equal": {7, 7, 7}, "outlier": {1, 2, 3, 9e6}, "odd": {math.NaN(), math.Inf(1), -1, 5},
	} {
		p := latencyPlot(ms)
		sum := 0
		for _, b := range p.Bars {
			if b.X < plotLeft || b.X+b.Width > plotRight+1 || b.Y < plotTop || b.Height < 0 || math.IsNaN(b.Y) {
				t.Errorf("%s: bar %+v leaves the picture", name, b)
			}
		}
		for _, m := range p.Marks {
			if m.X < plotLeft || m.X > plotRight {
				t.Errorf("%s: mark %+v leaves the picture", name, m)
			}
		}
		for _, row := range p.Table {
			var n int
			if _, err := fmt.Sscan(row[1], &n); err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if want := map[string]int{"one": 1, "zero": 3, "equal": 3, "outlier": 4, "odd": 1}[name]; sum != want {
			t.Errorf("%s: the table counts %d, want %d", name, sum, want)
		}
	}
	slow := slices.Repeat([]float64{4, 1, 2, 3, 5, 6, 8, 7}, 12)
	p := latencyPlot(append(slow, 3000, 1000, 2000, 4000)) // 4 of 100
	if last := p.Table[len(p.Table)-1]; last[0] != "10.5 and more" || last[1] != "4" || last[2] != "100.0\u00a0%" {
		t.Errorf("the last bar is %q", last)
	}
	if len(p.Marks) != 2 || p.Marks[0].Label != "median 5.0\u00a0ms" || p.Marks[1].Label != "95 % 8.0\u00a0ms" {
		t.Errorf("marks: %+v", p.Marks)
	}
	if latencyPlot(nil) != nil || latencyPlot([]float64{math.NaN()}) != nil {
		t.Error("a plot of nothing")
	}
}

// A report of 2,000 questions stays small enough to be mailed.
func TestReportSize(t *testing.T) {
	if n := len(written(t, sampleReport(2000))); n > 10<<20 {
		t.Errorf("the report of 2,000 questions has %d MB", n>>20)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no space left on device")

func TestReportFullDisk(t *testing.T) {
	if err := WriteReport(fullDisk{}, Report{When: time.Now()}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

func TestThresholdPlotOfOneScore(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   []string
	}{
		{0, 1, []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}},
		{.31, .79, []string{"0.4", "0.5", "0.6", "0.7"}},
		{.5, .5 + 1e-9, []string{"0.5"}},
		{.5, math.Nextafter(.5, 1), []string{"0.5"}},
		{.7, .7, []string{"0.7"}},
		{1e17, math.Nextafter(1e17, 1e18), []string{"100,000,000,000,000,000"}},
	} {
		var got []string
		for _, k := range thresholdPlot([]Threshold{{Score: c.lo}, {Score: c.hi}}).XTicks {
			got = append(got, k.Label)
			if k.At < plotLeft || k.At > plotRight {
				t.Errorf("%v to %v: a tick at %v", c.lo, c.hi, k.At)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Fatalf("%v to %v: ticks %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}
