// Package openai is the Embedder and the Generator of any OpenAI-compatible
// endpoint: OpenAI itself, a proxy in front of others, or llama.cpp, Ollama and
// vLLM on one's own machine.
//
// A call passes through these, a file each:
//
//	chat.go       Generator: messages -> request -> reply
//	embed.go      Embedder: texts -> batches -> vectors
//	adapt.go      what an endpoint rejected is left out from then on
//	limit.go      one limit of calls for the process, deadlines, a circuit breaker
//	transport.go  HTTP: certificates, no redirects, bounded bodies, Retry-After
//	events.go     a body -> server-sent events, one line each
//	reply.go      events -> text; think.go hides a model's thoughts
//	fault.go      what went wrong -> rag.Fault, with a remedy
//
// The traps of the library below are dealt with in transport.go and events.go:
// it drops headers of errors, reads lines and error pages of any length, takes a
// cut stream for a whole one, and loses an error that follows a comment.
package openai

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	goopenai "github.com/sashabaranov/go-openai"
)

// Options are the choices of a Client. The zero Options ask OpenAI without a key.
type Options struct {
	URL string // with the version, such as http://127.0.0.1:11434/v1; default https://api.openai.com/v1
	Key string // empty: none is sent
	CA  string // PEM file of certificate authorities, added to the system's

	Timeout      time.Duration // of a whole call; default 60 s
	FirstText    time.Duration // until a stream's first text or thought; default 20 s
	QueryTimeout time.Duration // of EmbedQuery, for which a question waits; default 5 s

	// Patient leaves the circuit breaker out: who measures waits for the endpoint.
	Patient bool

	Limit *Limit // shared by the process; default: 4 calls at once for this Client
}

// DefaultURL is the endpoint if Options name none.
const DefaultURL = "https://api.openai.com/v1"

const (
	defaultCalls  = 4
	queryTimeout  = 5 * time.Second
	firstTimeout  = 20 * time.Second
	totalTimeout  = 60 * time.Second
	chatPath      = "/chat/completions"
	embeddingPath = "/embeddings"
)

// A Client is a connection to one endpoint. It is safe for concurrent use, and
// its Generators and Embedders share its limit and its circuit breaker.
type Client struct {
	api       *goopenai.Client
	transport *http.Transport
	host      string
	opt       Options // with the defaults filled in
	breaker   breaker

	mu    sync.Mutex
	known map[string]habits // by model
}

// New returns a Client. An error says what is wrong with the options and what
// to write instead; nothing is sent yet.
func New(opt Options) (*Client, error) {
	opt.URL = strings.TrimRight(cmp.Or(strings.TrimSpace(opt.URL), DefaultURL), "/")
	opt.Key = strings.TrimSpace(opt.Key)
	u, err := parseURL(opt.URL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(opt.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the key holds a space or a character that no key has: was more than the key copied?")
	}
	opt.Timeout = positive(opt.Timeout, totalTimeout)
	opt.FirstText = positive(opt.FirstText, firstTimeout)
	opt.QueryTimeout = positive(opt.QueryTimeout, queryTimeout)
	if opt.Limit == nil {
		opt.Limit = NewLimit(defaultCalls)
	}
	transport, err := newTransport(opt.CA)
	if err != nil {
		return nil, err
	}
	d := &doer{&http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return &Client{
		api:       newAPI(opt, d),
		transport: transport,
		host:      u.Host,
		opt:       opt,
		breaker:   breaker{off: opt.Patient},
		known:     map[string]habits{},
	}, nil
}

func newAPI(opt Options, d *doer) *goopenai.Client {
	config := goopenai.DefaultConfig(opt.Key)
	config.BaseURL = opt.URL
	config.EmptyMessagesLimit = math.MaxUint32 // events.go drops comments and bounds the rest
	config.HTTPClient = d
	return goopenai.NewClientWithConfig(config)
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// parseURL checks an endpoint's base URL.
func parseURL(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		return nil, fmt.Errorf("endpoint URL %q has no scheme: write http://%s or https://%[2]s", s, strings.TrimLeft(s, "/"))
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("endpoint URL: %w: write one like %s", err, DefaultURL)
	}
	for _, path := range []string{chatPath, embeddingPath, "/completions", "/responses", "/models"} {
		if base, ok := strings.CutSuffix(u.Path, path); ok {
			v := *u
			v.Path, v.RawQuery, v.Fragment = base, "", ""
			return nil, fmt.Errorf("endpoint URL %q ends in %s, which is added by the program: write %s", u.Redacted(), path, v.Redacted())
		}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("endpoint URL %q: the scheme is %q: write http:// or https://", u.Redacted(), u.Scheme)
	case u.Hostname() == "":
		return nil, fmt.Errorf("endpoint URL %q names no host: write one like %s", u.Redacted(), DefaultURL)
	case u.User != nil:
		return nil, fmt.Errorf("endpoint URL %q holds a password: leave it out and give it as the key", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("endpoint URL %q: leave out what follows the path: write %s://%s%s", u.Redacted(), u.Scheme, u.Host, u.Path)
	}
	return u, nil
}

// Host returns the endpoint's host, with its port if the URL names one.
func (c *Client) Host() string { return c.host }

// Close closes idle connections. Calls that are running end on their own.
func (c *Client) Close() { c.transport.CloseIdleConnections() }
