package openai

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/rag"
)

func TestNew(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		opt  Options
		says string // empty: no error
	}{
		{Options{}, ""},
		{Options{URL: " http://127.0.0.1:11434/v1/ ", Key: "k\n"}, ""},
		{Options{URL: "localhost:11434/v1"}, "write http://localhost:11434/v1 or https://localhost:11434/v1"},
		{Options{URL: "127.0.0.1:11434/v1"}, "write http://127.0.0.1:11434/v1 or"},
		{Options{URL: "api.openai.com"}, "write http://api.openai.com or"},
		{Options{URL: "ftp://x/v1"}, `the scheme is "ftp": write http:// or https://`},
		{Options{URL: "http:///v1"}, "names no host"},
		{Options{URL: "http://[::1/v1"}, "write one like https://api.openai.com/v1"},
		{Options{URL: "https://h/v1/chat/completions"}, "write https://h/v1"},
		{Options{URL: "https://h/v1/embeddings/"}, "write https://h/v1"},
		{Options{URL: "https://h/v1/chat/completions?api-version=1"}, "write https://h/v1"},
		{Options{URL: "https://h/v1?api-version=1"}, "write https://h/v1"},
		{Options{URL: "https://user:secret@h/v1"}, "holds a password"},
		{Options{Key: "a b"}, "the key holds a space"},
		{Options{CA: filepath.Join(t.TempDir(), "no.pem")}, "no.pem: no such file"},
		{Options{CA: empty}, "empty.pem holds no certificate: give a PEM file"},
	} {
		client, err := New(c.opt)
		if err == nil {
			client.Close()
		}
		if msg := errText(err); (c.says == "") != (err == nil) || !strings.Contains(msg, c.says) || strings.Contains(msg, "secret") || c.opt.Key != "" && strings.Contains(msg, c.opt.Key) {
			t.Errorf("%+v: %q, want %q in it", c.opt, msg, c.says)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// dial asks the model at a URL of a real server.
func dial(t *testing.T, opt Options) error {
	t.Helper()
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text, _, err := generate(t, c.Generator(Chat{Model: "m"}))
	if err == nil && text != "Yes." {
		t.Errorf("emitted %q", text)
	}
	return err
}

func TestCertificates(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { says("Yes.")(w, r, nil) })
	quiet := func(s *httptest.Server) *httptest.Server {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		return s
	}
	secure := quiet(httptest.NewUnstartedServer(answer))
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(answer)
	defer plain.Close()
	picky := quiet(httptest.NewUnstartedServer(answer))
	picky.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	picky.StartTLS()
	defer picky.Close()

	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	port := func(s *httptest.Server) string {
		u, _ := url.Parse(s.URL)
		return u.Port()
	}
	for _, c := range []struct {
		name  string
		opt   Options
		fault rag.Fault
		says  string
	}{
		{"unknown authority", Options{URL: secure.URL}, rag.BadTLS, "with --llm-ca"},
		{"its authority given", Options{URL: secure.URL, CA: ca}, "", ""},
		{"another host", Options{URL: "https://localhost:" + port(secure), CA: ca}, rag.BadTLS, "write the host's name as its certificate has it"},
		{"wants a certificate of ours", Options{URL: picky.URL, CA: ca}, rag.BadTLS, "certificate"},
		{"https to a plain port", Options{URL: "https://127.0.0.1:" + port(plain)}, rag.BadRequest, "write http://"},
		{"http to a TLS port", Options{URL: "http://127.0.0.1:" + port(secure)}, rag.BadRequest, "write https://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := dial(t, c.opt)
			if c.fault == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			me, ok := err.(*rag.ModelError)
			if !ok || me.Fault != c.fault || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q and %q", err, c.fault, c.says)
			}
		})
	}
	t.Run("expired", func(t *testing.T) {
		client, err := New(Options{URL: secure.URL, CA: ca})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		client.transport.TLSClientConfig.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) }
		_, _, err = generate(t, client.Generator(Chat{Model: "m"}))
		if me, ok := err.(*rag.ModelError); !ok || me.Fault != rag.BadTLS || !strings.Contains(err.Error(), "renew") {
			t.Errorf("%v", err)
		}
	})
}

func TestUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"no such host": {&net.OpError{Op: "dial", Err: &net.DNSError{Name: "llm.example", IsNotFound: true}}, "no such host llm.example: is the URL right?"},
		"proxy":        {&net.OpError{Op: "proxyconnect", Err: io.ErrClosedPipe}, "the proxy of HTTPS_PROXY"},
	} {
		f, ok := connectionFailure(&url.Error{Op: "Post", URL: "http://llm.example", Err: c.err}).(*failure)
		if !ok || f.fault != rag.Unreachable || !strings.Contains(f.err.Error(), c.says) {
			t.Errorf("%s: %v", name, f)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	me, ok := dial(t, Options{URL: "http://" + addr + "/v1", FirstText: time.Millisecond * 100}).(*rag.ModelError)
	if !ok || me.Fault != rag.Unreachable || me.Host != addr || !strings.Contains(me.Error(), "is the server running?") {
		t.Errorf("a closed port: %v", me)
	}
}

// A redirect takes neither the key nor the question along.
func TestRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusPermanentRedirect))
	defer srv.Close()
	me, ok := dial(t, Options{URL: srv.URL, Key: key}).(*rag.ModelError)
	if !ok || me.Fault != rag.BadRequest || !strings.Contains(me.Error(), "redirects to "+other.URL) {
		t.Errorf("%v", me)
	}
}

func TestRetryAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, c := range []struct {
			headers map[string]string
			want    time.Duration
		}{
			{nil, 0},
			{map[string]string{"Retry-After": "7"}, 7 * time.Second},
			{map[string]string{"Retry-After": "1.5"}, 1500 * time.Millisecond},
			{map[string]string{"Retry-After": time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}, time.Minute},
			{map[string]string{"Retry-After": time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)}, 0},
			{map[string]string{"Retry-After": "-3"}, 0},
			{map[string]string{"Retry-After": "NaN"}, 0},
			{map[string]string{"Retry-After": "1e300"}, 365 * 24 * time.Hour},
			{map[string]string{"Retry-After": "soon"}, 0},
			{map[string]string{"Retry-After": "7", "Retry-After-Ms": "250"}, 250 * time.Millisecond},
			{map[string]string{"X-RateLimit-Remaining-Requests": "0", "X-RateLimit-Reset-Requests": "6m0s"}, 6 * time.Minute},
			{map[string]string{"X-RateLimit-Remaining-Requests": "5", "X-RateLimit-Reset-Requests": "6m0s", "X-RateLimit-Remaining-Tokens": "0", "X-RateLimit-Reset-Tokens": "20ms"}, 20 * time.Millisecond},
		} {
			h := http.Header{}
			for k, v := range c.headers {
				h.Set(k, v)
			}
			if got := retryAfter(h); got != c.want {
				t.Errorf("%v: %v, want %v", c.headers, got, c.want)
			}
		}
	})
}
