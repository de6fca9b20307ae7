package text

import "strings"

// Term returns the search term of one word of a spaced script, and whether the
// word is a stop word. Acronyms keep their capitals and lose their full stops, so
// that US and U.S. meet and us stays apart.
func Term(w, lang string) (term string, stop bool) {
	if letters := strings.ReplaceAll(w, ".", ""); len(letters) > 1 && len(letters) <= 6 && isAcronym(letters) && strings.ContainsFunc(letters, isLetter) {
		return strings.TrimSuffix(letters, "'S"), false
	}
	word := normal(w, lang)
	if word == "" {
		return strings.ToLower(w), true
	}
	if stopWords(lang)[word] {
		return word, true
	}
	return Fold(stem(word, lang)), false
}

func isLetter(r rune) bool { return r >= 'A' && r <= 'Z' }
