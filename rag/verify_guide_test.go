package rag_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// guideKinds are the kinds of testdata/verify_stats.txt as the guide names them.
var guideKinds = map[string]string{
	"verbatim":                     "True, word for word",
	"reworded":                     "True, in other words",
	"from a question":              "True, made from a question and its answer",
	"number":                       "Wrong number",
	"date":                         "Wrong date",
	"name":                         "Wrong name",
	"role":                         "Two names exchanged",
	"not put in":                   "“Not” added",
	"not left out":                 "“Not” left out",
	"another paragraph":            "Wrong paragraph cited",
	"number of the same paragraph": "Wrong number, which the paragraph has elsewhere",
	"name of the same paragraph":   "Wrong name, which the paragraph has elsewhere",
	"two numbers exchanged":        "Two numbers exchanged",
	"opposite":                     "A word's opposite, such as first for last",
}

var statRE = regexp.MustCompile(`(?m)^(\S.*?) +(\d\.\d{3})  (\d\.\d{3}) of (\d+)$`)

// TestGuideFigures compares the guide's table of how often the checks are wrong
// with what was measured.
func TestGuideFigures(t *testing.T) {
	stats, err := os.ReadFile("testdata/verify_stats.txt")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../seeds/guide/models.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := statRE.FindAllStringSubmatch(string(stats), -1)
	if len(rows) != len(guideKinds) {
		t.Errorf("%d kinds are measured, %d are in the guide", len(rows), len(guideKinds))
	}
	for _, r := range rows {
		want := fmt.Sprintf("| %s | %s | %s | %s |\n", guideKinds[r[1]], percent(t, r[2]), percent(t, r[3]), r[4])
		if !strings.Contains(string(page), want) {
			t.Errorf("the guide has no line %s", want)
		}
	}
	answers := regexp.MustCompile(`any of them marked: (\S+) of (\d+)`).FindStringSubmatch(string(stats))
	if answers == nil {
		t.Fatal("no figure of whole answers")
	}
	if want := fmt.Sprintf("Of %s answers of three to five true sentences, %s had a sentence marked wrongly.", answers[2], percent(t, answers[1])); !strings.Contains(string(page), want) {
		t.Errorf("the guide does not say: %s", want)
	}
}

// percent returns a share as the guide writes it.
func percent(t *testing.T, share string) string {
	t.Helper()
	f, err := strconv.ParseFloat(share, 64)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%.1f%%", 100*f)
}
