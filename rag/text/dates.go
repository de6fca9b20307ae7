package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A Date is a date in a text, or the part of one that is said; 0 is not said.
type Date struct {
	Start, End       int // bytes
	Year, Month, Day int
}

// Within tells whether all that d says is so in e: 28 February is within
// 2026-02-28.
func (d Date) Within(e Date) bool {
	return (d.Year == 0 || d.Year == e.Year) && (d.Month == 0 || d.Month == e.Month) && (d.Day == 0 || d.Day == e.Day)
}

// Dates returns the dates among the words ws of s that name their month or are
// written as a date: 28 Feb, February 28th, 2026, 3–5 March, 2026-02-28,
// 28.02.2026, 2026年2月28日. Of 03/04/2026 both readings are given. A year alone
// is a number.
func Dates(s, lang string, ws []Word) []Date {
	var out []Date
	for i := 0; i < len(ws); {
		ds, next := numericDate(s, lang, ws, i)
		if ds == nil {
			ds, next = namedDate(s, ws, i)
		}
		if ds == nil {
			i++
			continue
		}
		out = append(out, ds...)
		i = next
	}
	return out
}

// numericDate reads a date in digits that begins with word i.
func numericDate(s, lang string, ws []Word, i int) ([]Date, int) {
	if parts := strings.Split(ws[i].Text, "."); len(parts) == 3 {
		return dated(parts[0], parts[1], century(parts), ws[i].Start, ws[i].End, false), i + 1
	}
	if i+2 >= len(ws) || ws[i].Text[0] < '0' || ws[i].Text[0] > '9' {
		return nil, i
	}
	if i+3 < len(ws) && (ws[i+1].Text == "年" || ws[i+1].Text == "月") {
		return ideographDate(ws, i)
	}
	sep := s[ws[i].End:ws[i+1].Start]
	if sep != s[ws[i+1].End:ws[i+2].Start] || sep != "-" && sep != "/" {
		return nil, i
	}
	day := ws[i+2].Text
	if t := strings.IndexByte(day, 'T'); t > 0 {
		day = day[:t]
	}
	return dated(ws[i].Text, ws[i+1].Text, day, ws[i].Start, ws[i+2].End, lang != "de"), i + 3
}

// century returns the year of day, month and year, those of two digits each as that of
// four: 28.02.26. Versions seldom begin with 0.
func century(parts []string) string {
	const thisOne = 70 // 28.02.70 was in 1970
	year := parts[2]
	short := !slices.ContainsFunc(parts, func(p string) bool { return len(narrow(p)) != 2 })
	switch {
	case short && atoi(year) < thisOne:
		return "20" + narrow(year)
	case short:
		return "19" + narrow(year)
	}
	return year
}

// dated returns the date of three parts, with both readings where the order of
// day and month is open.
func dated(a, b, c string, start, end int, american bool) []Date {
	x, y, z := atoi(a), atoi(b), atoi(c)
	var ds []Date
	add := func(year, month, day int) {
		if year >= 1000 && year < 3000 && month >= 1 && month <= 12 && day >= 1 && day <= 31 {
			ds = append(ds, Date{start, end, year, month, day})
		}
	}
	if x > 31 {
		add(x, y, z)
		return ds
	}
	add(z, y, x)
	if american && x != y {
		add(z, x, y)
	}
	return ds
}

// ideographDate reads 2026年2月28日, 2026年2月 and 2月28日.
func ideographDate(ws []Word, i int) ([]Date, int) {
	d := Date{Start: ws[i].Start}
	next := i
	for _, p := range []struct {
		mark string
		to   *int
	}{{"年", &d.Year}, {"月", &d.Month}, {"日", &d.Day}} {
		if next+1 < len(ws) && ws[next+1].Text == p.mark && atoi(ws[next].Text) > 0 {
			*p.to = atoi(ws[next].Text)
			d.End = ws[next+1].End
			next += 2
		}
	}
	if d.Month == 0 {
		return nil, i
	}
	return []Date{d}, next
}

