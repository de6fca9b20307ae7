package text

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Number is a number in a text, in digits or in words.
type Number struct {
	Start, End int // bytes, with scale ("million") and what names the unit after it
	Value      float64
	// Alt is another reading of the same digits: 1.200 is 1200 or 1.2, by
	// language. It equals Value where there is no doubt.
	Alt     float64
	Unit    string // "%", "$", "€", "£", "¥", a measure such as "km" or "yr", or empty
	InWords bool   // twelve, zwölfte, 十二
}

// Same tells whether two numbers have the same value. It leaves units aside.
func (n Number) Same(m Number) bool {
	return near(n.Value, m.Value) || near(n.Value, m.Alt) || near(n.Alt, m.Value) || near(n.Alt, m.Alt)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b)) }

// Numbers returns the numbers among the words ws of s, in order, read as the
// language lang. Codes such as v1.2.3 and A380 are no numbers.
func Numbers(s, lang string, ws []Word) []Number {
	var out []Number
	for i := 0; i < len(ws); {
		n, next, ok := number(s, lang, ws, i)
		if !ok {
			i++
			continue
		}
		n.Start = ws[i].Start
		n.End = ws[next-1].End
		unit(s, &n, ws, i, &next)
		out = append(out, n)
		i = next
	}
	return out
}

// number reads the number that begins with word i and returns the index of the
// first word after it.
func number(s, lang string, ws []Word, i int) (Number, int, bool) {
	n, next, ok := digits(s, lang, ws, i)
	if !ok {
		n, next, ok = inWords(s, lang, ws, i)
	}
	if !ok {
		return n, i, false
	}
	for next < len(ws) && joins(s[ws[next-1].End:ws[next].Start]) {
		by := scale(ws[next].Text, lang)
		if by == 0 {
			break
		}
		n.Value, n.Alt = n.Value*by, n.Alt*by
		next++
	}
	return n, next, true
}

// joins tells whether what is between two words leaves them one number.
func joins(gap string) bool {
	return gap == "" || gap == "-" || gap != "" && strings.Trim(gap, " \u00a0\u202f\u2009") == ""
}

// digits reads a number in digits: 1,200 and 1.200 and 1 200, 3.5, 25th, 3bn.
func digits(s, lang string, ws []Word, i int) (n Number, next int, ok bool) {
	w := narrow(ws[i].Text)
	end := strings.IndexFunc(w, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune(".,'’_", r) })
	suffix := ""
	if end >= 0 {
		w, suffix = w[:end], strings.ToLower(w[end:])
	}
	if w == "" || !unicode.IsDigit(firstRune(w)) {
		return n, i, false
	}
	next = i + 1
	for next < len(ws) && suffix == "" && len(w) >= 1 && grouped(s, w, ws, i, next) {
		w += narrow(ws[next].Text)
		next++
	}
	n.Value, n.Alt, ok = parse(w, lang)
	if !ok {
		return n, i, false
	}
	switch by := letterScale[suffix]; {
	case by > 0:
		n.Value, n.Alt = n.Value*by, n.Alt*by
	case suffix == "s" && n.Value >= 100:
		n.Value += .5 // the 1990s are not 1990
		n.Alt = n.Value
	}
	return n, next, true
}

// letterScale are the letters that multiply the digits they follow.
var letterScale = map[string]float64{"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12}

// grouped tells whether word next goes on with the digits of w as its next three,
// after a space.
func grouped(s, w string, ws []Word, i, next int) bool {
	first, group := ws[i].Text, ws[next].Text
	whole, _, _ := strings.Cut(strings.Replace(group, ",", ".", 1), ".")
	if len(whole) != 3 || !isNumber(whole) || len(first) > 3 || !isNumber(first) || !isNumber(w) {
		return false
	}
	switch s[ws[next-1].End:ws[next].Start] {
	case "\u00a0", "\u202f", "\u2009", "'", "’":
		return true
	case " ":
		// In "Apollo 11 200 kilometres above" the first number is a name's.
		return i == 0 || !unicode.IsUpper(firstRune(ws[i-1].Text))
	}
	return false
}

// parse returns the readings of digits with separators.
func parse(w, lang string) (value, alt float64, ok bool) {
	w = strings.TrimRight(strings.NewReplacer("'", "", "’", "", "_", "").Replace(w), ".,")
	commas, dots := strings.Count(w, ","), strings.Count(w, ".")
	last := max(strings.LastIndexByte(w, ','), strings.LastIndexByte(w, '.'))
	switch {
	case commas+dots == 0:
	case commas > 0 && dots > 0: // the later one is the decimal point
		w = onlyDigits(w[:last]) + "." + onlyDigits(w[last:])
	case commas+dots > 1:
		if !groupsOfThree(w) {
			return 0, 0, false // a version, a section
		}
		w = onlyDigits(w)
	case len(w)-last == 4 && last <= 3 && w[0] != '0':
		whole, _ := strconv.ParseFloat(onlyDigits(w), 64)
		part := whole / 1000
		switch {
		case lang == "en" && commas == 1:
			return whole, whole, true
		case lang == "en":
			return part, part, true
		}
		return whole, part, true
	default:
		w = strings.Replace(w, ",", ".", 1)
	}
	value, err := strconv.ParseFloat(w, 64)
	return value, value, err == nil
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == ',' {
			return -1
		}
		return r
	}, s)
}

