package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// readText reads the file at real below dir as UTF-8 text. All its errors are
// refusals.
func readText(dir, real string) (string, error) {
	f, err := open(dir, real)
	if err != nil {
		return "", refused("%s", reason(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", refused("%s", reason(err))
	}
	if !info.Mode().IsRegular() {
		return "", refused("not a regular file")
	}
	raw, err := readAll(f, info.Size())
	if err != nil {
		return "", err
	}
	return decode(raw)
}

// open opens a file without leaving dir, and without waiting for a writer
// should the file have become a pipe.
func open(dir, real string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenFile(real, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// readAll reads a file of about size bytes, and never more than maxFile.
func readAll(r io.Reader, size int64) ([]byte, error) {
	tooLarge := func(n int64) error {
		return refused("a file of %s; files are limited to %s", megabytes(n), megabytes(maxFile))
	}
	if size > maxFile {
		return nil, tooLarge(size)
	}
	var buf bytes.Buffer
	buf.Grow(int(size) + bytes.MinRead)
	if _, err := buf.ReadFrom(io.LimitReader(r, maxFile+1)); err != nil {
		return nil, refused("%s", reason(err))
	}
	if buf.Len() > maxFile {
		return nil, tooLarge(int64(buf.Len()))
	}
	return buf.Bytes(), nil
}

func megabytes(n int64) string {
	mb := float64(n) / (1 << 20)
	if mb < 10 && mb != float64(int(mb)) {
		return fmt.Sprintf("%.1f MB", mb)
	}
	return fmt.Sprintf("%.0f MB", mb)
}

var errBinary = errors.New("binary file")

// decode returns raw as UTF-8 without a byte order mark, if it is text.
func decode(raw []byte) (string, error) {
	if kind := binaryKind(raw); kind != "" {
		return "", refused("binary file (%s)", kind)
	}
	text, err := transcode(raw)
	switch {
	case errors.Is(err, errBinary), err == nil && looksBinary(text):
		return "", refused("binary file")
	case err != nil:
		return "", err
	case strings.TrimSpace(text) == "":
		return "", refused("empty")
	}
	if n := longestLine(text); n > maxLine {
		return "", refused("a line of %s; lines are limited to %s", megabytes(int64(n)), megabytes(maxLine))
	}
	return text, nil
}

// binaryKind names the kind of file that raw begins like, if it is one that
// people rename to .txt by mistake.
func binaryKind(raw []byte) string {
	for _, k := range []struct{ magic, kind string }{
		{"%PDF-", "PDF"}, {"PK\x03\x04", "ZIP or Office"}, {"\xd0\xcf\x11\xe0", "old Office"}, {`{\rtf`, "RTF"},
		{"\x89PNG", "PNG"}, {"\xff\xd8\xff", "JPEG"}, {"GIF8", "GIF"}, {"\x1f\x8b", "gzip"}, {"\x7fELF", "program"},
	} {
		if bytes.HasPrefix(raw, []byte(k.magic)) {
			return k.kind
		}
	}
	return ""
}

func transcode(raw []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(raw, []byte("\xef\xbb\xbf")); ok {
		raw = rest
	}
	switch {
	case bytes.HasPrefix(raw, []byte("\xfe\xff")), bytes.HasPrefix(raw, []byte("\xff\xfe")):
		text, err := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", errBinary
		}
		return string(text), nil
	case bytes.IndexByte(raw, 0) >= 0:
		return "", errBinary
	case utf8.Valid(raw):
		return string(raw), nil
	}
	return fromWindows1252(raw)
}

// maxForeign is the share of bytes that may not be UTF-8. A fifth of French is
// under .1; Cyrillic, Greek and CJK encodings are over .5, and reading those as
// Windows-1252 would give garbage.
const maxForeign = .25

// fromWindows1252 reads the bytes that are not UTF-8 as Windows-1252, of which
// Latin-1 text is a part. Doing so byte by byte also keeps a UTF-8 file with one
// bad byte as it is.
func fromWindows1252(raw []byte) (string, error) {
	var out strings.Builder
	out.Grow(len(raw) + len(raw)/8)
	foreign := 0
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			foreign++
			if r = charmap.Windows1252.DecodeByte(raw[i]); r < 0xA0 {
				return "", errBinary // no character of Windows-1252
			}
		}
		out.WriteRune(r)
		i += n
	}
	if float64(foreign) > maxForeign*float64(len(raw)) {
		return "", refused("not UTF-8 text; save it as UTF-8")
	}
	return out.String(), nil
}

// maxControl is the share of control characters above which a file is not
// text. Logs with colours and old printouts stay far below it.
const maxControl = .02

// looksBinary tells whether text holds NUL, or many control characters other
// than white space and escape, or many characters that were no valid UTF-16.
func looksBinary(text string) bool {
	odd := 0
	for _, r := range text {
		switch {
		case r == 0:
			return true
		case r < ' ' && !strings.ContainsRune("\t\n\v\f\r\b\x1b", r), r == 0x7f, r == utf8.RuneError:
			odd++
		}
	}
	return float64(odd) > maxControl*float64(len(text))
}

// longestLine returns the length of the longest line of text in bytes, not
// counting embedded data.
func longestLine(text string) int {
	longest := 0
	for at := 0; at < len(text); {
		end, next := line(text, at)
		n := end - at
		if n > maxLine {
			for _, d := range embeddedData(text[at:end]) {
				n -= d.Span.End - d.Span.Start
			}
		}
		longest = max(longest, n)
		at = next
	}
	return longest
}
