package load

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
)

// invisible returns the ranges of s that a reader of the rendered page does not
// see: comments, scripts, styles and hidden elements, in order. Text that only
// a machine reads is where instructions to a language model are hidden. In
// Markdown, code between backticks is seen as written.
func invisible(s string, markdown bool) []rag.Dropped {
	if !strings.Contains(s, "<") {
		return nil
	}
	var out []rag.Dropped
	h := hidden{s: s, markdown: markdown, last: map[string]int{}}
	var code codeSpans
	if markdown {
		code = findTicks(s)
	}
	for i := 0; i < len(s); {
		next := strings.IndexAny(s[i:], "<`\\")
		if next < 0 {
			break
		}
		i += next
		switch {
		case s[i] == '<':
			end, why := h.at(i)
			if end > i {
				out = append(out, rag.Dropped{Span: rag.Span{Start: i, End: end}, Why: why})
			}
			i = max(end, i+1)
		case !markdown:
			i++
		case s[i] == '\\':
			i += min(2, len(s)-i)
		default:
			i = code.after(i)
		}
	}
	return out
}

var (
	unseenTag = regexp.MustCompile(`(?i)^<(script|style|template|noscript)[\s>/]`)
	hiddenTag = regexp.MustCompile(`(?i)^<([a-z][a-z0-9-]*)\s(?:[^>]*\s)?(?:hidden[\s=>/]|aria-hidden\s*=\s*["']?true|` +
		`style\s*=\s*["']?[^"'>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0[^.\d]|` +
		`(?:left|right|top|text-indent)\s*:\s*-\d{3}))`)
	// whiteTag is of white text, on a page that nothing else is known of.
	whiteTag = regexp.MustCompile(`(?i)^<([a-z][a-z0-9-]*)\s[^>]*\bcolor\s*[:=]\s*["']?\s*(?:white|#fff(?:fff)?)\b`)
	tag      = regexp.MustCompile(`</?[A-Za-z][\w-]*(?:[\s/][^>]*)?>|<[!?][^>]*>`)
)

// hidden finds comments and hidden elements in s.
type hidden struct {
	s        string
	markdown bool
	last     map[string]int // where closing marks occur last, so that none is looked for in vain twice
}

// at returns the end of the comment or hidden element that starts at i, or 0 if
// there is none. In HTML, what is not closed goes on to the end of s; in
// Markdown, only a hidden element does.
func (h hidden) at(i int) (end int, why string) {
	if strings.HasPrefix(h.s[i:], "<!--") {
		return h.closed("-->", i+2, !h.markdown), "comment" // "<!-->" is a comment too
	}
	tagEnd := len(h.s)
	if n := strings.IndexAny(h.s[i+1:], "<>"); n >= 0 {
		tagEnd = i + 1 + n + 1
	}
	if m := unseenTag.FindStringSubmatch(h.s[i:tagEnd]); m != nil {
		return h.element(m[1], tagEnd, !h.markdown), "hidden"
	}
	if m := whiteTag.FindStringSubmatch(h.s[i:tagEnd]); m != nil && !strings.Contains(h.s[i:tagEnd], "background") {
		return h.element(m[1], tagEnd, true), "hidden"
	}
	if m := hiddenTag.FindStringSubmatch(h.s[i:tagEnd]); m != nil {
		return h.element(m[1], tagEnd, true), "hidden"
	}
	return 0, ""
}

// element returns the end of the element's closing tag, from i on.
func (h hidden) element(name string, i int, open bool) int {
	end := h.closed("</"+name, i, open)
	if end == 0 || end == len(h.s) {
		return end
	}
	return h.closed(">", end, true)
}

// closed returns the end of the first mark from i on. Without one it is the end
// of s if the range may stay open, or 0.
func (h hidden) closed(mark string, i int, open bool) int {
	last, ok := h.last[mark]
	if !ok {
		last = strings.LastIndex(h.s, mark)
		h.last[mark] = last
	}
	switch {
	case last >= i:
		return i + strings.Index(h.s[i:], mark) + len(mark)
	case open:
		return len(h.s)
	}
	return 0
}

// onlyTags tells whether s has no letter or digit outside of tags.
func onlyTags(s string) bool {
	return !strings.ContainsFunc(tag.ReplaceAllString(s, ""), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// codeSpans are the starts of the runs of backticks in a text, by the length of
// the run. A run is closed by the next one of its length.
type codeSpans struct {
	length map[int]int   // of the run that starts here
	starts map[int][]int // of the runs of this length
}

func findTicks(s string) codeSpans {
	c := codeSpans{map[int]int{}, map[int][]int{}}
	for i := strings.IndexByte(s, '`'); i >= 0 && i < len(s); {
		n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		c.length[i] = n
		c.starts[n] = append(c.starts[n], i)
		next := strings.IndexByte(s[i+n:], '`')
		if next < 0 {
			break
		}
		i += n + next
	}
	return c
}

// after returns where the text goes on after the run at i, or the code that it
// opens.
func (c codeSpans) after(i int) int {
	n := c.length[i]
	if n == 0 {
		return i + 1 // the rest of a run that a backslash or a comment cut
	}
	starts := c.starts[n]
	if k, _ := slices.BinarySearch(starts, i+1); k < len(starts) {
		return starts[k] + n
	}
	return i + n
}

// machineOnly returns the ranges of s that are not shown to anybody in any form:
// embedded data, what an escape sequence tells a terminal (ECMA-48 5.6), and
// letters of Unicode's invisible tags and variation selectors.
func machineOnly(s string) []rag.Dropped {
	out := embeddedData(s)
	for _, at := range controlString.FindAllStringIndex(s, -1) {
		out = append(out, rag.Dropped{Span: rag.Span{Start: at[0], End: at[1]}, Why: "escape sequence"})
	}
	for _, at := range invisibleText.FindAllStringIndex(s, -1) {
		out = append(out, rag.Dropped{Span: rag.Span{Start: at[0], End: at[1]}, Why: "hidden"})
	}
	return out
}

var (
	controlString = regexp.MustCompile(`(?:\x1b[\]P_^X]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x07\x1b\n\x{9c}]*(?:\x07|\x1b\\|\x{9c})`)
	// A flag has up to six tags, an ideograph one selector.
	invisibleText = regexp.MustCompile(`[\x{e0000}-\x{e01ef}\x{fe00}-\x{fe0e}]{8,}`)
)

// minData is the length from which base64 is data and not an example.
const minData = 100

// embeddedData returns the data: addresses in s that hold base64, in order.
func embeddedData(s string) []rag.Dropped {
	const mark = ";base64,"
	var out []rag.Dropped
	for at := 0; ; {
		i := strings.Index(s[at:], mark)
		if i < 0 {
			return out
		}
		body := at + i + len(mark)
		n := strings.IndexFunc(s[body:], notBase64)
		if n < 0 {
			n = len(s) - body
		}
		head := s[max(at, body-len(mark)-maxMediaType):body]
		if k := strings.LastIndex(head, "data:"); k >= 0 && n >= minData {
			out = append(out, rag.Dropped{Span: rag.Span{Start: body - len(head) + k, End: body + n}, Why: "embedded data"})
		}
		at = body + n
	}
}

// maxMediaType is the length of the longest media type in a data: address.
const maxMediaType = 128

func notBase64(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/' || r == '=' || r == '%')
}
