package eval

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Seconds string       `xml:"time,attr"`
	Failure *junitReason `xml:"failure"`
	Error   *junitReason `xml:"error"`
	Skipped *junitReason `xml:"skipped"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes a test case for each row and each gate. A case fails if it is
// critical and did not pass; other cases that did not pass are skipped ones, for it
// is the gates that judge them.
func WriteJUnit(w io.Writer, rows []Row, checks []Check) error {
	cases := junitSuite{Name: "cases"}
	for _, r := range rows {
		cases.add(r.junit())
	}
	gates := junitSuite{Name: "gates"}
	for _, c := range checks {
		t := junitCase{Name: c.Name, Class: "gate", Seconds: "0"}
		if c.Failed {
			t.Failure = &junitReason{Message: c.Why}
		}
		gates.add(t)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	if err := enc.Encode(junitSuites{Suites: []junitSuite{cases, gates}}); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return nil
}

func (s *junitSuite) add(t junitCase) {
	s.Cases = append(s.Cases, t)
	s.Tests++
	switch {
	case t.Error != nil:
		s.Errors++
	case t.Failure != nil:
		s.Failures++
	case t.Skipped != nil:
		s.Skipped++
	}
}

func (r Row) junit() junitCase {
	class := r.Type
	if class == "" {
		class = "case"
	}
	// A dot would make a package of what stands before it.
	t := junitCase{Name: r.ID + ": " + r.Question, Class: strings.ReplaceAll(class, ".", "_"), Seconds: fmt.Sprintf("%.3f", r.Metrics["latency"]/1000)}
	passed, judged := r.Metrics["passed"]
	said := &junitReason{Message: "did not pass: " + string(r.Verdict), Text: r.Answer}
	switch {
	case r.Error != "":
		t.Error = &junitReason{Message: r.Error}
	case !judged:
		t.Skipped = &junitReason{Message: "nothing is known of its answer"}
	case passed == 1:
	case slices.Contains(r.Tags, Critical):
		t.Failure = said
	default:
		t.Skipped = said
	}
	return t
}
