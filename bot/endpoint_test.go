package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// An endpoint is an OpenAI-compatible server that says what a script says: the
// replies to the requests that it gets, in order, with a line "!next" between
// them; the last one is for all further requests. A line of a reply may be a fault:
//
//	!header NAME: VALUE   a header, before all else
//	!status 429 TEXT      this status, with TEXT as the body; nothing else is said
//	!cut                  the connection breaks here; before any text it is reset
//	!hang                 nothing more comes
//	!end                  the reply ends here, without saying so
//	!raw TEXT             TEXT as a line of the stream, after an empty one
//	!delta JSON           a chunk whose delta is JSON
//	!finish REASON        the reply ends for another reason than "stop"
//
// It keeps the bodies of all requests.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	replies  []string
	requests []string
	stop     chan struct{}
}

func startEndpoint(script string) *endpoint {
	e := newEndpoint(script)
	e.Start()
	return e
}

// newEndpoint returns an endpoint that does not run yet.
func newEndpoint(script string) *endpoint {
	e := &endpoint{replies: strings.Split(script, "!next\n"), stop: make(chan struct{})}
	e.Server = httptest.NewUnstartedServer(e)
	e.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail on purpose
	return e
}

func (e *endpoint) close() {
	close(e.stop)
	e.CloseClientConnections()
	e.Close()
}

// sent returns the bodies of all requests.
func (e *endpoint) sent() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

// bodies returns what has been sent, a request a line.
func (e *endpoint) bodies() string { return strings.Join(e.sent(), "\n") }

// turn keeps a request and returns the reply that is due.
func (e *endpoint) turn(body string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	reply := e.replies[min(len(e.requests), len(e.replies)-1)]
	e.requests = append(e.requests, body)
	return reply
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	reply := e.turn(string(body))
	w.Header().Set("Content-Type", "text/event-stream")
	finish, begun := "stop", false
	for line := range strings.Lines(reply) {
		fault, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch fault {
		case "!header":
			name, value, _ := strings.Cut(rest, ": ")
			w.Header().Set(name, value)
			continue
		case "!status":
			status(w, rest)
			return
		case "!cut":
			if !begun {
				reset(w)
			}
			panic(http.ErrAbortHandler)
		case "!hang":
			select {
			case <-e.stop:
			case <-r.Context().Done():
			}
			return
		case "!end":
			return
		}
		begun = true
		switch fault {
		case "!raw":
			fmt.Fprintf(w, "%s\n\n", rest)
			w.(http.Flusher).Flush()
		case "!delta":
			delta(w, json.RawMessage(rest), nil)
		case "!finish":
			finish = rest
		default:
			for _, piece := range strings.SplitAfter(line, " ") {
				delta(w, map[string]any{"content": piece}, nil)
			}
		}
	}
	delta(w, map[string]any{}, finish)
	chunk(w, map[string]any{"choices": []any{}, "usage": map[string]any{"prompt_tokens": 1200, "completion_tokens": 34,
		"prompt_tokens_details": map[string]any{"cached_tokens": 1000}}})
	io.WriteString(w, "data: [DONE]\n\n")
}

// status sends a reply that is no stream: "429 TEXT".
func status(w http.ResponseWriter, what string) {
	code, text, _ := strings.Cut(what, " ")
	n, _ := strconv.Atoi(code)
	if w.Header().Get("Content-Type") == "text/event-stream" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(n)
	io.WriteString(w, text)
}

// reset breaks a connection without a goodbye.
func reset(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		if c, ok := conn.(*net.TCPConn); ok {
			c.SetLinger(0)
		}
		conn.Close()
	}
}

func delta(w http.ResponseWriter, d, finish any) {
	chunk(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": d, "finish_reason": finish}}})
}

func chunk(w http.ResponseWriter, v map[string]any) {
	v["id"], v["object"] = "x", "chat.completion.chunk"
	b, _ := json.Marshal(v)
	fmt.Fprintf(w, "data: %s\n\n", b)
	w.(http.Flusher).Flush()
}

// endpointCommands are the commands of scripts about language models:
//
//	endpoint FILE     starts an endpoint that says what FILE says, for FOOTNOTE_LLM_URL
//	requests FILE     writes the bodies of all requests to FILE
func endpointCommands() map[string]func(*testscript.TestScript, bool, []string) {
	var mu sync.Mutex
	running := map[*testscript.TestScript]*endpoint{}
	return map[string]func(*testscript.TestScript, bool, []string){
		"endpoint": func(ts *testscript.TestScript, _ bool, args []string) {
			e := startEndpoint(ts.ReadFile(args[0]))
			mu.Lock()
			running[ts] = e
			mu.Unlock()
			ts.Defer(e.close)
			ts.Setenv("FOOTNOTE_LLM_URL", e.URL+"/v1")
			ts.Setenv("HOST", strings.TrimPrefix(e.URL, "http://"))
		},
		"requests": func(ts *testscript.TestScript, _ bool, args []string) {
			mu.Lock()
			e := running[ts]
			mu.Unlock()
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(e.bodies()+"\n"), 0o644))
		},
	}
}

func TestEndpoint(t *testing.T) {
	e := startEndpoint("one two\n!next\n!status 429 busy\n")
	defer e.close()
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for _, want := range []string{`"content":"one "`, "busy", "busy"} {
		resp, err := client.Post(e.URL, "", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%q, %v, want %q", body, err, want)
		}
	}
	if got := e.bodies(); got != "{}\n{}\n{}" {
		t.Errorf("requests %q", got)
	}
}
