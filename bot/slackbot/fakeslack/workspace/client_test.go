package workspace

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// room is a workspace with one channel, one person, and a client of the test's own.
type room struct {
	*Workspace
	t       *testing.T
	clock   *Clock
	channel string
	person  string
}

func newRoom(t *testing.T, change ...func(*Options)) *room {
	t.Helper()
	clock := NewClock(time.Unix(1_800_000_000, 0))
	opts := Options{Clock: clock, PingEvery: 50 * time.Millisecond}
	for _, c := range change {
		c(&opts)
	}
	w, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	r := &room{Workspace: w, t: t, clock: clock}
	r.person = w.AddUser(User{Name: "ada"})
	r.channel = w.AddChannel(Channel{Name: "help", Members: []string{r.person, BotUserID}})
	return r
}

// call calls a method with a form and returns the answer.
func (r *room) call(method string, args ...string) map[string]any {
	r.t.Helper()
	_, body := r.request(method, r.BotToken(), args...)
	return body
}

func (r *room) request(method, token string, args ...string) (*http.Response, map[string]any) {
	r.t.Helper()
	form := url.Values{"token": {token}}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	response, err := http.PostForm(r.URL()+method, form)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
	return response, body
}

// must calls a method that has to succeed.
func (r *room) must(method string, args ...string) map[string]any {
	r.t.Helper()
	body := r.call(method, args...)
	if body["ok"] != true {
		r.t.Fatalf("%s: %v", method, body)
	}
	return body
}

// say posts as the person.
func (r *room) say(threadTS, text string) string {
	r.t.Helper()
	ts, err := r.Say(r.person, r.channel, threadTS, text)
	if err != nil {
		r.t.Fatal(err)
	}
	return ts
}

func (r *room) wait(what string, cond func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.Wait(ctx, cond); err != nil {
		r.t.Fatalf("%s: %v", what, err)
	}
}

// link is the test's own connection.
type link struct {
	*websocket.Conn
	t *testing.T
}

// connect opens a socket and reads its hello.
func (r *room) connect() *link {
	r.t.Helper()
	_, body := r.request("apps.connections.open", r.AppToken())
	address, _ := body["url"].(string)
	conn, _, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		r.t.Fatalf("dial %s: %v", address, err)
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	l := &link{conn, r.t}
	if hello := l.next(); hello["type"] != "hello" {
		r.t.Fatalf("first frame %v, want hello", hello)
	}
	return l
}

func (l *link) next() map[string]any {
	l.t.Helper()
	frame := map[string]any{}
	_ = l.SetReadDeadline(time.Now().Add(10 * time.Second))
	if err := l.ReadJSON(&frame); err != nil {
		l.t.Fatalf("read a frame: %v", err)
	}
	return frame
}

// ack acknowledges an envelope, with a payload if there is one.
func (l *link) ack(envelope map[string]any, payload ...any) {
	l.t.Helper()
	frame := map[string]any{"envelope_id": envelope["envelope_id"]}
	if payload != nil {
		frame["payload"] = payload[0]
	}
	if err := l.WriteJSON(frame); err != nil {
		l.t.Fatal(err)
	}
}

// dig returns what a path of keys leads to.
func dig(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func long(n int) string { return strings.Repeat("x", n) }

// httpPost calls a method and returns the error of the connection.
func httpPost(r *room, method string, args ...string) (*http.Response, error) {
	form := url.Values{"token": {r.BotToken()}}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	response, err := http.PostForm(r.URL()+method, form)
	if err == nil {
		_ = response.Body.Close()
	}
	return response, err
}

// postJSON calls a method with a JSON body and the token in its header.
func postJSON(r *room, method, body string) map[string]any {
	r.t.Helper()
	request, err := http.NewRequest(http.MethodPost, r.URL()+method, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Authorization", "Bearer "+r.BotToken())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	got := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		r.t.Fatal(err)
	}
	return got
}
