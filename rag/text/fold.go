package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns lower-case s without the accents of Latin, Greek, Cyrillic, Arabic
// and Hebrew letters, so that Zürich and Zurich meet. Marks that make another
// letter stay: й is no и, and か no が.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return unligature.Replace(strings.Map(foldRune, norm.NFC.String(s)))
		}
	}
	return s
}

var unligature = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "þ", "th")

// folded maps accented letters to plain ones: those that Unicode takes apart, and
// some with a stroke, which it does not.
var folded = func() map[rune]rune {
	m := map[rune]rune{}
	for _, span := range [...][2]rune{{0xC0, 0x24F}, {0x370, 0x52F}, {0x620, 0x6D3}, {0x1E00, 0x1FFF}} {
		for r := span[0]; r <= span[1]; r++ {
			parts := []rune(norm.NFD.String(string(r)))
			if len(parts) > 1 && unicode.Is(unicode.Mn, parts[1]) && !strings.ContainsRune("йїў", r) {
				m[r] = parts[0]
			}
		}
	}
	for _, pair := range [...]string{"đd", "ðd", "ħh", "ıi", "łl", "ŀl", "øo", "ŧt", "ςσ"} {
		from, size := utf8.DecodeRuneInString(pair)
		m[from], _ = utf8.DecodeRuneInString(pair[size:])
	}
	return m
}()

func foldRune(r rune) rune {
	if r < 0xC0 {
		return r
	}
	if p, ok := folded[r]; ok {
		return p
	}
	accent := r < 0x370 || 0x591 <= r && r <= 0x5C7 || 0x64B <= r && r <= 0x670
	if accent && unicode.Is(unicode.Mn, r) || r == 'ـ' {
		return -1
	}
	return r
}
