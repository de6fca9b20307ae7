package load

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"footnote/rag"
)

func TestDecode(t *testing.T) {
	french := "L'\xe9t\xe9 \xe0 la plage co\xfbte 5 \x80 \x96 pas cher."
	for _, tt := range []struct{ name, raw, want string }{
		{"UTF-8", "é \u2028 日本", "é \u2028 日本"},
		{"BOM", "\xef\xbb\xbfé\r\n", "é\r\n"},
		{"UTF-16 LE", "\xff\xfeé\x00"[:2] + "\xe9\x00\x0d\x00\x0a\x00", "é\r\n"},
		{"UTF-16 BE", "\xfe\xff\x00\xe9\xd8\x3d\xde\x00", "é😀"},
		{"UTF-16 odd", "\xff\xfea\x00b\x00c", "refused: binary file"},
		{"UTF-16 with NUL", "\xff\xfea\x00\x00\x00", "refused: binary file"},
		{"UTF-32 LE", "\xff\xfe\x00\x00a\x00\x00\x00", "refused: binary file"},
		{"UTF-16 without BOM", "a\x00b\x00", "refused: binary file"},
		{"Windows-1252", french, "L'été à la plage coûte 5 € – pas cher."},
		{"one bad byte in UTF-8", "“Zoë” caf\xe9, and so on", "“Zoë” café, and so on"},
		{"cut off in a character", "The price is 5 and 10 \xe2\x82", "The price is 5 and 10 â‚"},
		{"Windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0", "refused: not UTF-8 text; save it as UTF-8"},
		{"no Windows-1252", "a \x81 b and so on", "refused: binary file"},
		{"NUL", "text\x00text", "refused: binary file"},
		{"control", strings.Repeat("text\x01\x02", 10), "refused: binary file"},
		{"ANSI colours", strings.Repeat("\x1b[31mred\x1b[0m ", 9), strings.Repeat("\x1b[31mred\x1b[0m ", 9)},
		{"replacement characters", strings.Repeat("a�", 9), "refused: binary file"},
		{"PDF", "%PDF-1.7\n1 0 obj", "refused: binary file (PDF)"},
		{"docx", "PK\x03\x04\x14\x00", "refused: binary file (ZIP or Office)"},
		{"RTF", `{\rtf1\ansi text}`, "refused: binary file (RTF)"},
		{"nothing", "", "refused: empty"},
		{"BOM only", "\xef\xbb\xbf", "refused: empty"},
		{"UTF-16 BOM only", "\xff\xfe", "refused: empty"},
		{"white space", " \r\n\t\u00a0\u2028", "refused: empty"},
		{"long line", "a\n" + strings.Repeat("long ", 600_000), "refused: a line of 2.9 MB; lines are limited to 1 MB"},
		{"huge line", strings.Repeat("a", 52<<20), "refused: a line of 52 MB; lines are limited to 1 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decode([]byte(tt.raw))
			var refused *rag.RefusedError
			if errors.As(err, &refused) {
				got = "refused: " + refused.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got %.200q, want %q", got, tt.want)
			}
		})
	}
}

func TestEmbeddedImageIsNoLongLine(t *testing.T) {
	raw := "![x](data:image/png;base64," + strings.Repeat("iVBORw0KGgoA", 200_000) + ") and text"
	if text, err := decode([]byte(raw)); err != nil || text != raw {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
}

// endless is a reader without an end that counts what was taken from it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestGrowingFile(t *testing.T) {
	var e endless
	_, err := readAll(&e, 10)
	if err == nil || err.Error() != "a file of 64 MB; files are limited to 64 MB" {
		t.Errorf("got %v", err)
	}
	if e.read > 2*maxFile {
		t.Errorf("read %d bytes", e.read)
	}
	e = endless{}
	if _, err := readAll(&e, 100<<30); err == nil || e.read > 0 {
		t.Errorf("read %d bytes of a file of 100 GB, %v", e.read, err)
	}
}

func TestManyParagraphs(t *testing.T) {
	for _, tt := range []struct{ name, line string }{{"a.txt", "a\n"}, {"a.md", "a\n\n"}, {"a.md", "***\n"}, {"b.md", "# a\n"}} {
		_, err := document(tt.name, strings.Repeat(tt.line, maxBlocks+1), formatOf(tt.name))
		if want := "over 200000 paragraphs; a file is limited to that"; err == nil || err.Error() != want {
			t.Errorf("%s of %q: got %v, want %s", tt.name, tt.line, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"text", "\xff\xfea\x00", "\xfe\xff\xd8\x00", "caf\xe9", "\xef\xbb\xbf\x00", "\x1b[0m\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := decode(raw)
		if err != nil {
			return
		}
		if strings.ToValidUTF8(text, "") != text || strings.TrimSpace(text) == "" || strings.Contains(text, "\x00") {
			t.Errorf("%q decodes to %q", raw, text)
		}
		if bytes.HasPrefix(raw, []byte(text)) && len(raw) != len(text) {
			t.Errorf("%q lost its end", raw)
		}
	})
}