// namedDate reads a date around the name of a month that is word i or up to
// four words after it: a list of days, the month, more days, a year.
func namedDate(s string, ws []Word, i int) ([]Date, int) {
	days, at := dayList(s, ws, i)
	if len(days) > 0 && at < len(ws) && monthLink[strings.ToLower(ws[at].Text)] {
		at++
	}
	if at >= len(ws) || !isMonth(ws, at) {
		return nil, i
	}
	if at > i && !closeBy(s, ws[at-1].End, ws[at].Start) {
		return nil, i
	}
	d := Date{Start: ws[i].Start, End: ws[at].End, Month: months[Fold(strings.ToLower(ws[at].Text))]}
	next := at + 1
	if len(days) == 0 && next < len(ws) && closeBy(s, ws[at].End, ws[next].Start) {
		if days, next = dayList(s, ws, next); len(days) > 0 {
			d.End = ws[next-1].End
		}
	}
	year := next
	if year < len(ws) && yearLink[strings.ToLower(ws[year].Text)] {
		year++
	}
	if year < len(ws) && closeBy(s, ws[year-1].End, ws[year].Start) {
		if y := atoi(ws[year].Text); y >= 1000 && y < 3000 && len(ws[year].Text) == 4 {
			d.Year, d.End, next = y, ws[year].End, year+1
		}
	}
	if len(days) == 0 {
		days = []int{0}
	}
	var ds []Date
	for _, day := range days {
		d.Day = day
		ds = append(ds, d)
	}
	return ds, next
}

// dayList reads the days of 3, 3rd, 3–5 and "3 and 5" from word i on.
func dayList(s string, ws []Word, i int) (days []int, next int) {
	for next = i; next < len(ws) && len(days) < 3; {
		w := strings.ToLower(ws[next].Text)
		for _, suffix := range [...]string{"st", "nd", "rd", "th", "er", "º"} {
			w = strings.TrimSuffix(w, suffix)
		}
		d := atoi(w)
		if d < 1 || d > 31 || len(w) > 2 {
			break
		}
		if len(days) > 0 && !closeBy(s, ws[next-1].End, ws[next].Start) {
			break
		}
		days = append(days, d)
		next++
		if next+1 < len(ws) && dayLink[strings.ToLower(ws[next].Text)] && isDay(ws[next+1].Text) {
			next++
		} else if next < len(ws) && strings.TrimSpace(s[ws[next-1].End:ws[next].Start]) == "" {
			break
		}
	}
	return days, next
}

func isDay(w string) bool { return len(w) <= 4 && atoi(strings.TrimRight(w, "stndrheº")) > 0 }

// closeBy tells whether no more than a comma, a full stop or a dash and space is
// between two places.
func closeBy(s string, a, b int) bool {
	return strings.Trim(s[a:b], " \u00a0.,–-/") == "" && b-a <= 5 && !strings.Contains(s[a:b], "\n\n")
}

var (
	dayLink   = set("and to und bis et au y al")
	monthLink = set("of de")
	yearLink  = set("of de del")
)

// isMonth tells whether word i names a month. May, March and the like are also
// other words, so the name is capitalised where the language does so, or a day
// is before it.
func isMonth(ws []Word, i int) bool {
	w := ws[i].Text
	m := months[Fold(strings.ToLower(w))]
	if m == 0 {
		return false
	}
	lower := !unicode.IsUpper(firstRune(w))
	day := i > 0 && (isDay(ws[i-1].Text) || monthLink[strings.ToLower(ws[i-1].Text)])
	if lower && !day && ambiguous[strings.ToLower(w)] {
		return false
	}
	if len(w) <= 3 && w != "May" || lower && len(w) <= 4 {
		return day || i+1 < len(ws) && unicode.IsDigit(firstRune(ws[i+1].Text))
	}
	// "May" opens a question or a wish at the start of a sentence.
	return w != "May" || i > 0 || i+1 < len(ws) && unicode.IsDigit(firstRune(ws[i+1].Text))
}

// ambiguous are months that are other words in lower case.
var ambiguous = set("may march mar august dec sept jan jun mai")

// months are the names of months, folded to plain letters.
var months = func() map[string]int {
	m := map[string]int{}
	for i, names := range strings.Split(`january jan januar jänner janvier enero gennaio janeiro januari январь января январе|
		february feb februar février febrero febbraio fevereiro februari февраль февраля феврале|march mar märz mars marzo março maart март марта марте|
		april apr avril abril aprile апрель апреля апреле|may mai mayo maggio maio mei maj май мая мае|june jun juni juin junio giugno junho июнь июня июне|
		july jul juli juillet julio luglio julho июль июля июле|august aug août agosto augustus augusti август августа августе|
		september sep sept septembre septiembre setiembre settembre setembro сентябрь сентября сентябре|
		october oct oktober okt octobre octubre ottobre outubro октябрь октября октябре|
		november nov novembre noviembre novembro ноябрь ноября ноябре|december dec dezember dez décembre diciembre dicembre dezembro декабрь декабря декабре`, "|") {
		for name := range strings.FieldsSeq(names) {
			m[Fold(name)] = i + 1
		}
	}
	return m
}()

// atoi returns the value of digits, full-width ones too, and 0 for anything else.
func atoi(s string) int {
	n, err := strconv.Atoi(narrow(s))
	if err != nil {
		return 0
	}
	return n
}
