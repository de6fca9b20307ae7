package text

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// wordTerm returns the search term of a lower-case word.
func wordTerm(w, lang string) string {
	if unit := measures[w]; len(unit) > 1 && unit != "in" && unit != "min" {
		return unit // gigabytes and GB
	}
	if lang == "ru" {
		w = strings.ReplaceAll(w, "ё", "е")
	}
	if lang == "en" || lang == "" {
		return stem(Fold(w), lang) // its stemmer knows plain letters only
	}
	return Fold(stem(w, lang))
}

// stem cuts a lower-case word to its stem, where the language has a stemmer. A
// text in Latin letters that is in no language, such as a table, is read as English.
func stem(w, lang string) string {
	if strings.ContainsAny(w, "0123456789_") {
		return w
	}
	f := stemmer(lang)
	if f == nil {
		return w
	}
	env := snowballstem.NewEnv(w)
	f(env)
	return env.Current()
}

func stemmer(lang string) func(*snowballstem.Env) bool {
	switch lang {
	case "en", "":
		return english.Stem
	case "de":
		return german.Stem
	case "fr":
		return french.Stem
	case "es":
		return spanish.Stem
	case "ru":
		return russian.Stem
	case "it":
		return italian.Stem
	case "pt":
		return portuguese.Stem
	case "nl":
		return dutch.Stem
	case "sv":
		return swedish.Stem
	case "da":
		return danish.Stem
	case "no":
		return norwegian.Stem
	case "fi":
		return finnish.Stem
	case "hu":
		return hungarian.Stem
	case "ro":
		return romanian.Stem
	case "tr":
		return turkish.Stem
	}
	return nil
}
