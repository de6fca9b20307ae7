package bge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A tokenizer cuts text into the pieces of BERT's vocabulary, as the reference
// does (BertTokenizer of the tokenizers library, uncased):
//
//  1. drop control, format and private-use characters and U+FFFD, put spaces
//     around Chinese characters;
//  2. decompose (NFD), drop accents, lower the case;
//  3. cut at spaces, and around each punctuation character;
//  4. cut each word into the longest pieces of the vocabulary from the left; a
//     word of more than 100 characters or with a part that is no piece is [UNK].
//
// See "Japanese and Korean Voice Search" (Schuster and Nakajima, 2012) and
// BERT's tokenization.py. A tokenizer is immutable.
//
// The work grows with the length of the text, whatever the text: a word is cut
// only if it has at most 100 characters, and no piece is looked for that is
// longer than the longest there is.
type tokenizer struct {
	initial      map[string]int32 // pieces that start a word
	continuation map[string]int32 // the others, without their "##"
	longest      int              // bytes of the longest piece
	special      []specialToken
	unknown      int32
	first, last  int32 // [CLS] and [SEP]
}

// A specialToken is recognised in the text itself, before anything else.
type specialToken struct {
	text string
	id   int32
}

// longestWord is the most characters that a word may have before it is [UNK].
const longestWord = 100

func newTokenizer(vocabulary []string) (*tokenizer, error) {
	t := &tokenizer{
		initial:      make(map[string]int32, len(vocabulary)),
		continuation: make(map[string]int32, len(vocabulary)/4),
	}
	for id, piece := range vocabulary {
		if rest, ok := strings.CutPrefix(piece, "##"); ok && rest != "" {
			t.continuation[rest] = int32(id)
		} else {
			t.initial[piece] = int32(id)
		}
		t.longest = max(t.longest, len(piece))
	}
	for _, text := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
		id, ok := t.initial[text]
		if !ok {
			return nil, fmt.Errorf("make tokenizer: the vocabulary has no %s", text)
		}
		t.special = append(t.special, specialToken{text, id})
	}
	t.unknown, t.first, t.last = t.initial["[UNK]"], t.initial["[CLS]"], t.initial["[SEP]"]
	return t, nil
}

// knows tells whether a lower-case word is in the vocabulary, or one of it with an
// ending of English.
func (t *tokenizer) knows(word string) bool {
	if _, ok := t.initial[word]; ok {
		return true
	}
	for _, ending := range [...]string{"s", "es", "d", "ed", "ing", "er", "ers", "ly"} {
		stem, ok := strings.CutSuffix(word, ending)
		if _, known := t.initial[stem]; ok && known && len(stem) > 3 {
			return true
		}
	}
	return false
}

