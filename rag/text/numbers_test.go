package text

import (
	"fmt"
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ lang, s, want string }{
		{"en", "1,200 or 1200 people", "1200 1200"},
		{"en", "1,200,000.50 and 3.14", "1200000.5 3.14"},
		{"de", "1.200 Leute und 3,5 Liter", "1200/1.2 3.5l"},
		{"en", "1 200 km, Apollo 11 200 km", "1200km 11 200km"},
		{"fr", "1 200,5 km", "1200.5km"},
		{"en", "twelve, twenty-three, two hundred and five, three hundred thousand", "12w 23w 205w 300000w"},
		{"en", "1.5 million, 3bn, two million", "1500000 3000000000 2000000w"},
		{"en", "five and six, one two", "5w 6w 2w"},
		{"en", "5 %, 5%, five per cent, 5 percent", "5% 5% 5%w 5%"},
		{"en", "$5, 5 dollars, €3.50, EUR 7, US$9 million", "5$ 5$ 3.5€ 7€ 9000000$"},
		{"en", "the 3rd, third, 25th, 1990s, 1990", "3 3w 25 1990.5 1990"},
		{"en", "v1.2.3, 1.2.3, A380, one of them", ""},
		{"de", "zwölf, einundzwanzig, zweihundertfünf, drei Millionen, eine", "12w 21w 205w 3000000w"},
		{"de", "5 Prozent, 2 Mrd. Euro", "5% 2000000000€"},
		{"fr", "douze, vingt et un, quatre-vingt-dix-sept, deux millions", "12w 21w 97w 2000000w"},
		{"es", "doce, treinta y cinco, dos mil, veintidós", "12w 35w 2000w 22w"},
		{"zh", "共有十二人，1.5万，二百三十五，3亿", "12w 15000 235w 300000000"},
		{"zh", "４２", "42"},
	} {
		var got []string
		for _, n := range Numbers(c.s, c.lang, Words(c.s)) {
			g := strings.TrimSuffix(fmt.Sprintf("%.10f", n.Value), "0")
			g = strings.TrimRight(strings.TrimRight(g, "0"), ".")
			if n.Alt != n.Value {
				g += fmt.Sprintf("/%g", n.Alt)
			}
			g += n.Unit
			if n.InWords {
				g += "w"
			}
			got = append(got, g)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %q: %s, want %s", c.lang, c.s, strings.Join(got, " "), c.want)
		}
	}
}

func TestNumberSpans(t *testing.T) {
	for s, want := range map[string]string{
		"about 1.5 million euros today": "1.5 million euros",
		"a US$ 5 note":                  "$ 5",
		"some 5 % more":                 "5 %",
	} {
		n := Numbers(s, "en", Words(s))[0]
		if got := s[n.Start:n.End]; got != want {
			t.Errorf("%q: number %q, want %q", s, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ lang, s, want string }{
		{"en", "28 Feb", "0-2-28"},
		{"en", "on February 28th, 2026 and in March 2025", "2026-2-28 2025-3-0"},
		{"en", "28 February 2026; the 1st of May", "2026-2-28 0-5-1"},
		{"en", "2026-02-28", "2026-2-28"},
		{"en", "28.02.2026 28/02/2026 03/04/2026", "2026-2-28 2026-2-28 2026-4-3 2026-3-4"},
		{"en", "3–5 March 2010, March 3 and 5", "2010-3-3 2010-3-5 0-3-3 0-3-5"},
		{"en", "they may march in august halls", ""},
		{"en", "May 2020. In May it was", "2020-5-0 0-5-0"},
		{"en", "in October the Germans", "0-10-0"},
		{"en", "from March 3 to April 5, 1990", "0-3-3 1990-4-5"},
		{"de", "am 28. Februar 2026, im März", "2026-2-28 0-3-0"},
		{"fr", "le 1er mai 2020, 5 août", "2020-5-1 0-8-5"},
		{"es", "el 5 de marzo de 2020", "2020-3-5"},
		{"ru", "17 июня 2024 г., 9 мая", "2024-6-17 0-5-9"},
		{"it", "il 17 giugno 2024", "2024-6-17"},
		{"pt", "17 de junho de 2024", "2024-6-17"},
		{"zh", "2026年2月28日和2月", "2026-2-28"},
		{"en", "in 1990 there were 12", ""},
		{"de", "am 28.02.26, dem 01.12.99; Version 3.12.24", "2026-2-28 1999-12-1"},
		{"ru", "5 марта 2024 года, в мае 2023 и 1 мая", "2024-3-5 2023-5-0 0-5-1"},
		{"it", "il 2 giugno 2024", "2024-6-2"},
		{"nl", "op 3 maart 2025", "2025-3-3"},
	} {
		var got []string
		for _, d := range Dates(c.s, c.lang, Words(c.s)) {
			got = append(got, fmt.Sprintf("%d-%d-%d", d.Year, d.Month, d.Day))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %q: %s, want %s", c.lang, c.s, strings.Join(got, " "), c.want)
		}
	}
}

func TestTerm(t *testing.T) {
	for _, c := range []struct {
		w, lang, want string
		stop          bool
	}{
		{"U.S", "en", "US", false}, {"US", "en", "US", false}, {"us", "en", "us", true}, {"NATO", "en", "NATO", false},
		{"Houses", "en", "hous", false}, {"not", "en", "not", true}, {"Zürich’s", "en", "zurich", false},
	} {
		if got, stop := Term(c.w, c.lang); got != c.want || stop != c.stop {
			t.Errorf("Term(%q) = %q, %v", c.w, got, stop)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"", "1.200,5 €", "3–5 March 2010", "二百三十五亿", "\xff5%", "28.02.2026", "two hundred and", "$", "5 per cent 2026年", "９９％"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"en", "de", "fr", "es", "zh", ""} {
			ws := Words(s)
			for _, n := range Numbers(s, lang, ws) {
				if n.Start < 0 || n.End > len(s) || n.Start >= n.End {
					t.Fatalf("number %+v of %q", n, s)
				}
				if !n.Same(n) {
					t.Fatalf("%+v is not itself", n)
				}
			}
			for _, d := range Dates(s, lang, ws) {
				if d.Start < 0 || d.End > len(s) || d.Start >= d.End || d.Month < 1 || d.Month > 12 {
					t.Fatalf("date %+v of %q", d, s)
				}
			}
		}
	})
}
