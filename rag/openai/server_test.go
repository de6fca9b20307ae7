package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"footnote/rag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A pipes is a network in memory: what waits on it waits in the bubble of
// testing/synctest, where the clock moves by itself.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }
func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A scripted server answers each request with the next step of its script, and
// the last step for all that follow. It keeps what it was sent.
type scripted struct {
	*pipes
	mu     sync.Mutex
	bodies []map[string]any
	keys   []string
	steps  []step
}

type step func(w http.ResponseWriter, r *http.Request, body map[string]any)

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var body map[string]any
	_ = json.Unmarshal(raw, &body)
	s.mu.Lock()
	s.bodies = append(s.bodies, body)
	s.keys = append(s.keys, r.Header.Get("Authorization"))
	do := s.steps[min(len(s.bodies), len(s.steps))-1]
	s.mu.Unlock()
	do(w, r, body)
}

func (s *scripted) requests() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies
}

const key = "sk-very-secret"

// serve starts a scripted server and a Client of it, inside a bubble.
func serve(t *testing.T, opt Options, steps ...step) (*Client, *scripted) {
	t.Helper()
	s := &scripted{pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}, steps: steps}
	srv := &http.Server{Handler: s}
	var running sync.WaitGroup
	running.Go(func() { _ = srv.Serve(s.pipes) })
	opt.URL, opt.Key = "http://llm.example:8080/v1", key
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	c.transport.Proxy = nil
	c.transport.DialContext = s.dial
	t.Cleanup(func() {
		c.Close()
		_ = srv.Close()
		running.Wait()
	})
	return c, s
}

// bubble runs f where sleeping takes no time.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

var ask = []rag.Message{{Role: rag.System, Text: "Be brief."}, {Role: rag.User, Text: "Why?"}}

// generate asks a model and returns what it emitted.
func generate(t *testing.T, g *Generator) (string, rag.Completion, error) {
	t.Helper()
	var text strings.Builder
	done, err := g.Generate(t.Context(), ask, func(s string) { text.WriteString(s) })
	return text.String(), done, err
}

// lines answers with a stream of these lines, each flushed.
func lines(ls ...string) step {
	return func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, l := range ls {
			_, _ = io.WriteString(w, l+"\n")
			w.(http.Flusher).Flush()
		}
	}
}

// delta is an event with text.
func delta(s string) string {
	b, _ := json.Marshal(s)
	return fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{"content":%s}}]}`, b)
}

func finish(reason string) string {
	return fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{},"finish_reason":%q}]}`, reason)
}

const (
	stop = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	done = "data: [DONE]"
)

// says answers with a stream of one text.
func says(s string) step { return lines(delta(s), stop, done) }

// status answers with a status, headers as "Name: value" and a body.
func status(code int, body string, headers ...string) step {
	return func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// hang answers nothing until the client goes.
func hang(_ http.ResponseWriter, r *http.Request, _ map[string]any) { <-r.Context().Done() }

// hangUp closes the connection after a text, before the end of the body.
func hangUp(s string) step {
	return func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = buf.WriteString(s)
		_ = buf.Flush()
		_ = conn.Close()
	}
}

// then sends a stream's lines and goes on with another step.
func then(first, next step) step {
	return func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		first(w, r, body)
		next(w, r, body)
	}
}

func openAIError(code int, kind, message string, headers ...string) step {
	return status(code, fmt.Sprintf(`{"error":{"message":%q,"type":"some_error","code":%q}}`, message, kind), headers...)
}

type (
	httpWriter  = http.ResponseWriter
	httpRequest = http.Request
)

// pause does nothing for a while, unless the client goes.
func pause(d time.Duration) step {
	return func(_ http.ResponseWriter, r *http.Request, _ map[string]any) {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
	}
}

// keepAlive sends comments and empty events, and nothing else.
func keepAlive(w http.ResponseWriter, r *http.Request, _ map[string]any) {
	for r.Context().Err() == nil {
		lines(": keep-alive", "", "event: ping", `data: {"choices":[]}`, "data:")(w, r, nil)
		pause(10*time.Millisecond)(w, r, nil)
	}
}
