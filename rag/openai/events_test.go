package openai

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"footnote/rag"
)

// A canned transport answers every request with one body.
type canned struct {
	kind string
	body func() io.Reader
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Status: "200 OK", Header: http.Header{"Content-Type": {c.kind}}, Body: io.NopCloser(c.body())}, nil
}

// Whatever an endpoint sends, in pieces of any size, a call ends with an error
// or with text, and the same.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		delta("Yes.") + "\n" + stop + "\n" + done,
		": ping\n\n" + `data: {"error":{"message":"no"}}`,
		`{"choices":[{"message":{"content":"<think>Yes."}}]}`,
		"<html>", "data: [DONE]", "data: {\n", "\ufeffdata:{}", "[{}]", "{", `data: {"choices":[{"delta":{"content":[{"type":"text","text":"x"}]}}]}`,
		"event: error\ndata: 1\ndata: []\n" + finish("length"),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var whole, pieces string
		for _, r := range []struct {
			result *string
			body   io.Reader
		}{{&whole, strings.NewReader(body)}, {&pieces, iotest.OneByteReader(strings.NewReader(body))}} {
			c, err := New(Options{URL: "http://llm.example/v1"})
			if err != nil {
				t.Fatal(err)
			}
			w := newWatch(t.Context(), totalTimeout, 0)
			d := &doer{&http.Client{Transport: canned{"", func() io.Reader { return r.body }}}}
			text := ""
			err = readThrough(d, w, &reply{emit: func(s string) { text += s }, w: w})
			w.stop()
			c.Close()
			if f, ok := errors.AsType[*failure](err); err != nil && (!ok || f.fault == "" || f.err == nil) {
				t.Errorf("error %#v is no failure", err)
			}
			if err == nil && text == "" {
				t.Error("neither text nor an error")
			}
			*r.result = fmt.Sprintf("%q, %v", text, err)
		}
		if whole != pieces {
			t.Errorf("in one piece %s; in bytes %s", whole, pieces)
		}
	})
}

// readThrough reads one reply as send does.
func readThrough(d *doer, w *watch, r *reply) error {
	c, err := New(Options{URL: "http://llm.example/v1"})
	if err != nil {
		return err
	}
	c.api = newAPI(c.opt, d)
	return c.Generator(Chat{Model: "m"}).send(w, c.Generator(Chat{Model: "m"}).request(ask, habits{}), habits{}, r)
}

func TestProblems(t *testing.T) {
	for in, want := range map[string]problem{
		`{"error":{"message":"a","type":"b","param":"c","code":"d"}}`: {"d", "b  ", "c", "a"},
		`{"error":{"message":"a","code":7}}`:                          {"7", "  ", "", "a"},
		`{"error":"a"}`:                                               {"", "  ", "", "a"},
		`{"detail":"a"}`:                                              {"", "  ", "", "a"},
		`{"detail":[{"msg":"a"}]}`:                                    {"", "  ", "", `[{"msg":"a"}]`},
		`{"object":"error","message":"a","type":"b","code":400}`:      {"400", "b  ", "", "a"},
		`{"error":"a","error_type":"Validation"}`:                     {"", "  Validation", "", "a"},
		`[{"error":{"message":"a","status":"S"}}]`:                    {"", " S ", "", "a"},
		`{}`:                {"", "  ", "", "{}"},
		`7`:                 {"", "", "", "7"},
		"a\x00\x1b[31m\n b": {"", "", "", "a [31m b"},
		"":                  {"", "", "", "(nothing)"},
	} {
		if got := readProblem([]byte(in)); got != want {
			t.Errorf("%s is %+q, want %+q", in, got, want)
		}
	}
	if got := readProblem([]byte(strings.Repeat("é", 999))).message; len(got) > maxWords+3 || !strings.HasPrefix(got, "é") {
		t.Errorf("a long message is %d bytes", len(got))
	}
}

func TestFaultIsSet(t *testing.T) {
	for code := range 600 {
		if fault, again := meaning(code, ""); fault == "" || again && fault.Permanent() {
			t.Errorf("status %d: fault %q, again %v", code, fault, again)
		}
	}
	if fault, _ := meaning(504, "upstream took too long"); fault != rag.Unreachable {
		t.Errorf("504 is %q", fault)
	}
}
