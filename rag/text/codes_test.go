package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A text that holds a question's word in another form holds it; one that only
// resembles it does not.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		word, lang string
		in, notIn  []string
	}{
		{"ERR-4012-B", "en", []string{"err-4012-b", "ERR4012B", "err_4012_b"}, []string{"ERR-4012-C", "ERR-4013-B", "B 4012 ERR"}},
		{"4012", "en", []string{"ERR-4012-B", "E4012", "Error 4012:"}, []string{"ERR-40123", "4013"}},
		{"A002", "en", []string{"a002", "Code A002."}, []string{"A003", "A02", "B002"}},
		{"CVE-2024-21987", "en", []string{"(CVE-2024-21987)", "cve 2024-21987"}, []string{"CVE-2024-21978", "CVE-2023-21987"}},
		{"v3.0.0-rc.2", "en", []string{"V3.0.0-RC2", "tag v3.0.0-rc.2."}, []string{"v3.0.0-rc.1", "v3.0.0"}},
		{"3.0.0", "en", []string{"v3.0.0", "3.0.0-rc.2"}, []string{"3.0.1"}},
		{"nginx:1.25-slim", "en", []string{"`nginx:1.25-slim`"}, []string{"nginx:1.25-alpine"}},
		{"nginx:1.25", "en", []string{"nginx:1.25-alpine", "nginx 1.25"}, []string{"nginx:1.26"}},
		{"4.2(c)", "en", []string{"Section 4.2(c) covers it", "4.2 (c), 4.2c"}, []string{"4.2(b)"}},
		{"401k", "en", []string{"a 401(k) plan", "401 k"}, []string{"401 days, kelvin"}},
		{"P-17-final", "en", []string{"p-17-final"}, []string{"P-17-draft", "final P-18, 17"}},
		{"P-17", "en", []string{"P-17-final", "P17"}, []string{"P-18"}},
		{"12-07-31", "en", []string{"lot 12-07-31"}, []string{"lot 07-12-31", "12-31-07"}},
		{"2023-17-44", "en", []string{"2023-17-44"}, []string{"2023-44-17"}},
		{"1-23", "en", nil, []string{"12-3", "123"}},
		{"TLS1.2", "en", []string{"TLS 1.2", "TLS-1.2"}, []string{"TLS 1.3", "1.2 of TLS"}},
		{"50GB", "en", []string{"50 GB", "50gb", "50 gigabytes", "50-GB"}, []string{"5 GB", "500 GB"}},
		{"e-mail", "en", []string{"email", "emails", "e mail", "E-Mail"}, []string{"mailing"}},
		{"email", "en", []string{"e-mail"}, nil},
		{"signup", "en", []string{"sign up", "sign-up", "Sign-ups"}, []string{"sign it"}},
		{"sign-up", "en", []string{"signup", "sign up"}, nil},
		{"well-known", "en", []string{"well known", "wellknown"}, nil},
		{"50-year-old", "en", []string{"50 years old"}, nil},
		{"1990-1995", "en", []string{"from 1990 to 1995", "1990–1995"}, nil},
		{"maxTokens", "en", []string{"max_tokens", "MAX_TOKENS", "max tokens", "max-tokens"}, []string{"tokens"}},
		{"HTTPServer", "en", []string{"http server", "http_server"}, nil},
		{"VMs", "en", []string{"a VM"}, nil},
		{"APIs", "en", []string{"an API"}, nil},
		{"feet", "en", []string{"a foot", "5 ft"}, nil},
		{"naive", "en", []string{"naïve", "nai\u0308ve"}, nil},
		{"resume", "en", []string{"résumé"}, nil},
		{"Ha Noi", "en", []string{"Hà Nội"}, nil},
		{"Αθηνα", "el", []string{"Αθήνα"}, nil},
		{"елка", "ru", []string{"ёлка"}, nil},
		{"мои", "", nil, []string{"мой"}},
		{"ЗА́МОК", "ru", []string{"замок"}, nil},
		{"مدرسه", "ar", []string{"مَدرسه"}, nil},
		{"か", "ja", nil, []string{"が"}},
		{"A002", "ja", []string{"Ａ００２"}, nil},
		{"ﬁle", "en", []string{"file"}, nil},
		{"17 June 2024", "en", []string{"17.06.2024", "2024-06-17", "June 17, 2024", "17th of June 2024", "on 2024-06-17T10:00"}, []string{"17 June 2023", "June 2024", "16.06.2024"}},
		{"2024-05-03", "en", []string{"3 May 2024"}, []string{"2024-03-05", "5 March 2024"}},
		{"March 2024", "en", []string{"2024-03-05", "5.3.2024", "in March 2024"}, []string{"2024-04-03", "March 5, 2023"}},
		{"31.12.2026", "en", []string{"31 December 2026", "December 31st, 2026"}, nil},
		{"1. August 2021", "de", []string{"01.08.2021", "2021-08-01"}, nil},
		{"1,500,000", "en", []string{"1.5 million", "1500000"}, nil},
		{"twelve", "en", []string{"12 days"}, nil},
		{"12", "en", []string{"twelve days"}, []string{"120"}},
		{"3rd", "en", []string{"third"}, nil},
		{"10:30", "en", []string{"at 10:30"}, []string{"10 or 30"}},
		{"黑豹队", "zh", []string{"黑豹队的"}, []string{"豹队"}},
	} {
		forms := Forms(c.word, c.lang)
		held := func(s string) bool {
			has := map[string]bool{}
			for _, term := range Terms(s, c.lang) {
				has[term] = true
			}
			return Held(forms, func(term string) bool { return has[term] })
		}
		for _, s := range append(c.in, c.word) {
			if !held(s) {
				t.Errorf("%q %v is not in %q %v", c.word, forms, s, Terms(s, c.lang))
			}
		}
		for _, s := range c.notIn {
			if held(s) {
				t.Errorf("%q %v is in %q %v", c.word, forms, s, Terms(s, c.lang))
			}
		}
	}
}

func TestContentCodes(t *testing.T) {
	for s, want := range map[string]string{
		"What does ERR-4012-B mean?":                     "ERR-4012-B|mean",
		"Which version fixes CVE-2024-21987?":            "version|fixes|CVE-2024-21987",
		"What took place on June 17, 2024 in hall B2.14": "took|place|June 17, 2024|hall|B2.14",
		"is 4.2(c) about e-mail?":                        "4.2(c)|e-mail",
		"Is it in-between?":                              "",
	} {
		if diff := cmp.Diff(want, strings.Join(Content(s, "en"), "|")); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
}
