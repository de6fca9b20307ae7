package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sentences(s string) []string {
	var out []string
	for _, r := range Sentences(s) {
		out = append(out, s[r[0]:r[1]])
	}
	return out
}

func TestSentences(t *testing.T) {
	// Each case is written with | where it must be cut.
	for _, c := range []string{
		"One. |Two! |Three? |Four",
		"Dr. A. Lee met Mr. Smith in St. Louis at 3 p.m. on Friday. |He left.",
		"The U.S. Senate voted. |Then the U.S. withdrew.",
		"It was made in the U.S. |The price rose.",
		"Pi is 3.14 and e is 2.72. |See example.com for more.",
		"“May be part of it, what awaits Ukraine?”| Trump remains silent.",
		"“What awaits?”|Trump remains silent.",
		"He said no. |She said yes.",
		"See No. 5 and Fig. 2. |Done.",
		"Wait... what? |Yes.",
		"今天很好。|明天呢？|「好。」|再见",
		"Apples, pears, etc. are fruit. |Others are not.",
		"He worked at Acme Inc. |It failed.",
		"Steps:\n|- first thing\n|- second thing\n|1. numbered",
		"A line\nthat goes on.\n\n|A new paragraph",
		"Am 6. Oktober 1973 begann es. |Wochen später z. B. endete es.",
		"Это было в 1973 г. в Москве. |Потом кончилось.",
		"Is it e.g. this? |No, i.e. that.",
		"\"Quote.\" |Next one.",
		"World War I. |The next war.",
		"It was raised last spring to\n12. |The board agreed.",
		"Der Antrag ist bis zum\n3. Oktober 2025 zu stellen.",
		"The fund\n– which both countries manage –\nholds 5 euros.",
		"- one thing that\n  wraps here\n|- another. |It goes\n  on\n|- third",
		"Sie liegt in der Hauptstr. 5 in Bonn. |Gem. § 3 Abs. 2 der Satzung sind es 5 Mio. Euro. |Nach dem 2. Weltkrieg zog sie um.",
		"Am 5. Dez. 2020 endete es. |La Sra. López vive en la av. Foch.",
		"That is plan B. |The other is plan C.",
		"Version v1.2.3 is out. |Get it.",
	} {
		want := strings.Split(c, "|")
		for i := range want {
			want[i] = strings.TrimSpace(want[i])
		}
		if diff := cmp.Diff(want, sentences(strings.ReplaceAll(c, "|", ""))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c, diff)
		}
	}
}

func TestTerms(t *testing.T) {
	for _, c := range []struct{ s, lang, want string }{
		{"What will Ukraine put into the funds?", "en", "ukrain put fund"},
		{"Zelenskyy’s 1,200 soldiers, US and AP", "en", "zelenskyy 1200 soldier us ap zelenskyy1200"},
		{"Set max_tokens in apiKey at v1.2.3", "en", "set max token api key 1.2.3 maxtoken apikey v1.2.3"},
		{"Die Häuser in Zürich", "de", "haus zurich"},
		{"L'homme qu’il a vu à l'école", "fr", "homm vu ecol"},
		{"Первые войска прибыли", "ru", "перв войск приб"},
		{"黑豹队的防守", "zh", "黑豹 豹队 队的 的防 防守"},
		{"GPT-4 在 2023 年", "zh", "gpt 4 在 2023 年 gpt4"},
		{"", "en", ""},
		{"the of and", "en", ""},
		{"?!…", "en", ""},
		{"WHAT WILL IT PUT INTO THE FUND?", "en", "put fund"},
		{"US", "en", "us"},
	} {
		if got := strings.Join(Terms(c.s, c.lang), " "); got != c.want {
			t.Errorf("Terms(%q, %s) = %q, want %q", c.s, c.lang, got, c.want)
		}
	}
}

