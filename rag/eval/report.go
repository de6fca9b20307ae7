package eval

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

// A Report is what WriteReport shows. Only Rows is required.
type Report struct {
	Title               string // empty: "Evaluation"
	When                time.Time
	Documents, Passages int    // in the index
	Model, Embedder     string // who wrote the answers, and whose vectors were searched
	Metrics             []Metric
	Baseline            []Metric // of an earlier run; nil: there is none
	Changes             []Change // of Compare, for intervals of the differences; nil: not known
	Curve               []Point
	Thresholds          []Threshold // ascending by Score
	Latencies           []float64   // of whole answers, in milliseconds, in any order
	Rows                []Row
	BaselineRows        map[string]Row // by ID
}

// A Point is the share of questions with a right paragraph among the first K.
type Point struct {
	K         int
	Rate      float64
	Low, High float64 // the 95 % interval
}

// A Threshold tells what would be if every question whose best passage scores
// below Score were refused.
type Threshold struct {
	Score             float64
	Precision, Recall float64 // of refusing; Precision is NaN where nothing would be refused
	AnsweredWrong     float64 // share of the questions without an answer that would get one
}

//go:embed report.html.tmpl report.css report.js
var reportFiles embed.FS

// WriteReport writes a report as one HTML file that needs no other and no network.
// Its policy allows only its own style and script. Text of documents, questions
// and models is never markup in it: tables escape it, and the list of questions is
// JSON that the script shows as text.
func WriteReport(w io.Writer, r Report) error {
	page, err := newPage(r)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	t, err := template.New("report.html.tmpl").ParseFS(reportFiles, "report.html.tmpl")
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	// A page is written whole or not at all.
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	Title, When            string
	About                  []string // of the run, one fact each
	Policy                 string
	Style, Script, Data    template.HTML // whole elements
	Counts                 []count
	Changes                []count // against the baseline; nil without one
	Headline               []figure
	Sections               []section // of all figures over all questions
	ByType                 grid
	TypeSections           []section // of all figures of one type each
	Curve, Refusing, Times *plot
	HasBaseline            bool
}

func newPage(r Report) (page, error) {
	css, err := reportFiles.ReadFile("report.css")
	if err != nil {
		return page{}, err
	}
	js, err := reportFiles.ReadFile("report.js")
	if err != nil {
		return page{}, err
	}
	list := newList(r)
	// Marshal escapes <, > and &, so nothing in the data can end its element.
	data, err := json.Marshal(list)
	if err != nil {
		return page{}, fmt.Errorf("rows: %w", err)
	}
	p := page{
		Title: reveal(r.Title), About: about(r), HasBaseline: r.Baseline != nil || r.BaselineRows != nil,
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(css), digest(js)),
		Style:  template.HTML("<style>" + string(css) + "</style>"),
		Script: template.HTML("<script>" + string(js) + "</script>"),
		Data:   template.HTML(`<script type="application/json" id="data">` + string(data) + "</script>"),
		Counts: list.judged(), Changes: list.changed(),
		Curve: curvePlot(r.Curve), Refusing: thresholdPlot(r.Thresholds), Times: latencyPlot(r.Latencies),
	}
	if p.Title == "" {
		p.Title = "Evaluation"
	}
	if !r.When.IsZero() {
		p.When = r.When.Format("2 January 2006, 15:04 MST")
	}
	fs := newFigures(r.Metrics, r.Baseline, r.Changes)
	p.Headline, p.Sections = fs.headline(), sections(fs.of(""), r.Baseline != nil)
	p.ByType = fs.byType()
	for _, g := range p.ByType.Groups {
		if g.Name != "" {
			p.TypeSections = append(p.TypeSections, section{g.Label, fs.of(g.Name), r.Baseline != nil})
		}
	}
	return p, nil
}

func about(r Report) []string {
	facts := []string{plural(len(r.Rows), "question")}
	if r.Documents > 0 {
		facts = append(facts, plural(r.Documents, "document"))
	}
	if r.Passages > 0 {
		facts = append(facts, plural(r.Passages, "passage"))
	}
	if r.Model != "" {
		facts = append(facts, "answers by "+reveal(r.Model))
	}
	if r.Embedder != "" {
		facts = append(facts, "vectors by "+reveal(r.Embedder))
	}
	return facts
}

// digest names a text in a content security policy.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// reveal returns s with what a reader could not see, or what would turn the
// order of the letters around it, as its code point: <U+202E>.
func reveal(s string) string {
	if strings.IndexFunc(s, concealed) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\r':
		case concealed(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// concealed tells whether r is a control, bidi, zero-width or tag character. Joiners
// are not: scripts and emoji are written with them.
func concealed(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ', 0x7f <= r && r < 0xa0, 0xe0000 <= r && r < 0xe0080:
		return true
	case 0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f:
		return true
	}
	return strings.ContainsRune("\u061c\u200b\u200e\u200f\u2028\u2029\ufeff", r)
}
