package answer

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"footnote/rag"
)

const (
	maxHead = 64  // bytes of a line that are read for the verdict
	maxSaid = 400 // bytes that are read of what the verdict says
)

// A head is what a model says before its answer: a verdict, and what is missing
// or which titles may be meant. Without a verdict it is an answer.
type head struct {
	verdict rag.Verdict
	said    string // behind the verdict
	asked   bool   // it stands as it was asked for: first, and alone on its line or with what it says
}

var (
	openFence = regexp.MustCompile("^\\s*```[a-z]{0,20}[ \\t]{0,9}\\n")
	// keyword matches a verdict with what models put before it.
	keyword = regexp.MustCompile("^[#>\\s]*([*_`\"“'\\[<(]*)(?:(?i:verdict|first line)[*_`\\s]*[:：][*_`\\s]*)?((?i:ANSWER|PARTIAL|NOT[_ -]?FOUND|CLARIFY))([*_`\"”'\\]>)]*)[ \\t]*([:：]?)")
)

// readHead reads the verdict at the beginning of a reply and returns where the
// answer begins. It is not ok where more of the reply has to be known.
func readHead(s string, final bool) (h head, answer int, ok bool) {
	fence := len(openFence.FindString(s))
	line, whole := firstLine(s[fence:], maxHead)
	if !whole && !final {
		return head{}, 0, false
	}
	m := keyword.FindStringSubmatchIndex(line)
	if m == nil || attached(line[m[5]:]) {
		return head{verdict: rag.Answered}, 0, true
	}
	opened, word, colon := line[m[2]:m[3]], line[m[4]:m[5]], m[8] < m[9]
	rest := line[m[1]:]
	if !colon && word != strings.ToUpper(word) && strings.TrimSpace(rest) != "" {
		return head{verdict: rag.Answered}, 0, true // Partial refunds are ...
	}
	at := fence + m[1]
	alone := strings.Trim(rest, " \t\r\n*_`\"”'])>.") == ""
	h.asked = alone || word == strings.ToUpper(word) && colon
	if opened != "" && colon {
		at += len(rest) - len(strings.TrimLeft(rest, "*_`\"”'])>"))
	}
	switch strings.ToUpper(word)[0] {
	case 'A':
		h.verdict, h.asked = rag.Answered, alone
		if fence > 0 {
			return closeFence(h, s, at, final)
		}
		return h, at, true
	case 'P':
		return partial(h, s, at, final)
	case 'N':
		h.verdict = rag.NotFound
	case 'C':
		h.verdict = rag.Clarify
	}
	if !final {
		return head{}, 0, false // the whole reply is about it
	}
	h.said = s[at:min(len(s), at+maxSaid)]
	return h, len(s), true
}

// wrapped is a reply that stands in a fence as a whole.
var wrapped = regexp.MustCompile("(?s)^\\s*```(?:text|txt|plaintext|markdown|md)?[ \\t]*\\r?\\n(.*[\\[【［].*)\\n[ \\t]*```\\s*$")

// lenient reads the head of a whole reply that does not begin with it: something
// chatty may stand before, and a fence around all. Without a verdict the reply is
// an answer.
func lenient(s string) (reply string, h head, answer int) {
	if m := wrapped.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	h, answer, _ = readHead(s, true)
	for at := 0; !h.asked; {
		n := strings.IndexByte(s[at:], '\n')
		if n < 0 {
			return s, h, answer
		}
		if at += n + 1; at < len(s) && s[at] == '\n' {
			continue
		}
		other, end, _ := readHead(s[at:], true)
		claims := other.verdict == rag.Answered || other.verdict == rag.Partial
		if other.asked && (!claims || strings.TrimSpace(s[at+end:]) != "") && (claims || !strings.ContainsAny(s[:at], "[【［")) {
			return s, other, at + end
		}
	}
	return s, h, answer
}

// firstLine returns the first line of s that is not empty, and whether it is
// complete: it ends, or is longer than limit.
func firstLine(s string, limit int) (string, bool) {
	skip := len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	if skip > 0 && skip == len(s) {
		return "", false
	}
	end := strings.IndexByte(s[skip:], '\n')
	if end < 0 || end > limit {
		return s[:min(len(s), skip+limit)], len(s) >= skip+limit
	}
	return s[:skip+end], true
}

// attached tells whether a keyword goes on as another word.
func attached(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return isLetterOrDigit(r)
}

// partial splits what is missing from the answer: the rest of the line, or where
// that cites, so that it holds the answer too, its first sentence.
func partial(h head, s string, at int, final bool) (_ head, answer int, ok bool) {
	h.verdict = rag.Partial
	line, _, ended := strings.Cut(s[at:], "\n")
	if !ended && len(line) <= maxSaid && !final {
		return head{}, 0, false
	}
	if len(line) > maxSaid {
		return h, at, true
	}
	if strings.ContainsAny(line, "[【［") {
		said, more, ok := strings.Cut(line, ". ")
		if !ok || strings.ContainsAny(said, "[【［") {
			return h, at, true
		}
		h.said = said
		return h, at + len(line) - len(more), true
	}
	h.said = line
	return h, at + len(line), true
}

// closeFence leaves out the end of a fence that the verdict alone stood in.
func closeFence(h head, s string, at int, final bool) (head, int, bool) {
	rest := strings.TrimLeft(s[at:], " \t\r\n")
	if len(rest) < 3 && !final {
		return head{}, 0, false
	}
	if strings.HasPrefix(rest, "```") {
		return h, len(s) - len(rest) + 3, true
	}
	return h, at, true
}