// encode appends to ids those of [CLS], of the text's first pieces, and of
// [SEP], limit in all at most. Text behind the last piece is not read.
func (t *tokenizer) encode(ids []int32, text string, limit int) []int32 {
	w := words{tokenizer: t, ids: append(ids, t.first), limit: len(ids) + limit - 1}
	for i := 0; i < len(text) && len(w.ids) < w.limit; {
		if text[i] == '[' {
			if s, ok := t.specialAt(text[i:]); ok {
				w.end()
				w.emit(s.id)
				i += len(s.text)
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		w.add(r)
		i += size
	}
	w.end()
	return append(w.ids, t.last)
}

func (t *tokenizer) specialAt(text string) (specialToken, bool) {
	for _, s := range t.special {
		if strings.HasPrefix(text, s.text) {
			return s, true
		}
	}
	return specialToken{}, false
}

// words collects the characters of one word after the other.
type words struct {
	*tokenizer
	ids        []int32
	limit      int // of len(ids)
	word       [4 * longestWord]byte
	length     int // bytes of word
	characters int // of word, counted on beyond longestWord
}

func (w *words) emit(id int32) {
	if len(w.ids) < w.limit {
		w.ids = append(w.ids, id)
	}
}

// add takes the next character of the text.
func (w *words) add(r rune) {
	switch {
	case r < utf8.RuneSelf:
		w.addASCII(byte(r))
	case unicode.Is(removed, r):
	case unicode.IsSpace(r):
		w.end()
	case isChinese(r):
		w.end()
		w.addDecomposed(r)
		w.end()
	default:
		w.addDecomposed(r)
	}
}

func (w *words) addASCII(c byte) {
	switch {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		w.put(rune(c))
	case 'A' <= c && c <= 'Z':
		w.put(rune(c) + 'a' - 'A')
	case c == ' ', c == '\t', c == '\n', c == '\r':
		w.end()
	case c > ' ' && c < 0x7f:
		w.punctuation(rune(c))
	} // the others are control characters
}

// addDecomposed adds the canonical decomposition of a character in lower case.
func (w *words) addDecomposed(r rune) {
	if 0xac00 <= r && r <= 0xd7a3 { // Hangul, decomposed by rule
		s := r - 0xac00
		w.put(0x1100 + s/588)
		w.put(0x1161 + s%588/28)
		if s%28 != 0 {
			w.put(0x11a7 + s%28)
		}
		return
	}
	var buffer [utf8.UTFMax]byte
	parts := norm.NFD.Properties(buffer[:utf8.EncodeRune(buffer[:], r)]).Decomposition()
	if parts == nil {
		w.addLower(r)
		return
	}
	for len(parts) > 0 {
		part, size := utf8.DecodeRune(parts)
		if !unicode.Is(removed, part) {
			w.addLower(part)
		}
		parts = parts[size:]
	}
}

func (w *words) addLower(r rune) {
	r = unicode.ToLower(r)
	if r < utf8.RuneSelf {
		w.addASCII(byte(r)) // some letters and signs decompose to these
	} else if unicode.Is(punctuation, r) {
		w.punctuation(r)
	} else {
		w.put(r)
	}
}

// put adds a character to the word.
func (w *words) put(r rune) {
	if w.characters < longestWord {
		w.length += utf8.EncodeRune(w.word[w.length:], r)
	}
	w.characters++
}

// punctuation makes a word of one character.
func (w *words) punctuation(r rune) {
	w.end()
	w.put(r)
	w.end()
}

// end cuts the word into pieces and starts the next.
func (w *words) end() {
	if w.characters == 0 {
		return
	}
	word, start, before := w.word[:w.length], 0, len(w.ids)
	unknown := w.characters > longestWord
	w.length, w.characters = 0, 0
	pieces := w.initial
	for start < len(word) && !unknown {
		id, size := w.longestPiece(pieces, word[start:])
		if size == 0 {
			unknown = true
		}
		w.emit(id)
		start += size
		pieces = w.continuation
	}
	if unknown {
		w.ids = w.ids[:before]
		w.emit(w.unknown)
	}
}

// longestPiece returns the longest of the pieces that word starts with, and its
// size in bytes, 0 if there is none.
func (t *tokenizer) longestPiece(pieces map[string]int32, word []byte) (id int32, size int) {
	for end := min(len(word), t.longest); end > 0; end-- {
		if end < len(word) && !utf8.RuneStart(word[end]) {
			continue
		}
		if id, ok := pieces[string(word[:end])]; ok {
			return id, end
		}
	}
	return 0, 0
}

// isChinese reports what BERT takes for a Chinese character: the CJK unified
// and compatibility ideographs, not kana or Hangul. The reference starts
// extension E 256 characters late, at 2B920 instead of 2B820, and so do we.
func isChinese(r rune) bool {
	return 0x4e00 <= r && r <= 0x9fff || 0x3400 <= r && r <= 0x4dbf || 0x20000 <= r && r <= 0x2a6df ||
		0x2a700 <= r && r <= 0x2b73f || 0x2b740 <= r && r <= 0x2b81f || 0x2b920 <= r && r <= 0x2ceaf ||
		0xf900 <= r && r <= 0xfaff || 0x2f800 <= r && r <= 0x2fa1f
}
