// Package workspace is a Slack workspace that runs in the test's own process: the
// Web API and Socket Mode on a loopback address, and the people who talk to the bot.
//
// It knows nothing of the client under test. Arguments, scopes, rate tiers and error
// names follow Slack's published method reference (August 2026); payload shapes
// follow payloads recorded from real workspaces; what neither says is marked
// "assumed" where it is decided.
//
// One mutex guards everything. Exported methods take it; unexported ones expect it
// held unless they say otherwise.
package workspace

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The ids of the one app that is installed and of its home.
const (
	TeamID    = "T0FAKETEAM1"
	AppID     = "A0FAKEAPP01"
	BotUserID = "U0FAKEBOT01"
	BotID     = "B0FAKEBOT01"
	domain    = "footnote-test"
)

// DefaultScopes are those a bot with mentions, direct messages and threads needs.
func DefaultScopes() []string {
	return []string{
		"app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
		"groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:history", "mpim:read",
		"reactions:write", "usergroups:read", "users:read",
	}
}

// DefaultEvents are the events the app is subscribed to when Options names none.
func DefaultEvents() []string {
	return []string{
		"agent_session_stopped", "app_home_opened", "app_mention", "channel_shared", "channel_unshared",
		"member_joined_channel", "message.channels", "message.groups", "message.im", "message.mpim",
	}
}

// Options say how a workspace behaves. The zero value is a workspace with the default
// scopes and events, the machine's clock and no rate limits.
type Options struct {
	Scopes     []string      // of the bot token; nil means DefaultScopes
	Events     []string      // subscriptions, as in a manifest; nil means DefaultEvents
	RateLimits bool          // count calls against Slack's tiers
	Clock      *Clock        // nil means the machine's clock
	PingEvery  time.Duration // between protocol pings on a socket; 0 means 5 s
	BotName    string        // "" means footnote
	Addr       string        // to listen on; "" means a free loopback port
	Log        *slog.Logger  // nil means none
}

// Workspace is one fake Slack workspace with one installed app. Make it with New.
type Workspace struct {
	opts    Options
	clock   *Clock
	log     *slog.Logger
	methods map[string]method
	server  *http.Server
	addr    string
	pages   http.Handler // what is served outside /api, /link and /response
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced at every change
	closed     bool
	serial     int
	lastTS     int64 // microseconds
	users      map[string]*User
	groups     map[string][]string
	channels   map[string]*Channel
	history    map[string][]*Message
	ephemeral  []*Message
	deleted    map[key]bool // messages that are gone without a trace
	streams    map[key]*stream
	statuses   map[key]status
	sessions   map[key]Session
	prompts    map[key]Prompts
	views      []*View
	triggers   map[string]trigger
	responses  map[string]*response
	tickets    map[string]bool
	sockets    []*socket
	turn       int
	deliveries []*delivery
	acks       []Ack
	lost       []string
	calls      []Call
	breaches   []string
	rings      []Ring
	planned    map[string][]*Fault
	recent     map[string][]time.Time // calls of a method in the last minute
	posts      map[string][]time.Time // posts to a channel in the last seconds
}

// key names a message, or a thread by its root.
type key struct{ channel, ts string }

// New starts a workspace with the bot and nobody else. Close ends it.
func New(opts Options) (*Workspace, error) {
	if opts.Scopes == nil {
		opts.Scopes = DefaultScopes()
	}
	if opts.Events == nil {
		opts.Events = DefaultEvents()
	}
	if opts.PingEvery == 0 {
		opts.PingEvery = 5 * time.Second
	}
	if opts.BotName == "" {
		opts.BotName = "footnote"
	}
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Clock == nil {
		opts.Clock = new(Clock)
	}
	listener, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the bot: %w", err)
	}
	w := &Workspace{
		opts: opts, clock: opts.Clock, log: opts.Log, methods: methods(), addr: listener.Addr().String(),
		changed: make(chan struct{}), users: map[string]*User{}, groups: map[string][]string{},
		channels: map[string]*Channel{}, history: map[string][]*Message{}, deleted: map[key]bool{},
		streams: map[key]*stream{}, statuses: map[key]status{}, sessions: map[key]Session{},
		prompts: map[key]Prompts{}, triggers: map[string]trigger{}, responses: map[string]*response{},
		tickets: map[string]bool{}, planned: map[string][]*Fault{},
		recent: map[string][]time.Time{}, posts: map[string][]time.Time{},
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.users[BotUserID] = &User{ID: BotUserID, Name: opts.BotName, RealName: opts.BotName, Team: TeamID, IsBot: true}
	w.users["USLACKBOT"] = &User{ID: "USLACKBOT", Name: "slackbot", RealName: "Slackbot", Team: TeamID}
	w.server = &http.Server{Handler: http.HandlerFunc(w.route), ReadHeaderTimeout: 10 * time.Second}
	w.running.Go(func() { _ = w.server.Serve(listener) })
	w.running.Go(w.carry)
	return w, nil
}

// Close ends the server, the sockets and every goroutine.
func (w *Workspace) Close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	w.cancel()
	for _, s := range w.sockets {
		s.cut()
	}
	w.mu.Unlock()
	_ = w.server.Close()
	w.running.Wait()
}

// URL returns the base of the Web API, with the slash at its end that clients want.
func (w *Workspace) URL() string { return "http://" + w.addr + "/api/" }

// BotToken returns the token for the Web API.
func (*Workspace) BotToken() string { return "xoxb-" + "fake-bot" }

// AppToken returns the token that opens sockets.
func (*Workspace) AppToken() string { return "xapp-" + "1-" + AppID + "-fake-app" }

// Serve gives h every request that is not Slack's. It is for the web page, and must
// be called before the first such request.
func (w *Workspace) Serve(h http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages = h
}

func (w *Workspace) route(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.running.Add(1)
	pages := w.pages
	w.mu.Unlock()
	defer w.running.Done()
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/"):
		w.serveMethod(rw, r, strings.TrimPrefix(path, "/api/"))
	case path == "/link/":
		w.serveSocket(rw, r)
	case strings.HasPrefix(path, "/response/"):
		w.serveResponse(rw, r, strings.TrimPrefix(path, "/response/"))
	default:
		if pages == nil {
			pages = http.NotFoundHandler()
		}
		pages.ServeHTTP(rw, r)
	}
}

// Wait returns when cond holds, or with ctx's error. It asks again after every change
// in the workspace and on its clock, and holds no lock while it asks.
func (w *Workspace) Wait(ctx context.Context, cond func() bool) error {
	for {
		changed, ticked := w.Changed(), w.clock.ticked()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ticked:
		case <-ctx.Done():
			return fmt.Errorf("wait for the workspace: %w", context.Cause(ctx))
		case <-w.ctx.Done():
			return fmt.Errorf("wait for the workspace: it is closed")
		}
	}
}

// Changed returns a channel that is closed at the next change.
func (w *Workspace) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

func (w *Workspace) broadcast() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// breach records that the app did what Slack would not stand for.
func (w *Workspace) breach(format string, args ...any) {
	w.breaches = append(w.breaches, fmt.Sprintf(format, args...))
}

// Faults returns the app's breaches of protocol so far: unknown arguments, appends
// after the end of a stream, acknowledgements of nothing, and the like.
func (w *Workspace) Faults() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.breaches)
}

// id returns a new id such as Ev000000012.
func (w *Workspace) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%0*d", prefix, 11-len(prefix), w.serial)
}

// ts returns a new message timestamp: seconds and microseconds, unique and rising.
func (w *Workspace) ts() string {
	w.lastTS = max(w.clock.Now().UnixMicro(), w.lastTS+100)
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}