// groupsOfThree tells 1,200,000 from 1.2.3.
func groupsOfThree(w string) bool {
	for i, g := range strings.FieldsFunc(w, func(r rune) bool { return r == '.' || r == ',' }) {
		if len(g) != 3 && (i > 0 || len(g) > 3) {
			return false
		}
	}
	return true
}

// narrow returns full-width digits as ordinary ones.
func narrow(w string) string {
	if w == "" || w[0] < utf8.RuneSelf {
		return w
	}
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, w)
}

// inWords reads a number in words. "One" alone is an article or pronoun as often
// as a number, in every language here: it is none.
func inWords(s, lang string, ws []Word, i int) (n Number, next int, ok bool) {
	if unspacedNumeral(ws[i].Text) > 0 {
		return ideographs(ws, i)
	}
	total, part := 0., 0.
	next = i
	for next < len(ws) {
		if next > i && !joins(s[ws[next-1].End:ws[next].Start]) {
			break
		}
		w := Fold(strings.ToLower(ws[next].Text))
		v, known := wordValue(w, lang)
		switch {
		case known && next > i && !follows(part, v):
			known = false
		case known && part == 4 && v == 20 && lang == "fr":
			part = 80 // quatre-vingt
		case known:
			part += v
		case next > i && part > 0 && scale(ws[next].Text, lang) >= 1000:
			total, part, known = total+part*scale(ws[next].Text, lang), 0, true
		case next > i && part > 0 && part < 100 && scale(ws[next].Text, lang) == 100:
			part, known = part*100, true
		case next > i && numberAnd[w] && next+1 < len(ws):
			// "two hundred and five", but not "five and six"
			v, more := wordValue(Fold(strings.ToLower(ws[next+1].Text)), lang)
			known = more && follows(part, v) && (part >= 100 || part == 0 || lang != "en")
		}
		if !known {
			break
		}
		next++
	}
	n.Value = total + part
	n.Alt, n.InWords = n.Value, true
	return n, next, next > i && n.Value != 1 && !(next == i+1 && n.Value == 0)
}

// follows tells whether a number word of value v may add to what was read.
func follows(part, v float64) bool {
	switch {
	case part == 0:
		return true
	case v < 10:
		return int(part)%10 == 0 && part >= 20
	case v < 100:
		return int(part)%100 == 0 || part == 4 && v == 20 || (part == 60 || part == 80) && v < 20
	}
	return false
}

var numberAnd = map[string]bool{"and": true, "und": true, "et": true, "y": true}

// wordValue returns the value of a number word or ordinal under 1000.
func wordValue(w, lang string) (float64, bool) {
	for _, l := range [...]string{lang, "en"} {
		if v, ok := numberWords[l][w]; ok {
			return v, true
		}
	}
	if lang == "de" {
		return germanNumber(w)
	}
	return 0, false
}

// germanNumber reads what German writes as one word: einundzwanzig, zweihundert.
func germanNumber(w string) (float64, bool) {
	if before, after, ok := strings.Cut(w, "hundert"); ok {
		v, known := 1., true
		if before != "" {
			v, known = wordValue(before, "de")
		}
		if after == "" || !known {
			return v * 100, known
		}
		rest, known := wordValue(strings.TrimPrefix(after, "und"), "de")
		return v*100 + rest, known
	}
	if ones, tens, ok := strings.Cut(w, "und"); ok && ones != "" {
		if ones == "ein" {
			ones = "eins"
		}
		a, k1 := wordValue(ones, "de")
		b, k2 := wordValue(tens, "de")
		return a + b, k1 && k2 && a < 10 && b >= 20
	}
	return 0, false
}

const numerals = "零一二三四五六七八九十百千万亿两〇萬億"

// unspacedNumeral returns 1 + the place of an ideograph among the numerals, or 0.
func unspacedNumeral(w string) int {
	r, n := utf8.DecodeRuneInString(w)
	if n != len(w) || r < 0x3000 {
		return 0
	}
	return 1 + slices.Index([]rune(numerals), r)
}

// ideographs reads a number in Chinese numerals. A single one is as often part
// of a word: it is none.
func ideographs(ws []Word, i int) (n Number, next int, ok bool) {
	total, part, digit := 0., 0., 0.
	for next = i; next < len(ws) && (next == i || ws[next].Start == ws[next-1].End); next++ {
		k := unspacedNumeral(ws[next].Text) - 1
		if k < 0 {
			break
		}
		switch r := []rune(numerals)[k]; {
		case k < 10:
			digit = digit*10 + float64(k)
		case r == '两':
			digit = 2
		case r == '〇':
			digit *= 10
		case k < 13: // 十百千
			part += max(digit, 1) * math.Pow10(k-9)
			digit = 0
		default:
			by := 1e4
			if r == '亿' || r == '億' {
				by = 1e8
			}
			total, part, digit = (total+part+digit)*by, 0, 0
		}
	}
	n.Value = total + part + digit
	n.Alt, n.InWords = n.Value, true
	return n, next, next > i+1
}
