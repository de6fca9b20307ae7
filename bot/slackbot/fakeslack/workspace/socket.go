package workspace

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// maxSockets is how many connections Slack lets one app have.
const maxSockets = 10

// socket is one open connection of Socket Mode.
type socket struct {
	conn     *websocket.Conn
	out      chan any
	gone     chan struct{}
	goneOnce sync.Once
	draining bool // told to reconnect: gets nothing new
}

// send queues a frame. A connection that does not take its frames is cut.
func (s *socket) send(frame any) {
	select {
	case s.out <- frame:
	default:
		s.cut()
	}
}

// cut ends the connection with no close frame, as a broken network does.
func (s *socket) cut() {
	s.goneOnce.Do(func() { close(s.gone) })
	_ = s.conn.NetConn().Close()
}

// openConnection is apps.connections.open.
func openConnection(w *Workspace, c *call) (reply, error) {
	ticket := w.id("ticket-")
	w.tickets[ticket] = true
	return reply{"url": "ws://" + w.addr + "/link/?ticket=" + ticket + "&app_id=" + AppID}, nil
}

// serveSocket upgrades one connection and serves it to its end. A ticket is good once.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	known := w.tickets[ticket]
	delete(w.tickets, ticket)
	full := len(w.sockets) >= maxSockets
	w.mu.Unlock()
	if !known {
		http.Error(rw, "the ticket is used or unknown", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	s := &socket{conn: conn, out: make(chan any, 1024), gone: make(chan struct{})}
	if full {
		_ = conn.WriteJSON(map[string]any{"type": "disconnect", "reason": "too_many_websockets"})
		s.cut()
		return
	}
	life := 18060
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = 360
	}
	w.attach(s, life)
	w.running.Go(func() { s.write(w.opts.PingEvery) })
	w.read(s)
}

// attach greets a new connection and lets events go to it.
func (w *Workspace) attach(s *socket, life int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets = append(w.sockets, s)
	s.send(map[string]any{
		"type": "hello", "num_connections": len(w.sockets),
		"debug_info":      map[string]any{"host": "applink-fake", "build_number": 1, "approximate_connection_time": life},
		"connection_info": map[string]any{"app_id": AppID},
	})
	if w.closed {
		s.cut()
	}
	w.broadcast()
}

// write sends the queued frames and pings until the connection is gone.
func (s *socket) write(pingEvery time.Duration) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case frame := <-s.out:
			if s.conn.WriteJSON(frame) != nil {
				s.cut()
				return
			}
		case <-ping.C:
			text := []byte("Ping from applink-fake")
			if s.conn.WriteControl(websocket.PingMessage, text, time.Now().Add(time.Second)) != nil {
				s.cut()
				return
			}
		case <-s.gone:
			return
		}
	}
}

// read takes acknowledgements until the connection ends, then forgets it.
func (w *Workspace) read(s *socket) {
	for {
		_, frame, err := s.conn.ReadMessage()
		if err != nil {
			break
		}
		w.acknowledge(frame)
	}
	s.cut()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets = slices.DeleteFunc(w.sockets, func(o *socket) bool { return o == s })
	w.broadcast()
}

// nextSocket returns the connection whose turn it is, or nil. Slack picks one for each
// event; here they take turns.
func (w *Workspace) nextSocket() *socket {
	var open []*socket
	for _, s := range w.sockets {
		if !s.draining {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return nil
	}
	w.turn++
	return open[w.turn%len(open)]
}

// Sockets returns how many connections are open.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets)
}

// Disconnect tells every connection to go, for a reason such as warning or
// refresh_requested. After any reason but warning they get no more events, and are cut
// when the app has not closed them in 10 seconds.
func (w *Workspace) Disconnect(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets {
		s.send(map[string]any{
			"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-fake"},
		})
		if reason == "warning" || s.draining {
			continue
		}
		s.draining = true
		w.running.Go(func() {
			late := time.NewTimer(10 * time.Second)
			defer late.Stop()
			select {
			case <-late.C:
				s.cut()
			case <-s.gone:
			}
		})
	}
	w.broadcast()
}

// Cut breaks every connection without a word. What was under way on them is sent
// again when its 3 seconds are over.
func (w *Workspace) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets {
		s.cut()
	}
	w.sockets = nil
	w.broadcast()
}