func TestEveryday(t *testing.T) {
	for _, c := range []struct {
		w, lang string
		want    bool
	}{
		{"get", "en", true}, {"Getting", "en", true}, {"pls", "en", true}, {"anybody", "en", true}, {"two", "en", true}, {"got", "", true},
		{"password", "en", false}, {"bekomme", "de", true}, {"Urlaub", "de", false}, {"", "en", false}, {"get", "zh", false},
	} {
		if got := Everyday(c.w, c.lang); got != c.want {
			t.Errorf("Everyday(%q, %s) = %v", c.w, c.lang, got)
		}
	}
	if got := Content("im asking whats the limit, dont u know", "en"); !cmp.Equal(got, []string{"asking", "limit", "know"}) {
		t.Errorf("Content: %q", got)
	}
}

func TestContent(t *testing.T) {
	got := Content("How long is the sabbatical of Jane O'Neill?", "en")
	if diff := cmp.Diff([]string{"long", "sabbatical", "Jane", "O'Neill"}, got); diff != "" {
		t.Error(diff)
	}
	got = Content("黑豹队 wins 在 2016 年", "zh")
	if diff := cmp.Diff([]string{"黑豹队", "wins", "在", "2016", "年"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLanguage(t *testing.T) {
	for s, want := range map[string]string{
		"How long is parental leave?":                            "en",
		"Who offers troops?":                                     "en",
		"Wie lange dauert die Elternzeit?":                       "de",
		"Wer bietet Truppen an?":                                 "de",
		"Combien de temps dure le congé parental ?":              "fr",
		"¿Cuánto dura el permiso parental?":                      "es",
		"Quanto dura il congedo parentale?":                      "it",
		"Quanto tempo dura a licença parental?":                  "pt",
		"Hoe lang duurt het ouderschapsverlof?":                  "nl",
		"Сколько длится отпуск?":                                 "ru",
		"Скільки триває відпустка?":                              "uk",
		"育儿假有多长？":                                                "zh",
		"育児休暇はどのくらいですか":                                          "ja",
		"육아 휴직은 얼마나 됩니까?":                                        "ko",
		"كم مدة الإجازة؟":                                        "ar",
		"Zelenskyy":                                              "",
		"42":                                                     "",
		"":                                                       "",
		"What is 深圳?":                                            "en",
		"Qu'est-ce que l'indemnité de licenciement":              "fr",
		"Passwort von Kunden":                                    "de",
		"Door codes?":                                            "",
		"# Codes\n- E1: fan\n- E2: belt\n- E3: lamp\n- E4: door": "",
		"log:\n  level: debug\n  file: /var/log/app.log\n  port: 8443\n  host: a.example\n":                    "",
		"0 3 * * * /usr/bin/backup --all\n15 6 * * 1 /usr/bin/rotate --logs":                                   "",
		"| Laptop | Owner | Room |\n|---|---|---|\n| LT-1 | Ben | 3 |\n| LT-2 | Kim | 4 |\n| LT-3 | Ana | 5 |": "",
		"What did Müller say about São Paulo's budget?":                                                        "en",
	} {
		if got := Language(s); got != want {
			t.Errorf("Language(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for s, n := range map[string]int{"": 0, "one two, three": 3, "黑豹队": 2, "a 黑豹": 2} {
		if got := Count(s); got != n {
			t.Errorf("Count(%q) = %d, want %d", s, got, n)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a. b. c.", "“What?”Trump", "黑豹队。的", "\xff\xfe. x", "U.S. The", "e\u0301 ก็ก็", "- a\n- b\n\nc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, r := range Sentences(s) {
			if r[0] < end || r[1] <= r[0] || r[1] > len(s) {
				t.Fatalf("sentence %v after %d of %d in %q", r, end, len(s), s)
			}
			if gap := s[end:r[0]]; strings.TrimSpace(gap) != "" {
				t.Fatalf("sentences leave out %q of %q", gap, s)
			}
			end = r[1]
		}
		if strings.TrimSpace(s[end:]) != "" {
			t.Fatalf("sentences leave out the end %q of %q", s[end:], s)
		}
		end = 0
		for _, w := range Words(s) {
			if w.Start < end || s[w.Start:w.End] != w.Text {
				t.Fatalf("word %+v after %d in %q", w, end, s)
			}
			end = w.End
		}
		for _, lang := range []string{"en", "fr", "ru", "zh", ""} {
			for _, term := range Terms(s, lang) {
				if term == "" {
					t.Fatalf("empty term in %q", s)
				}
			}
		}
		Language(s)
	})
}
