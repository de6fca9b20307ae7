// Package page is a web page on which people use a fake workspace: read its channels,
// ask the bot, press its buttons. It is for looking at our own answers.
package page

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"footnote/bot/slackbot/fakeslack/workspace"
)

//go:embed index.html page.css *.js
var files embed.FS

// policy keeps the page to its own files, whatever a message holds.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// New returns the page of w. It answers only requests to a loopback name, and none
// that another site's page sends.
func New(w *workspace.Workspace) http.Handler {
	p := &page{w}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /page/state", p.follow)
	mux.HandleFunc("POST /page/do", p.act)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(rw, "only for this machine", http.StatusForbidden)
			return
		}
		rw.Header().Set("Content-Security-Policy", policy)
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		rw.Header().Set("Cache-Control", "no-store")
		guarded.ServeHTTP(rw, r)
	})
}

type page struct{ w *workspace.Workspace }

// follow sends what one user sees as server-sent events: at once, after changes, and
// every few seconds because a status ends by itself.
func (p *page) follow(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(rw)
	tick := time.NewTicker(3 * time.Second)
	defer tick.Stop()
	for {
		changed := p.w.Changed()
		data, err := json.Marshal(p.see(r.URL.Query().Get("user")))
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(rw, "data: %s\n\n", data); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// view is what one user sees, and what goes over the wire.
type view struct {
	Me       string                       `json:"me"`
	Bot      string                       `json:"bot"`
	Users    []workspace.User             `json:"users"`
	Channels []workspace.Channel          `json:"channels"` // the user's
	Messages map[string][]shown           `json:"messages"` // by channel, what only the user sees among them
	Status   map[string]string            `json:"status"`   // by channel and thread, with a space between
	Prompts  map[string]workspace.Prompts `json:"prompts"`  // likewise
	Modals   []workspace.View             `json:"modals"`   // the user's open ones
	Wire     wire                         `json:"wire"`
}

// shown is a message with what the API hides and the page shows.
type shown struct {
	workspace.Message
	Channel string `json:"channel"`
	Only    string `json:"only,omitempty"`
	Plain   bool   `json:"plain,omitempty"`
	Busy    bool   `json:"busy,omitempty"` // the root of an agent session that is processing
}

// wire is what a developer wants to know of the traffic.
type wire struct {
	Sockets int              `json:"sockets"`
	Pending int              `json:"pending"`
	Acks    []string         `json:"acks"`
	Faults  []string         `json:"faults"`
	Lost    []string         `json:"lost"`
	Rings   []workspace.Ring `json:"rings"`
	Failed  []string         `json:"failed"` // calls that Slack refused
}

func (p *page) see(user string) view {
	v := view{
		Me: user, Bot: workspace.BotUserID, Users: p.w.Users(), Messages: map[string][]shown{},
		Status: map[string]string{}, Prompts: map[string]workspace.Prompts{}, Modals: p.w.OpenViews(user), Wire: p.wire(),
	}
	for _, c := range p.w.Channels() {
		if !slices.Contains(c.Members, user) {
			continue
		}
		v.Channels = append(v.Channels, c)
		p.fill(&v, c.ID)
	}
	return v
}

// fill adds the messages of a channel and what is shown beside its threads.
func (p *page) fill(v *view, channel string) {
	for _, m := range slices.Concat(p.w.Messages(channel), p.w.Ephemeral(v.Me, channel)) {
		busy := p.w.Session(channel, m.TS).Status == "processing"
		v.Messages[channel] = append(v.Messages[channel], shown{m, channel, m.Only, m.Plain, busy})
	}
	slices.SortStableFunc(v.Messages[channel], func(a, b shown) int { return strings.Compare(a.TS, b.TS) })
	roots := []string{""}
	for _, m := range v.Messages[channel] {
		if m.ThreadTS == "" || m.ThreadTS == m.TS {
			roots = append(roots, m.TS)
		}
	}
	for _, root := range roots {
		if s := p.w.Status(channel, root); s != "" {
			v.Status[channel+" "+root] = s
		}
		if s := p.w.Suggested(channel, root); len(s.Prompts) > 0 {
			v.Prompts[channel+" "+root] = s
		}
	}
}

func (p *page) wire() wire {
	w := wire{
		Sockets: p.w.Sockets(), Pending: p.w.Pending(), Faults: p.w.Faults(), Lost: p.w.Lost(), Rings: p.w.Rings(),
	}
	for _, a := range last(p.w.Acks()) {
		w.Acks = append(w.Acks, fmt.Sprintf("%s in %s", a.Event, a.Latency.Round(100*time.Microsecond)))
	}
	for _, c := range p.w.Calls("") {
		if c.Error != "" {
			w.Failed = append(w.Failed, c.Method+": "+c.Error)
		}
	}
	w.Failed = last(w.Failed)
	return w
}

// last returns the last twelve of items.
func last[T any](items []T) []T { return items[max(0, len(items)-12):] }

// deed is one thing a person does.
type deed struct {
	Do      string            `json:"do"`
	User    string            `json:"user"`
	Channel string            `json:"channel"`
	TS      string            `json:"ts"`
	Thread  string            `json:"thread"`
	Text    string            `json:"text"`
	Action  string            `json:"action"`
	Value   string            `json:"value"`
	View    string            `json:"view"`
	Values  map[string]string `json:"values"`
}

func (p *page) act(rw http.ResponseWriter, r *http.Request) {
	var d deed
	if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 1<<20)).Decode(&d); err != nil {
		http.Error(rw, "not a deed: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := p.do(d); err != nil {
		http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

func (p *page) do(d deed) error {
	switch d.Do {
	case "say":
		return p.say(d)
	case "edit":
		return p.w.Edit(d.User, d.Channel, d.TS, p.carried(d.Text))
	case "delete":
		return p.w.Delete(d.User, d.Channel, d.TS)
	case "react":
		return p.w.React(d.User, d.Channel, d.TS, d.Text)
	case "click":
		return p.w.Click(d.User, d.Channel, d.TS, d.Action, d.Value)
	case "submit":
		return p.w.Submit(d.User, d.View, d.Values)
	case "close":
		return p.w.CloseView(d.User, d.View)
	case "stop":
		return p.w.Stop(d.User, d.Channel, d.TS)
	case "upload":
		_, err := p.w.Upload(d.User, d.Channel, d.Thread, p.carried(d.Text), "notes.pdf")
		return err
	case "home":
		p.w.OpenHome(d.User)
	case "panel":
		p.w.OpenPanel(d.User, d.Channel)
	case "invite":
		p.w.SetChannel(d.Channel, func(c *workspace.Channel) { c.Members = append(c.Members, workspace.BotUserID) })
	case "share":
		p.w.SetChannel(d.Channel, func(c *workspace.Channel) { c.ExtShared = !c.ExtShared })
	case "archive":
		p.w.SetChannel(d.Channel, func(c *workspace.Channel) { c.Archived = !c.Archived })
	case "redeliver":
		p.w.Redeliver()
	case "cut":
		p.w.Cut()
	case "refresh":
		p.w.Disconnect("refresh_requested")
	default:
		return fmt.Errorf("nobody can %q", d.Do)
	}
	return nil
}

// say posts, or runs the command when the text begins with a slash.
func (p *page) say(d deed) error {
	if command, text, _ := strings.Cut(d.Text, " "); strings.HasPrefix(command, "/") {
		if d.Thread != "" {
			return errors.New("commands do not work in threads")
		}
		return p.w.Slash(d.User, d.Channel, command, text)
	}
	_, err := p.w.Say(d.User, d.Channel, d.Thread, p.carried(d.Text))
	return err
}

var atName = regexp.MustCompile(`@([a-z][a-z0-9._-]*[a-z0-9])`)

// carried returns what a person typed as Slack carries it: escaped, @name as a mention.
func (p *page) carried(typed string) string {
	ids := map[string]string{}
	for _, u := range p.w.Users() {
		ids[u.Name] = u.ID
	}
	return atName.ReplaceAllStringFunc(workspace.Escape(typed), func(at string) string {
		switch name := at[1:]; {
		case name == "here" || name == "channel" || name == "everyone":
			return "<!" + name + ">"
		case ids[name] != "":
			return "<@" + ids[name] + ">"
		}
		return at
	})
}
