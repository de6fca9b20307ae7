package openai

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"footnote/rag"
)

// Bounds of what an endpoint may send.
const (
	maxLine = 4 << 20
	maxBody = 64 << 20
)

// events reads the body of a stream and passes on its "data:" lines only, each
// with a line end, as the library's reader needs them:
//
//   - Comments, names and numbers of events go. The library keeps them all, and
//     an error that follows one is lost.
//   - The last line may lack its end, which the library would drop.
//   - {"error": becomes { "error":, so that the library hands it over like any
//     other line instead of waiting for the next.
//   - A whole JSON reply to a request for a stream becomes one line.
//   - A body that ends without [DONE] ends with io.ErrUnexpectedEOF.
type events struct {
	body  io.ReadCloser
	lines *bufio.Reader
	left  int    // bytes that may still come
	begun bool   // a data line was seen
	junk  []byte // the beginning of what is not one
	ready []byte
	err   error
}

func newEvents(body io.ReadCloser) *events {
	return &events{body: body, lines: bufio.NewReader(body), left: maxBody}
}

func (e *events) Close() error { return e.body.Close() }

func (e *events) Read(p []byte) (int, error) {
	for len(e.ready) == 0 {
		if e.err != nil {
			return 0, e.err
		}
		e.ready, e.err = e.next()
	}
	n := copy(p, e.ready)
	e.ready = e.ready[n:]
	return n, nil
}

// next returns the next data line, or nothing for a line of another kind.
func (e *events) next() ([]byte, error) {
	line, err := e.line()
	line = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("\ufeff")))
	if !e.begun && len(line) > 0 && (line[0] == '{' || line[0] == '[') && (err == nil || err == io.EOF) {
		return e.whole(line)
	}
	data, ok := bytes.CutPrefix(line, []byte("data:"))
	data = bytes.TrimSpace(data)
	if !ok && !e.begun && len(line) > 0 && line[0] != ':' && len(e.junk) < maxWords {
		e.junk = append(append(e.junk, line[:min(len(line), maxWords)]...), ' ')
	}
	if err == io.EOF {
		err = e.end()
	}
	if !ok || len(data) == 0 {
		return nil, err
	}
	e.begun = true
	if rest, ok := bytes.CutPrefix(data, []byte("{")); ok {
		data = append([]byte("{ "), rest...)
	}
	return append(append([]byte("data: "), data...), '\n'), err
}

// end returns how a body ends that has no [DONE].
func (e *events) end() error {
	if !e.begun && len(bytes.TrimSpace(e.junk)) > 0 && !bytes.HasPrefix(e.junk, []byte("event:")) {
		return badReply(fmt.Errorf("the reply is neither a stream of events nor JSON: %s", firstWords(e.junk)))
	}
	return io.ErrUnexpectedEOF
}

// line reads a line of bounded length.
func (e *events) line() ([]byte, error) {
	var line []byte
	for {
		part, err := e.lines.ReadSlice('\n')
		e.left -= len(part)
		line = append(line, part...)
		if len(line) > maxLine || e.left < 0 {
			return nil, badReply(errors.New("the reply is endless"))
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// whole reads the rest of a reply that is no stream.
func (e *events) whole(begin []byte) ([]byte, error) {
	rest, err := io.ReadAll(io.LimitReader(e.lines, maxLine))
	if err != nil {
		return nil, err
	}
	var one bytes.Buffer
	if json.Compact(&one, append(append(begin, '\n'), rest...)) != nil {
		return nil, badReply(fmt.Errorf("the reply is neither a stream of events nor JSON: %s", firstWords(begin)))
	}
	e.begun = true
	data, _ := bytes.CutPrefix(one.Bytes(), []byte("{"))
	if len(data) == one.Len() {
		return nil, badReply(fmt.Errorf("the reply is not a JSON object: %s", firstWords(begin)))
	}
	return fmt.Appendf(nil, "data: { %s\ndata: [DONE]\n", data), nil
}

func badReply(err error) *failure { return &failure{fault: rag.BadReply, err: err} }
