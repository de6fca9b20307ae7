package slackbot

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/bot/show"
)

// Slack reads two markups: Markdown in markdown blocks and streams, mrkdwn in the
// text of other blocks and of messages. What a model, a document, a file's name or a
// question says is text in both: it rings nobody, links nowhere and styles nothing.

var (
	// address is what a program might make a link of, names of hosts and files too.
	// Code that a document marks as such is code here too.
	address = regexp.MustCompile("(?i)`[^`<>&\\s](?:[^`<>&\n]{0,100}[^`<>&\\s])?`|(?:[a-z][a-z0-9+.-]*://|www\\.|(?:mailto|tel|sms|data|javascript):)[^\\s<>`]+|" +
		"[\\p{L}\\p{N}_.%+-]+@[\\p{L}\\p{N}-]+(?:\\.[\\p{L}\\p{N}-]+)+|" +
		"(?:[\\p{L}\\p{N}_-]+\\.)+\\p{L}{2,24}(?:[:/?#][^\\s<>`]*)?")
	entity   = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	bullet   = regexp.MustCompile(`^[-*+] +(\S.*)$`)
	numbered = regexp.MustCompile(`^([0-9]{1,9})([.)](?: |$))`)
	special  = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "[", `\[`, "]", `\]`,
		"|", `\|`, "<", "&lt;", ">", "&gt;")
	brackets = strings.NewReplacer("<", "&lt;", ">", "&gt;")

	punctuation = regexp.MustCompile(`[!-/:-@[-` + "`" + `{-~]`)
	fenceLine   = regexp.MustCompile("^(`{3,}|~{3,}) *([^`]*?) *$")
	plainInfo   = regexp.MustCompile(`^[A-Za-z0-9+#-]{0,20}`)
	backticks   = regexp.MustCompile("`{3,}")

	ampersand  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	lookalike  = strings.NewReplacer("`", "ˋ", "*", "∗", "~", "∼")
	linkTarget = strings.NewReplacer("&", "&amp;", " ", "%20", "|", "%7C", "<", "%3C", ">", "%3E")

	escaped       = regexp.MustCompile("\\*\\*|~~|\\\\[[:punct:]]|&(?:(?:lt|gt|amp);)?|`[^`]+`|_")
	loneAmpersand = regexp.MustCompile("&(?:(?:lt|gt|amp);)?")
	unbracket     = strings.NewReplacer("&lt;", "<", "&gt;", ">")
	entities      = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

const (
	maxAddress      = 200 // characters of an address that are kept in one piece
	maxAddressShown = 40  // characters of an address that a label shows
	maxTarget       = 900 // characters of a link's target, escaped; Slack allows 3,000
)

// escapeMarkdown returns s, cleaned, as text of a markdown block. Bullets and line
// breaks stay; numbers of a list are text, or Slack would count anew.
//
// What Slack might take for a link is code, which it leaves alone: where to read on
// is said by the sources. Angle brackets are entities, for Slack reads its <!here>
// and <@U1> in Markdown too. An ampersand stays unless it begins an entity: Slack
// decodes each once, and does not look for tokens in what comes out (measured by
// others, PostHog pull 95054).
func escapeMarkdown(s string) string {
	lines := strings.Split(show.Clean(s), "\n")
	for i, line := range lines {
		body := strings.Trim(line, " ")
		item := bullet.FindStringSubmatch(body)
		if item == nil {
			lines[i] = escapeLine(body)
		} else {
			lines[i] = line[:min(strings.IndexAny(line, "-*+"), 3)] + "- " + escapeLine(item[1]) // four spaces would make it code
		}
		if i > 0 && lines[i-1] != "" && body != "" && item == nil {
			lines[i-1] += "  " // a line break in any Markdown
		}
	}
	return strings.Join(lines, "\n")
}

// escapeLine escapes text that begins a line, or an item.
func escapeLine(s string) string {
	if m := numbered.FindStringSubmatch(s); m != nil {
		return m[1] + `\` + m[2] + escapeInline(s[len(m[0]):])
	}
	if s != "" && strings.ContainsRune("#=-+", rune(s[0])) {
		return `\` + s[:1] + escapeInline(s[1:])
	}
	return escapeInline(s)
}

func escapeInline(s string) string {
	return inCode(s, escapeText, func(link string) string {
		kept := prefix(link, maxAddress)
		return "`" + kept + "`" + punctuation.ReplaceAllString(link[len(kept):], `\$0`)
	})
}

// inCode returns s with what Slack might take for a link as code makes it, and all
// else as text does.
func inCode(s string, text, code func(string) string) string {
	var b strings.Builder
	last := 0
	for _, m := range address.FindAllStringIndex(s, -1) {
		link := s[m[0]:m[1]]
		if link[0] == '`' {
			inner := link[1 : len(link)-1]
			if standsAlone(s, last, m[0], m[1]) {
				b.WriteString(text(s[last:m[0]]) + code(inner))
			} else {
				b.WriteString(text(s[last:m[0]+1]) + inCode(inner, text, code) + text("`"))
			}
			last = m[1]
			continue
		}
		if link = strings.TrimRight(link, "|\\.,;:!?)]}'\"*_~"); link == "" {
			continue
		}
		b.WriteString(text(s[last:m[0]]))
		b.WriteString(code(link))
		last = m[0] + len(link)
	}
	return b.String() + text(s[last:])
}

