package reading

import (
	"regexp"
	"strings"
)

// An inliner puts into Markdown, or takes out, what stands in lines: comments, tags,
// templates, links of wikis. Code is kept as it is.
type inliner struct {
	draft
	markup
}

// inline returns the source without what Markdown does not know. Fenced code is kept
// letter for letter.
func (s source) inline() source {
	w := &inliner{draft: draft{src: s}}
	blank, list := true, false // the line before is empty; a list is open
	for i := 0; i < len(s.text); {
		if i == 0 || s.text[i-1] == '\n' {
			end := i + strings.IndexByte(s.text[i:]+"\n", '\n')
			body := s.text[i:end]
			if w.where != inRow {
				if next := w.codeAt(i, end, blank && !list); next > i {
					i, blank = next, false
					continue
				}
			}
			empty := strings.TrimSpace(body) == ""
			list = itemLine.MatchString(body) || list && (empty || body[0] == ' ' || body[0] == '\t' || !blank)
			blank = empty
			i += w.indented(body)
		}
		i = w.step(i)
	}
	if w.cell {
		w.endCell()
	}
	return w.source()
}

// codeAt keeps the code that begins at line i, and returns where it ends.
func (w *inliner) codeAt(i, end int, mayIndent bool) int {
	s := w.src.text
	m := fenceLine.FindStringSubmatch(s[i:end])
	if m == nil {
		if mayIndent && w.open == 0 && (strings.HasPrefix(s[i:], "    ") || s[i] == '\t') && !itemLine.MatchString(s[i:end]) {
			next := min(end+1, len(s))
			w.keep(i, next)
			for next < len(s) && (strings.HasPrefix(s[next:], "    ") || s[next] == '\t') {
				end = min(next+strings.IndexByte(s[next:]+"\n", '\n')+1, len(s))
				w.keep(next, end)
				next = end
			}
			return next
		}
		return i
	}
	strip := w.indented(s[i:end])
	for first := true; i < len(s); first = false {
		next := min(i+strings.IndexByte(s[i:]+"\n", '\n')+1, len(s))
		in := min(strip, len(s[i:next])-len(strings.TrimLeft(s[i:next], " \t")))
		w.keep(i+in, next)
		if !first && closes(s[i:next], m[1]) {
			return next
		}
		i = next
	}
	return i
}

// maxMark is how many bytes away the end of a mark is looked for.
const maxMark = 4000

