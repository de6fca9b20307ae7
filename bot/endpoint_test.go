package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// An endpoint is an OpenAI-compatible server that says what a script says: the
// replies to the requests that it gets, in order, with a line "-- next --" between
// them; the last one is for all further requests. A line of a reply may be a fault:
//
//	!status 429 TEXT   this status, with TEXT as the body; first line only
//	!cut               the connection breaks here
//	!hang              nothing more comes
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
	e := &endpoint{replies: strings.Split(script, "-- next --\n"), stop: make(chan struct{})}
	e.Server = httptest.NewServer(e)
	return e
}

func (e *endpoint) close() {
	close(e.stop)
	e.CloseClientConnections()
	e.Close()
}

// bodies returns what has been sent, a request a line.
func (e *endpoint) bodies() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.requests, "\n")
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	e.mu.Lock()
	reply := e.replies[min(len(e.requests), len(e.replies)-1)]
	e.requests = append(e.requests, string(body))
	e.mu.Unlock()
	if rest, ok := strings.CutPrefix(reply, "!status "); ok {
		code, text, _ := strings.Cut(strings.TrimSpace(rest), " ")
		n, _ := strconv.Atoi(code)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(n)
		io.WriteString(w, text)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for line := range strings.Lines(reply) {
		switch strings.TrimSpace(line) {
		case "!cut":
			panic(http.ErrAbortHandler)
		case "!hang":
			select {
			case <-e.stop:
			case <-r.Context().Done():
			}
			return
		}
		for _, piece := range strings.SplitAfter(line, " ") {
			chunk(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": piece}}}})
		}
	}
	chunk(w, map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": "stop"}}})
	chunk(w, map[string]any{"choices": []any{}, "usage": map[string]any{"prompt_tokens": 1200, "completion_tokens": 34,
		"prompt_tokens_details": map[string]any{"cached_tokens": 1000}}})
	io.WriteString(w, "data: [DONE]\n\n")
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
	e := startEndpoint("one two\n-- next --\n!status 429 busy\n")
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