// standsAlone tells whether code from byte from to byte to touches neither other code,
// of which the last ended at byte last, nor what may become some: with a backtick
// beside it, it would be read as something else.
func standsAlone(s string, last, from, to int) bool {
	if from > 0 && (from == last || s[from-1] == '`' || s[from-1] == '\\') {
		return false
	}
	next, _ := utf8.DecodeRuneInString(s[to:])
	return to == len(s) || next != '`' && next != '_' && !unicode.IsLetter(next) && !unicode.IsDigit(next)
}

func escapeText(s string) string {
	return special.Replace(entity.ReplaceAllString(s, "&amp;$1;"))
}

// A segment of a text is prose, or lines to be kept as they are.
type segment struct {
	kept  bool
	info  string // what a fence says of its code, such as its language
	lines []string
}

// segments returns the prose, code and tables of a text.
func segments(s string) []segment {
	if !show.Block(s) {
		return []segment{{lines: strings.Split(s, "\n")}}
	}
	var out []segment
	fence := "" // that has to be closed
	for line := range strings.SplitSeq(show.Clean(strings.ReplaceAll(s, "\t", "    ")), "\n") {
		trimmed := strings.TrimLeft(line, " ")
		m := fenceLine.FindStringSubmatch(trimmed)
		switch {
		case fence != "" && m != nil && strings.HasPrefix(m[1], fence) && m[2] == "":
			fence = ""
			out = append(out, segment{})
			continue
		case fence == "" && m != nil:
			fence = m[1]
			out = append(out, segment{kept: true, info: plainInfo.FindString(m[2])})
			continue
		}
		kept := fence != "" || strings.HasPrefix(trimmed, "|") || strings.HasPrefix(line, "    ") && bullet.FindString(trimmed) == ""
		if fence == "" && (len(out) == 0 || out[len(out)-1].kept != kept) {
			out = append(out, segment{kept: kept})
		}
		last := &out[len(out)-1]
		last.lines = append(last.lines, line)
	}
	return slices.DeleteFunc(out, func(g segment) bool { return g.text() == "" })
}

// text returns the lines without empty ones around.
func (g segment) text() string {
	s := strings.TrimRight(strings.Join(g.lines, "\n"), " \n")
	for {
		line, rest, ok := strings.Cut(s, "\n")
		if !ok || strings.TrimSpace(line) != "" {
			return s
		}
		s = rest
	}
}

// fenced returns code or a table between fences. A table is kept so, too: whether a
// markdown block shows a table or its bare bars, Slack's documentation has said both,
// and a column that cannot be told from its neighbour is a wrong answer.
//
// No line of it closes the fence: of three backticks in a row, each becomes a letter
// that looks like one.
func (g segment) fenced() string {
	text := backticks.ReplaceAllStringFunc(g.text(), func(run string) string {
		return strings.Repeat("ˋ", len(run)) // U+02CB
	})
	return "```" + g.info + "\n" + brackets.Replace(text) + "\n```"
}

// escapeMrkdwn returns s, cleaned, as text of a message or of a block other than a
// markdown block.
func escapeMrkdwn(s string) string {
	return ampersand.Replace(show.Clean(s))
}

// label returns s on one line of at most limit characters, as mrkdwn in which nothing
// is styled. There is no escape for that: look-alikes stand in.
func label(s string, limit int) string {
	text := func(s string) string { return escapeMrkdwn(lookalike.Replace(s)) }
	return short(inCode(prefix(show.Line(s), 2*limit), text, func(link string) string {
		if kept := prefix(link, maxAddressShown); kept != link {
			link = kept + "…"
		}
		return "`" + ampersand.Replace(link) + "`"
	}), limit)
}

// link returns a link to target in mrkdwn, or nothing if the target is none that may
// be opened from Slack.
func link(target, text string) string {
	u, err := url.Parse(target)
	escaped := linkTarget.Replace(target)
	if err != nil || size(escaped) > maxTarget || target != show.Line(target) || u.User != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto":
	default:
		return ""
	}
	return "<" + escaped + "|" + label(text, maxLabel) + ">"
}

// plainText returns what a reader of Markdown made here sees of it.
func plainText(markdown string) string {
	return walk(markdown, unbracket.Replace, func(s string) string {
		switch s[0] {
		case '\\':
			return s[1:]
		case '`':
			return s[1 : len(s)-1]
		case '&':
			return entities.Replace(s)
		}
		return "" // the beginning or the end of emphasis
	}, false)
}

// mrkdwn returns Markdown made here as mrkdwn.
func mrkdwn(markdown string) string {
	bare := func(s string) string {
		return loneAmpersand.ReplaceAllStringFunc(s, func(s string) string {
			if s == "&" {
				return "&amp;"
			}
			return s
		})
	}
	return walk(markdown, bare, func(s string) string {
		switch s[0] {
		case '\\':
			return lookalike.Replace(s[1:])
		case '`', '&':
			return bare(s)
		case '*', '~': // bold and struck out have one sign
			return s[:1]
		}
		return s
	}, true)
}

// walk returns Markdown made here with its lines of code, and its escapes and marks
// elsewhere, replaced. Fences and the signs of block quotes stay if marks do.
func walk(markdown string, code, escape func(string) string, marks bool) string {
	var lines []string
	inCode := false
	for line := range strings.SplitSeq(markdown, "\n") {
		fence := strings.HasPrefix(line, "```")
		switch {
		case fence:
			inCode = !inCode
			line = line[:len("```")]
		case inCode:
			line = code(line)
		default:
			line = strings.TrimRight(line, " ")
			rest, quoted := strings.CutPrefix(line, "> ")
			line = escaped.ReplaceAllStringFunc(rest, escape)
			if quoted && marks {
				line = "> " + line
			}
		}
		if marks || !fence {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