// step handles what is at byte i and returns where to go on.
func (w *inliner) step(i int) int {
	s := w.src.text
	near := s[i:min(len(s), i+maxMark)]
	next := 0
	switch near[0] {
	case '\\':
		if m := halfLink.FindStringSubmatchIndex(near); m != nil {
			w.keep(i+m[2], i+m[3])
			return i + m[1]
		}
		next = min(2, len(near))
		w.keep(i, i+next)
	case '`':
		next = codeSpan(near)
		w.keep(i, i+next)
	case '<':
		next = w.tag(i, near)
	case '{':
		next = w.template(i, near)
	case '%':
		next = hiddenNote(s, i)
	case '[', '!':
		next = w.reference(i, near)
	case '|':
		if w.where == inRow {
			w.put(`\`)
		}
	}
	if w.where != outside && strings.TrimSpace(near[:1]) == "" {
		if w.where == inRow { // a row is one line
			w.put(" ")
		}
		return i + 1
	}
	if next > 0 {
		return i + next
	}
	w.keep(i, i+1)
	return i + 1
}

// codeSpan returns the length of the code at the beginning of s, or of the backticks
// that begin none.
func codeSpan(s string) int {
	n := len(s) - len(strings.TrimLeft(s, "`"))
	if end := strings.Index(s, "\n\n"); end > 0 {
		s = s[:end]
	}
	for at := n; at < len(s); {
		from := strings.IndexByte(s[at:], '`')
		if from < 0 {
			break
		}
		at += from
		run := len(s[at:]) - len(strings.TrimLeft(s[at:], "`"))
		if at += run; run == n {
			return at
		}
	}
	return n
}

// hiddenNote returns the length of a comment between %% and %%, which Obsidian hides.
func hiddenNote(s string, i int) int {
	if !strings.HasPrefix(s[i:], "%%") || i > 0 && !strings.ContainsRune(" \t\n>", rune(s[i-1])) {
		return 0
	}
	end := strings.Index(s[i+2:], "%%")
	if end < 0 {
		return 0
	}
	end += i + 4
	if end < len(s) && !strings.ContainsRune(" \t\r\n.,;:!?)", rune(s[end])) {
		return 0
	}
	return end - i
}

var (
	reference = regexp.MustCompile(`^\[([^\[\]\n]+(?:\n[^\[\]\n]+)?)\]\[[^\[\]\n]*\]`)
	halfLink  = regexp.MustCompile(`^\\\[([^\[\]]+)\]\(\{%[^%]*%\}[^()\s]*\)`) // escaped by mistake
	wikiLink  = regexp.MustCompile(`^!?\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]+))?\]\]`)
)

// reference keeps the text of a link whose target is elsewhere in the document, or a
// page of the same wiki.
func (w *inliner) reference(i int, near string) int {
	if m := wikiLink.FindStringSubmatchIndex(near); m != nil {
		if m[4] >= 0 {
			w.keep(i+m[4], i+m[5])
		} else {
			w.keep(i+m[2], i+m[3])
		}
		return m[1]
	}
	m := reference.FindStringSubmatchIndex(near)
	if m == nil || i > 0 && isWord(w.src.text[i-1]) || strings.Contains(w.src.text, "\n"+near[m[3]+1:m[1]]+":") {
		return 0
	}
	w.keep(i+m[2], i+m[3])
	return m[1]
}

func isWord(c byte) bool {
	return c >= 0x80 || c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

var (
	// liquid is a tag of Jekyll, Hugo and their like, with its first argument in quotes.
	liquid   = regexp.MustCompile(`^(?:\{%-?[^%]*?%\}|\{\{[<%][^{}]*[%>]\}\})`)
	argument = regexp.MustCompile(`^[^"']*["']([^"'./\\{}]+)["'][^"']*$`)
	variable = regexp.MustCompile(`^\{\{-?[ \t]*([^{}<%\n]*?)[ \t]*-?\}\}`)
	kramdown = regexp.MustCompile(`^\{(?::|[.#][\w-])[^{}\n]*\}`)
	comment  = regexp.MustCompile(`^(?s:\{%-?\s*comment\b.*?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{/\*.*?\*/\})`)
	// midSentence matches text of whose last line the sentence goes on.
	midSentence = regexp.MustCompile(`(?m)^[ \t]*[^\s#][^\n]*[\pL,;][ \t]*\r?\n[ \t]*\z`)
	inTarget    = regexp.MustCompile(`\]\([^()\s]*$`)
	attribute   = regexp.MustCompile(`(?:^|[\s{])(alt|title|label|summary|caption|href)\s*=\s*\{?["']([^"']*)["']`)
)

// template takes a shortcode or a template's tag out. Its words stay where they stand in
// a sentence, and those that the page shows: its title, or the text for an image.
func (w *inliner) template(i int, near string) int {
	if m := comment.FindString(near); m != "" {
		return len(m)
	}
	if m := kramdown.FindString(near); m != "" {
		w.trim()
		return len(m)
	}
	if m := liquid.FindString(near); m != "" {
		w.shortcode(i, m)
		return len(m)
	}
	if m := variable.FindStringSubmatchIndex(near); m != nil {
		if w.target(i) {
			w.put("_")
		} else {
			w.keep(i+m[2], i+m[3])
		}
		return m[1]
	}
	return 0
}

// target tells whether byte i is in the target of a link.
func (w *inliner) target(i int) bool {
	return inTarget.MatchString(w.src.text[max(0, i-500):i])
}

func (w *inliner) shortcode(i int, tag string) {
	s := w.src.text
	if w.target(i) {
		w.put("_") // a target without spaces
		return
	}
	alone := w.lineStart() && strings.TrimSpace(s[i+len(tag):i+len(tag)+strings.IndexByte(s[i+len(tag):]+"\n", '\n')]) == ""
	alone = alone && !midSentence.MatchString(s[max(0, i-500):i])
	if alone {
		w.apart()
	}
	if m := attribute.FindStringSubmatchIndex(tag); m != nil && tag[m[2]:m[3]] != "href" {
		w.keep(i+m[4], i+m[5])
	} else if m := argument.FindStringSubmatchIndex(tag); m != nil && !alone {
		w.keep(i+m[2], i+m[3])
	}
}
