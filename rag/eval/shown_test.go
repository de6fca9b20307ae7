package eval

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// TestComplete measures what an earlier version did not, and keeps what it did.
func TestComplete(t *testing.T) {
	yes := true
	row := func(metrics map[string]float64) Row {
		return Row{Verdict: rag.Answered, Sentences: []Sentence{{Text: "The form."}}, Gold: []Gold{{"a.md", 1, "the form"}}, Answerable: &yes, Metrics: metrics}
	}
	failed := row(nil)
	failed.Error = "timeout"
	for _, c := range []struct {
		name string
		row  Row
		want map[string]float64 // of passed, shown and quote_exact
	}{
		{"earlier", row(map[string]float64{"passed": 1, "quote_exact": .5}), map[string]float64{"passed": 1, "quote_exact": .5, "shown": 1}},
		{"of this version", row(map[string]float64{"passed": 0, "shown": 0}), map[string]float64{"passed": 0, "shown": 0}},
		{"failed", failed, map[string]float64{}},
		{"not measured", row(nil), map[string]float64{}},
	} {
		c.row.Complete()
		got := map[string]float64{}
		for _, name := range []string{"passed", "shown", "quote_exact"} {
			if v, ok := c.row.Metrics[name]; ok {
				got[name] = v
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestScoreShown(t *testing.T) {
	yes, no := true, false
	gold := func(texts ...string) (gs []Gold) {
		for _, s := range texts {
			gs = append(gs, Gold{"a.md", 1, s})
		}
		return gs
	}
	// What is shown: 2 words of the heading and 5 of the sentence.
	said := []Sentence{{Text: "**Take** the *form*, it's [here](https://example.com/a).", Support: rag.Quoted}}
	cited := []Citation{{Doc: "a.md", Heading: "Leave > Forms", Quote: "**Take** the *form*, it's [here](https://example.com/b)."}}
	other := append(cited[:1:1], Citation{Doc: "a.md", Quote: "| Hull | 1,200 |\n| Oslo | 7.5 |"})
	for _, c := range []struct {
		name string
		row  Row
		want map[string]float64
	}{
		{"case, marks and links aside", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("take the FORM: it's [here](/c)")},
			map[string]float64{"shown": 1}},
		{"any of the gold", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("nowhere", "take the form")}, map[string]float64{"shown": 1}},
		{"whole words only", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("take the for")}, map[string]float64{"shown": 0}},
		{"every word", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("take form")}, map[string]float64{"shown": 0}},
		{"in this order only", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("form take")}, map[string]float64{"shown": 0}},
		{"where a link leads to is not read", Row{Sentences: said, Citations: cited, Gold: gold("example.com")}, map[string]float64{"shown": 0}},
		{"a heading", Row{Sentences: said, Citations: cited, Gold: gold("Leave > Forms")}, map[string]float64{"shown": 1}},
		{"a row of a table that is only quoted", Row{Sentences: said, Citations: other, Gold: gold("HULL | 1,200"), Answerable: &yes},
			map[string]float64{"shown": 1, "words_shown": 11, "refused_wrongly": 0}},
		{"another number", Row{Sentences: said, Citations: other, Gold: gold("Oslo | 75")}, map[string]float64{"shown": 0}},
		{"the text of a link alone", Row{Sentences: []Sentence{{Text: "Ask the people team."}}, Gold: gold("[people](mailto:a@example.com) team")}, map[string]float64{"shown": 1}},
		{"Chinese", Row{Sentences: []Sentence{{Text: "每位家长有十六周假期。"}}, Gold: gold("十六周"), Answerable: &yes},
			map[string]float64{"shown": 1, "words_shown": 5, "refused_wrongly": 0}},
		{"no text of gold", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("")}, map[string]float64{}},
		{"gold that is lost", Row{Sentences: said, Citations: cited, Gold: gold("nowhere"), Lost: true}, map[string]float64{}},
		{"other gold than that which is lost", Row{Sentences: said, Citations: cited, Gold: gold("the form"), Lost: true}, map[string]float64{"shown": 1}},

		{"answered right", Row{Verdict: rag.Answered, Sentences: said, Citations: cited, Gold: gold("the form"), Answerable: &yes},
			map[string]float64{"shown": 1, "words_shown": 7, "refused_wrongly": 0, "answer_precision": 1}},
		{"partly", Row{Verdict: rag.Partial, Sentences: said, Gold: gold("the form"), Answerable: &yes},
			map[string]float64{"shown": 1, "words_shown": 5, "refused_wrongly": 0, "answer_precision": 1}},
		{"answered beside the gold, with a right answer's words", Row{Verdict: rag.Answered, Sentences: said, Gold: gold("the fax"), Answers: []string{"take"}, Answerable: &yes},
			map[string]float64{"shown": 0, "words_shown": 5, "refused_wrongly": 0, "answer_precision": 0}},
		{"a right answer's words, no text of gold", Row{Verdict: rag.Answered, Sentences: said, Gold: gold(""), Answers: []string{"the form"}, Answerable: &yes},
			map[string]float64{"words_shown": 5, "refused_wrongly": 0, "answer_precision": 1}},
		{"their source is lost", Row{Verdict: rag.Answered, Sentences: said, Answers: []string{"the fax"}, Answerable: &yes, Lost: true},
			map[string]float64{"words_shown": 5, "refused_wrongly": 0, "answer_precision": 0}},
		{"answered, lost gold might be shown", Row{Verdict: rag.Answered, Sentences: said, Gold: gold("the fax"), Answerable: &yes, Lost: true},
			map[string]float64{"words_shown": 5, "refused_wrongly": 0}},
		{"nothing is expected", Row{Verdict: rag.Answered, Sentences: said, Answerable: &yes}, map[string]float64{"words_shown": 5, "refused_wrongly": 0}},
		{"places are not called an answer", Row{Verdict: rag.Passages, Sentences: said, Gold: gold("the form"), Answerable: &yes},
			map[string]float64{"shown": 1, "words_shown": 5, "refused_wrongly": 0}},
		{"refused wrongly", Row{Verdict: rag.NotFound, Abstained: true, Gold: gold("the form"), Answerable: &yes},
			map[string]float64{"shown": 0, "words_shown": 0, "refused_wrongly": 1}},
		{"answered wrongly", Row{Verdict: rag.Answered, Sentences: said, Gold: gold("the form"), Answerable: &no},
			map[string]float64{"answer_precision": 0, "answered_wrongly": 1}},
		{"places where there is no answer", Row{Verdict: rag.Passages, Sentences: said, Answerable: &no}, map[string]float64{"answered_wrongly": 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.row.Score(func(Citation) bool { return true })
			got := map[string]float64{}
			for _, name := range []string{"shown", "words_shown", "answer_precision", "answered_wrongly", "refused_wrongly"} {
				if v, ok := c.row.Metrics[name]; ok {
					got[name] = v
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.row.applies(), c.row.Light().applies()); diff != "" {
				t.Errorf("a light row (-whole +light):\n%s", diff)
			}
		})
	}
}
