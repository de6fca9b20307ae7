package answer

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag"
	"footnote/rag/text"
)

const (
	// maxSentence is how many bytes a sentence may have; a longer one is cut.
	maxSentence = 1 << 16
	// maxWord is how much of the text after a full stop is looked at.
	maxWord = 64
	// maxCode is how far the end of `code` is looked for.
	maxCode = 1000
	// maxSpace is how much white space in a row is kept.
	maxSpace = 256
)

// A scanner cuts what a model writes into sentences while it is being written,
// and takes the marks of its citations out. A sentence is emitted as soon as no
// further text can change it: when it is known what follows the full stop. How
// the text is split into pieces makes no difference.
//
// A table, a block of code, a heading and an item of a list are sentences of
// their own; code is left as it is.
type scanner struct {
	sources int // how many there are to cite
	emit    func(rag.Sentence)
	dropped int // citations of sources that there are not

	in   []byte // read, not scanned
	seen int    // how much of in was searched for the end of code
	work int    // bytes looked at

	// The sentence that is being written.
	cur   []byte
	cites []int
	kind  lineKind
	stop  int  // where in cur the full stops begin that it ends with, or -1
	cited bool // a mark adjoins them
	done  bool // only marks can follow

	// What came since the last letter of cur.
	space  []byte
	marked bool
	line   []int  // citations at the beginning of a line, whose sentence is not known yet
	before []byte // the white space before them
	fresh  bool   // at the beginning of a line
	empty  bool   // with nothing on it so far, not even a mark
	blank  bool   // after an empty line

	fence fence
}

// newScanner returns a scanner for a text that cites sources 1 to n.
func newScanner(n int, emit func(rag.Sentence)) *scanner {
	return &scanner{sources: n, emit: emit, stop: -1, fresh: true, empty: true}
}

// Write scans the next piece.
func (s *scanner) Write(piece string) {
	s.in = append(s.in, piece...)
	s.run(false)
}

// Close emits what is left. Where the text was cut off, a sentence that is not
// certainly complete is left out.
func (s *scanner) Close(cutOff bool) {
	s.run(true)
	s.cites = union(s.cites, s.line)
	s.line = nil
	complete := s.done || len(s.cites) > 0 && (s.stop >= 0 || s.fresh && s.kind != table)
	if !cutOff || complete {
		s.flush()
	}
}

func (s *scanner) run(final bool) {
	at := 0
	for at < len(s.in) {
		n := s.step(s.in[at:], final)
		if n == 0 {
			break
		}
		at, s.seen = at+n, 0
	}
	if at > 0 {
		s.in = append(s.in[:0], s.in[at:]...)
	}
}

// step scans what stands at the beginning of b and returns how many bytes that
// is, 0 if more must be known.
func (s *scanner) step(b []byte, final bool) int {
	r, n := utf8.DecodeRune(b)
	s.work += n
	if r == utf8.RuneError && !final && !utf8.FullRune(b) {
		return 0
	}
	if s.fence.size > 0 {
		return s.code(b, r, n, final)
	}
	if unicode.IsSpace(r) {
		s.white(b[:n], r)
		return n
	}
	if m, size, ok := readMark(b, final); !ok {
		s.work += len(b)
		return 0
	} else if size > 0 {
		s.work += size
		if cites, unknown, ok := m.cites(s.sources, s.last()); ok {
			s.mark(cites, unknown)
			return size
		}
	}
	return s.visible(b, r, n, final)
}

// last returns the rune right before, 0 after white space or a mark.
func (s *scanner) last() rune {
	if len(s.space) > 0 || s.marked || len(s.cur) == 0 {
		return 0
	}
	r, _ := utf8.DecodeLastRune(s.cur)
	return r
}

func (s *scanner) white(b []byte, r rune) {
	if len(s.space) < maxSpace {
		s.space = append(s.space, b...)
	}
	if r != '\n' {
		return
	}
	if len(s.cur) > 0 { // marks alone on a line belong to what is above
		s.cites = union(s.cites, s.line)
		s.line = nil
	}
	s.blank = s.blank || s.fresh && s.empty
	s.fresh, s.empty = true, true
}

func (s *scanner) mark(cites []int, unknown int) {
	if s.fresh {
		if len(s.line) == 0 {
			s.before = append(s.before[:0], s.space...)
		}
		s.line = union(s.line, cites)
	} else {
		s.cites = union(s.cites, cites)
	}
	s.dropped += unknown
	s.space = s.space[:0]
	s.marked, s.empty = true, false
}

// visible adds a word's letter, a span of code or what begins a line to the
// sentence, or begins the next one with it.
func (s *scanner) visible(b []byte, r rune, n int, final bool) int {
	kind := s.kind
	if s.fresh {
		var size int
		if kind, size = prose, 0; len(s.line) == 0 {
			var ok bool
			if kind, size, ok = lineStart(b, final); !ok {
				s.work += min(len(b), maxWord)
				return 0
			}
		}
		n = max(n, size)
	}
	if r == '`' && kind != fenced {
		size, ok := s.span(b, final)
		if !ok {
			return 0
		}
		n = size
	}
	if s.marked && !s.fresh && len(s.space) == 0 && s.parted(r) {
		s.space = append(s.space, ' ')
	}
	if len(s.cur) > 0 {
		ends, ok := s.ends(kind, b, r, final)
		if !ok {
			return 0
		}
		if ends || len(s.cur) > maxSentence {
			s.flush()
		}
	}
	s.add(b[:n], r, kind)
	if kind == fenced {
		s.fence = fence{char: b[n-1], size: bytes.Count(b[:n], b[n-1:n])}
	}
	return n
}

