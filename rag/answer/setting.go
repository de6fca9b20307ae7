package answer

import (
	"regexp"
	"strings"

	"footnote/rag"
	"footnote/rag/text"
)

// A setting is a line of a block of code that says something of a key: "port = 8080".
type setting struct {
	start, end int    // bytes of the passage's text
	intro      string // what leads in to the block
}

// fewestLines is how many lines a block of code has at least of which one is shown alone.
const fewestLines = 8

// settingIn returns the line of a block of settings whose key the question names, if just
// one has such a key.
func (q *question) settingIn(p rag.Passage, u unit, lang string) (setting, bool) {
	var found setting
	if u.kind != rag.Code {
		return found, false
	}
	block := p.Text[u.start:u.end]
	at, named, lines, keyed := 0, 0, 0, 0
	for line := range strings.Lines(block) {
		body := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(body, "```") || strings.HasPrefix(body, "~~~"):
			if found.intro == "" && named == 0 {
				found.intro, lines, keyed = leadIn(block[:at]), 0, 0
			}
		case body != "":
			lines++
			end := settingKey.FindStringIndex(body)
			if end == nil {
				break
			}
			keyed++
			if q.namesKey(body[:end[0]], lang) {
				named++
				found.start = u.start + at + strings.Index(line, body)
				found.end = found.start + len(body)
			}
		}
		at += len(line)
	}
	return found, named == 1 && keyed >= fewestLines && 5*keyed >= 4*lines
}

// settingKey matches what ends the key of a setting.
var settingKey = regexp.MustCompile(`\s*[:=]`)

// namesKey tells whether the question has a key letter for letter, but for its capitals.
func (q *question) namesKey(key, lang string) bool {
	key = strings.Trim(key, " \t\"'-")
	for _, w := range text.Content(q.text, lang) {
		if key != "" && strings.EqualFold(w, key) {
			return true
		}
	}
	return false
}

// saySetting emits what leads in to a block of settings, and the line asked for.
func saySetting(p rag.Passage, best candidate, emit func(rag.Sentence)) {
	cites, gap := []int{best.hit + 1}, ""
	if best.setting.intro != "" {
		emit(rag.Sentence{Text: best.setting.intro, Cites: cites})
		gap = "\n\n"
	}
	emit(rag.Sentence{Text: gap + "```\n" + p.Text[best.start:best.end] + "\n```", Cites: cites})
}
