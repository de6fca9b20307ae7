package bge

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"unicode/utf8"

	"footnote/rag/bge/weights"
)

var tokensFile = flag.String("tokens", "testdata/tokens.jsonl", "texts with the reference's ids, made by reference/tokens.py")

func testTokenizer(t testing.TB) *tokenizer {
	t.Helper()
	m, err := weights.Read(asset)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := newTokenizer(m.Vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestTokens(t *testing.T) {
	file, err := os.Open(*tokensFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tok := testTokenizer(t)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var texts, wrong int
	for lines.Scan() {
		var golden struct {
			Text string
			IDs  []int32
		}
		if err := json.Unmarshal(lines.Bytes(), &golden); err != nil {
			t.Fatal(err)
		}
		texts++
		if got := tok.encode(nil, golden.Text, weights.Positions); !slices.Equal(got, golden.IDs) {
			if wrong++; wrong <= 10 {
				t.Errorf("%.200q\ngot  %v\nwant %v", golden.Text, got, golden.IDs)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d texts differ", wrong, texts)
}

// charactersSum is what reference/tokens.py prints for "characters".
const charactersSum = "8afa62d08305db675cb7c0682cfbcd6350de2bd528b933a76fa7e80d64c60ab2"

// Every character there is, between two letters.
func TestCharacters(t *testing.T) {
	if testing.Short() {
		t.Skip("a million texts")
	}
	tok := testTokenizer(t)
	digest := sha256.New()
	var line []byte
	var ids []int32
	for c := rune(0); c <= utf8.MaxRune; c++ {
		if !utf8.ValidRune(c) {
			continue
		}
		ids = tok.encode(ids[:0], "a"+string(c)+"b", weights.Positions)
		line = line[:0]
		for i, id := range ids {
			if i > 0 {
				line = append(line, ' ')
			}
			line = fmt.Append(line, id)
		}
		digest.Write(append(line, '\n'))
	}
	if got := fmt.Sprintf("%x", digest.Sum(nil)); got != charactersSum {
		t.Errorf("the ids' SHA-256 is %s, want %s", got, charactersSum)
	}
}

// Whatever the text, there are ids of the vocabulary between [CLS] and [SEP],
// no more than asked for, and fewer are the beginning of more.
func FuzzTokens(f *testing.F) {
	tok := testTokenizer(f)
	for _, text := range []string{"", "Hello, world", "[CLS][SEP", "a\u0301\u0301 \u4e2d\u6587 \uac01", "\xff\xfe\x00", "ﬁ İ ß K"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := tok.encode(nil, text, 1<<30)
		if all[0] != tok.first || all[len(all)-1] != tok.last {
			t.Fatalf("ids %v", all)
		}
		for _, id := range all {
			if id < 0 || id >= weights.Words {
				t.Fatalf("id %d", id)
			}
		}
		const limit = 16
		some := tok.encode(nil, text, limit)
		n := min(len(all), limit)
		if len(some) != n || !slices.Equal(some[:n-1], all[:n-1]) {
			t.Fatalf("%d ids are %v, all are %v", limit, some, all)
		}
	})
}

func TestKnows(t *testing.T) {
	e, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]bool{
		"reset": true, "Passwords": true, "printing": true, "expenses": true, "mother": true,
		"pasword": false, "sabaticals": false, "recieve": false, "buget": false, "reimbursment": false, "": false,
	} {
		if got := e.Knows(word); got != want {
			t.Errorf("Knows(%q) = %v", word, got)
		}
	}
}
