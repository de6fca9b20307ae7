package eval

import (
	"encoding/json"
	"io"
	"testing"
)

// TestSQuADGolden compares with what the official evaluator gives.
func TestSQuADGolden(t *testing.T) {
	n := 0
	for dec := json.NewDecoder(goldenFile(t, "squad_unit.jsonl")); ; n++ {
		var c struct {
			Answers              []string
			Prediction           string
			NormalizedPrediction string   `json:"normalized_prediction"`
			NormalizedAnswers    []string `json:"normalized_answers"`
			Exact                float64
			F1                   float64
		}
		if err := dec.Decode(&c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if got := normalize(c.Prediction); got != c.NormalizedPrediction {
			t.Errorf("normalize(%q) = %q, want %q", c.Prediction, got, c.NormalizedPrediction)
		}
		for i, a := range c.Answers {
			if got := normalize(a); got != c.NormalizedAnswers[i] {
				t.Errorf("normalize(%q) = %q, want %q", a, got, c.NormalizedAnswers[i])
			}
		}
		if got := Exact(c.Prediction, c.Answers); got != c.Exact {
			t.Errorf("Exact(%q, %q) = %v, want %v", c.Prediction, c.Answers, got, c.Exact)
		}
		if got := F1(c.Prediction, c.Answers); got != c.F1 {
			t.Errorf("F1(%q, %q) = %v, want %v", c.Prediction, c.Answers, got, c.F1)
		}
	}
	if n != 51 {
		t.Errorf("%d cases, want 51", n)
	}
}

// TestNormalize's values are those of the official evaluator under Python 3.11.
func TestNormalize(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"The  Cat, an' a\tdog!", "cat dog"},
		{"A.N. Other's the-end", "others theend"},
		{"they then andes", "they then andes"},
		{"«the» end", "« » end"},
		{"the’s", "’s"},
		{"a\u0301rea", "\u0301rea"}, // a combining mark is no word character
		{"thé the\u200bend", "thé \u200bend"},
		{"3a a3 ²the the²", "3a a3 ²the the²"},
		{"no\u00a0break\u2003em\x1cfile\x1funit\u0085next", "no break em file unit next"},
		{"zero\u200bwidth", "zero\u200bwidth"},
		{"İzmir", "i\u0307zmir"},
		{"ΟΔΟΣ ΣΑΣ Σ", "οδος σας σ"},
		{"ΑΣ’ ΑΣ’Α", "ας’ ασ’α"},
		{"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", ""},
		{"…“”–—·¿€", "…“”–—·¿€"},
	} {
		if got := normalize(c.in); got != c.want {
			t.Errorf("normalize(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestExactAndF1(t *testing.T) {
	for _, c := range []struct {
		prediction string
		answers    []string
		exact, f1  float64
	}{
		{"the Ford engine", []string{"Ford engine"}, 1, 1},
		{"a Ford", []string{"Ford engine"}, 0, 2. / 3},
		{"red red blue", []string{"red blue blue"}, 0, 2. / 3},
		{"red red blue", []string{"red red green"}, 0, 2. / 3},
		{"engine Ford", []string{"Ford engine"}, 0, 1},
		{"one two three four", []string{"one", "four five"}, 0, 0.4}, // the better of 2/5 and 1/3
		{"second", []string{"first", "second"}, 1, 1},
		{"", nil, 1, 1},
		{"", []string{}, 1, 1},
		{"the", nil, 1, 1},
		{"something", nil, 0, 0},
		{"", []string{"something"}, 0, 0},
		{"", []string{"the", "something"}, 0, 0}, // an answer of articles only does not count beside another
		{"", []string{"the"}, 1, 1},
		{"blue", []string{"red"}, 0, 0},
	} {
		if got := Exact(c.prediction, c.answers); got != c.exact {
			t.Errorf("Exact(%q, %q) = %v, want %v", c.prediction, c.answers, got, c.exact)
		}
		if got := F1(c.prediction, c.answers); !near(got, c.f1) {
			t.Errorf("F1(%q, %q) = %v, want %v", c.prediction, c.answers, got, c.f1)
		}
	}
}

func TestContained(t *testing.T) {
	for _, c := range []struct {
		shown   string
		answers []string
		want    float64
	}{
		{"It was built by the Ford company in 1912.", []string{"Ford Company"}, 1},
		{"It was built in 1912.", []string{"912"}, 0},
		{"It was built in 1912.", []string{"191"}, 0},
		{"It fell in 2191, and rose in 191.", []string{"191"}, 1}, // looks on after a part of a word
		{"It cost $1,000.", []string{"1000"}, 1},
		{"It cost 1000.", []string{"1,000 dollars", "$1,000"}, 1},
		{"It takes 15 days.", []string{"1.5 days"}, 0},
		{"It takes 1.5 days.", []string{"15 days"}, 0},
		{"It takes 1.5 days.", []string{"5 days"}, 0},
		{"It takes 1.5.", []string{"1"}, 0},
		{"It takes (1.5) days.", []string{"1.5 days", "x"}, 1},
		{"Python v3.12.", []string{"v3.12"}, 1},
		{"It is of 12.5.2026.", []string{"2026"}, 1},
		{"It has 15.", []string{"15"}, 1},
		{"Between 2004-2005 it stood still.", []string{"2005"}, 1},
		{"He is called “Wings”.", []string{"Wings"}, 1},
		{"He is called Wings.", []string{"“Wings”"}, 1},
		{"He lived in Paris, France.", []string{"paris france"}, 1},
		{"He lived in Parisian France.", []string{"Paris"}, 0},
		{"它由黑豹队建造。", []string{"黑豹"}, 1},
		{"それは東京タワーです", []string{"東京タワー"}, 1},
		{"Straßenbahn", []string{"Straße"}, 0},
		{"cafe\u0301s", []string{"cafe"}, 0},
		{"a the an", []string{"the", "—", ""}, 0},
		{"anything", nil, 0},
		{"", []string{"x"}, 0},
	} {
		if got := Contained(c.shown, c.answers); got != c.want {
			t.Errorf("Contained(%q, %q) = %v, want %v", c.shown, c.answers, got, c.want)
		}
	}
}

func FuzzSQuAD(f *testing.F) {
	f.Add("The cat", "a cat")
	f.Add("İ Σ ΑΣ", "\x1c\u0301")
	f.Fuzz(func(t *testing.T, a, b string) {
		if normalize(a) != "" && (Exact(a, []string{a}) != 1 || F1(a, []string{a}) != 1 || Contained(a, []string{a}) != 1) {
			t.Errorf("%q is not itself", a)
		}
		ab, ba := F1(a, []string{b}), F1(b, []string{a})
		if !near(ab, ba) || ab < 0 || ab > 1 {
			t.Errorf("F1 of %q and %q is %v and %v", a, b, ab, ba)
		}
		if Exact(a, []string{b}) > ab {
			t.Errorf("%q equals %q, but F1 is %v", a, b, ab)
		}
	})
}
