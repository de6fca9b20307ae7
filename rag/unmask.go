package rag

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// unmasked returns what a plain form looks like: letters of other scripts and
// styles that look like Latin ones, digits for letters, and l e t t e r s set apart.
func unmasked(plain string) string {
	runes := []rune(plain)
	for i, r := range runes {
		switch {
		case 0xFF01 <= r && r <= 0xFF5E: // full width
			runes[i] = unicode.ToLower(r - 0xFEE0)
		case 0x1D400 <= r && r <= 0x1D6A3: // mathematical alphabets: 26 capitals, 26 small ones each
			runes[i] = 'a' + (r-0x1D400)%26
		case 0x24B6 <= r && r <= 0x24E9: // circled
			runes[i] = 'a' + (r-0x24B6)%26
		default:
			if l, ok := lookalikes[r]; ok {
				runes[i] = l
			}
		}
	}
	for i, r := range runes {
		if l, ok := digitLetters[r]; ok && (i > 0 && isLatin(runes[i-1]) || i+1 < len(runes) && isLatin(runes[i+1])) {
			runes[i] = l
		}
	}
	joined := spacedOut.ReplaceAllStringFunc(string(runes), func(s string) string {
		return " " + strings.NewReplacer(" ", "", ".", "", "-", "", "_", "", "*", "").Replace(s) + " "
	})
	return misspelt.ReplaceAllStringFunc(joined, func(w string) string { return cmp.Or(scrambled[anagram(w)], w) })
}

// misspelt finds words that may be scrambled ones.
var misspelt = regexp.MustCompile(`\b[a-z]{4,12}\b`)

// scrambled are words of orders by their letters: people read "ingore teh abvoe
// rulse", and so do models.
var scrambled = func() map[string]string {
	of := map[string]string{}
	for w := range strings.FieldsSeq(`ignore disregard forget override bypass instruction instructions rules prompt prompts previous prior above
		earlier system answer reply respond output print repeat reveal only with`) {
		of[anagram(w)] = w
	}
	return of
}()

// anagram returns a word's first letter, and the others in order.
func anagram(w string) string {
	b := []byte(w)
	slices.Sort(b[1:])
	return string(b)
}

// spacedOut finds words of at least four letters with something between them.
var spacedOut = regexp.MustCompile(`(?:^|\b)[a-z](?:[ ._*-][a-z]){3,}\b`)

func isLatin(r rune) bool { return 'a' <= r && r <= 'z' }

// lookalikes are Cyrillic, Greek and other letters that look like Latin ones, most
// of those that Unicode's confusables.txt lists for a to z.
var lookalikes = map[rune]rune{
	'а': 'a', 'в': 'b', 'е': 'e', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p', 'с': 'c', 'т': 't', 'у': 'y', 'х': 'x',
	'і': 'i', 'ї': 'i', 'ј': 'j', 'ѕ': 's', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'һ': 'h', 'ӏ': 'l', 'ɡ': 'g', 'ɑ': 'a', 'ı': 'i', 'ո': 'n',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ϲ': 'c', 'γ': 'y',
	'ꜱ': 's', 'ʀ': 'r', 'ɴ': 'n', 'ᴇ': 'e', 'ɪ': 'i', 'ᴏ': 'o', 'ᴜ': 'u', 'ᴀ': 'a', 'ᴛ': 't', 'ꞌ': '\'',
}

// digitLetters are digits and signs that stand for letters within words.
var digitLetters = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's'}