// add appends b, which begins with r, with the white space before it.
func (s *scanner) add(b []byte, r rune, kind lineKind) {
	space := s.space
	if s.fresh && s.marked {
		if len(s.line) > 0 {
			space = s.before
		}
		s.cites = union(s.cites, s.line)
	}
	if s.marked && !s.fresh && strings.ContainsRune(".,;:!?…。，；：！？、", r) {
		space = nil
	}
	isRune := len(b) == utf8.RuneLen(r) || r == utf8.RuneError
	adjoins := len(space) == 0 && len(s.cur) > 0
	s.cur = append(s.cur, space...)
	switch isStop := strings.ContainsRune(stops, r); {
	case kind != prose || !isRune:
		s.stop = -1
	case s.stop >= 0 && adjoins && (isStop || strings.ContainsRune(closers, r)):
		s.cited = s.cited || s.marked
	case isStop:
		s.stop, s.cited = len(s.cur), s.marked
	default:
		s.stop = -1
	}
	s.cur = appendValid(s.cur, b)
	if s.kind = kind; kind == item {
		s.kind = prose // after its mark
	}
	s.line, s.space = nil, s.space[:0]
	s.marked, s.fresh, s.empty, s.blank = false, false, false, false
}

// appendValid appends b with a replacement character for each byte that is not
// UTF-8: two halves of a letter that a mark stood between are no letter.
func appendValid(to, b []byte) []byte {
	if utf8.Valid(b) {
		return append(to, b...)
	}
	return append(to, string([]rune(string(b)))...)
}

// parted tells whether two words would become one without the mark between them.
func (s *scanner) parted(r rune) bool {
	last, _ := utf8.DecodeLastRune(s.cur)
	return len(s.cur) > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)) && !text.Unspaced(string(r)) &&
		(inWord(last) || strings.ContainsRune(`.!?…,;:)"”`, last))
}

// hollow takes out what stood around nothing but a mark: **[1]**, ([1]).
var hollow = strings.NewReplacer(" ****", "", "****", "", " ()", "", " <sup></sup>", "", "<sup></sup>", "")

// flush emits the sentence.
func (s *scanner) flush() {
	if t := bytes.TrimRightFunc(s.cur, unicode.IsSpace); len(t) > 0 {
		said := string(t)
		if len(s.cites) > 0 && s.kind != fenced {
			said = hollow.Replace(said)
		}
		if strings.TrimSpace(said) != "" {
			s.emit(rag.Sentence{Text: said, Cites: s.cites})
		}
	}
	s.cur, s.cites = s.cur[:0], nil
	s.stop, s.cited, s.done = -1, false, false
}

// These are what ends a sentence, and what may follow it within, as text.Sentences
// has them.
const (
	stops   = ".!?…。！？．؟।"
	wide    = "。！？．"
	closers = `"'”’»)]}』」）】`
	openers = `"'“‘«([{„¿¡`
)

// ends tells whether the sentence ends before the rune r, which b begins with.
func (s *scanner) ends(kind lineKind, b []byte, r rune, final bool) (ends, ok bool) {
	switch {
	case s.done:
		return true, true
	case s.kind == table:
		return s.fresh && kind != table, true
	case s.kind == heading:
		return s.fresh, true
	case s.fresh:
		return kind != prose || s.blank || s.stop >= 0 || leadsIn(s.cur), true
	case s.stop < 0:
		return false, true
	}
	_, n := utf8.DecodeRune(b)
	first, _ := utf8.DecodeRune(s.cur[s.stop:])
	apart := len(s.space) > 0 || s.marked
	switch {
	case len(s.space) == 0 && strings.ContainsRune(stops+closers, r):
		return false, true // weeks.[1]”
	case apart && (s.cited || s.marked) && !unicode.IsLower(r):
		return true, true
	case strings.ContainsRune(wide, first):
		return true, true
	case apart && (first == '.' || strings.ContainsRune(openers, r)):
		if n = wordEnd(b); n < 0 {
			if !final {
				return false, false
			}
			n = len(b)
		}
	}
	s.work += n
	space := ""
	if apart {
		space = " "
	}
	from := max(0, s.stop-maxWord)
	for from < s.stop && !utf8.RuneStart(s.cur[from]) {
		from++
	}
	window := string(s.cur[from:]) + space + string(b[:n])
	s.work += len(window)
	for _, r := range text.Sentences(window) {
		if r[1] == len(s.cur)-from {
			return true, true
		}
	}
	return false, true
}

// wordEnd returns the end of the first word of b with the white space after it,
// or -1 if it is not in b yet.
func wordEnd(b []byte) int {
	if i := bytes.IndexAny(b[:min(len(b), maxWord)], " \n\t"); i >= 0 {
		return i + 1
	}
	if len(b) < maxWord {
		return -1
	}
	n := maxWord
	for n > 0 && !utf8.RuneStart(b[n-1]) {
		n--
	}
	return max(n-1, 1)
}

// leadsIn tells whether what the line that s ends with says leads in to the next:
// it ends in a colon, or is bold as a whole.
func leadsIn(s []byte) bool {
	line := strings.TrimSpace(string(s[bytes.LastIndexByte(s, '\n')+1:]))
	return strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：") || boldLine.MatchString(line)
}

var boldLine = regexp.MustCompile(`^(?:\*\*|__).{1,200}(?:\*\*|__)$`)
