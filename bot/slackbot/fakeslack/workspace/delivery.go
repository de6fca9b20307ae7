package workspace

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// ackWithin is how long Slack waits for an acknowledgement.
const ackWithin = 3 * time.Second

// maxAck is the size from which Slack drops an acknowledgement without a word.
const maxAck = 20 * 1024

// retryAfter returns how long Slack waits, after the deadline of a delivery, before
// the given retry: at once, a minute, five minutes.
func retryAfter(retry int) time.Duration {
	return []time.Duration{0, time.Minute, 5 * time.Minute}[retry-1]
}

// delivery is one thing the app is told, and where it stands.
type delivery struct {
	kind    string // events_api, interactive or slash_commands
	eventID string
	event   string // the event's type, or the interaction's, or the command
	payload map[string]any
	answer  func(payload map[string]any) // takes what came with the acknowledgement
	failed  func()                       // tells the user that nobody acknowledged

	attempt  int // 0, then 1..3 for retries
	reason   string
	envelope string    // of the attempt under way; "" while waiting for the next
	sent     time.Time // by the machine's clock
	due      time.Time // when the attempt fails or the next begins, by the workspace's clock
	done     bool
}

// Ack is one acknowledgement.
type Ack struct {
	EnvelopeID string
	Kind       string // events_api, interactive or slash_commands
	Event      string // app_mention, message, block_actions, /ask, …
	EventID    string
	Attempt    int
	Latency    time.Duration // by the machine's clock, from the frame's sending
	Payload    json.RawMessage
}

// deliver tells the app, now if a socket is open.
func (w *Workspace) deliver(d *delivery) {
	w.deliveries = append(w.deliveries, d)
	w.try(d)
}

// try makes one attempt.
func (w *Workspace) try(d *delivery) {
	s := w.nextSocket()
	d.due = w.clock.Now()
	if s == nil {
		w.missed(d, "connection_failed")
		return
	}
	d.envelope = fmt.Sprintf("%08d-0000-4000-8000-%012d", w.serial, d.attempt)
	w.serial++
	envelope := map[string]any{
		"envelope_id": d.envelope, "type": d.kind, "payload": d.payload, "accepts_response_payload": d.answer != nil,
	}
	if d.kind == "events_api" {
		envelope["retry_attempt"], envelope["retry_reason"] = d.attempt, d.reason
	}
	d.sent, d.due = time.Now(), d.due.Add(ackWithin)
	s.send(json.RawMessage(asJSON(envelope)))
}

// missed ends an attempt that was not acknowledged and plans the next. Only events are
// sent again; for a click or a command the user sees an error.
func (w *Workspace) missed(d *delivery, reason string) {
	d.envelope = ""
	if d.kind != "events_api" || d.attempt == 3 {
		d.done = true
		w.lost = append(w.lost, d.kind+" "+d.event+" "+d.eventID)
		if d.failed != nil {
			d.failed()
		}
		return
	}
	d.attempt++
	d.reason = reason
	d.due = d.due.Add(retryAfter(d.attempt))
}

// carry makes the attempts whose time has come, until the workspace closes.
func (w *Workspace) carry() {
	for {
		changed, ticked := w.Changed(), w.clock.ticked()
		next := w.sweep()
		var alarm <-chan time.Time
		free := func() bool { return true }
		if !next.IsZero() {
			alarm, free = w.clock.until(next)
		}
		select {
		case <-changed:
		case <-ticked:
		case <-alarm:
		case <-w.ctx.Done():
			free()
			return
		}
		free()
	}
}

// sweep does what is due and returns when something is due next, or zero.
func (w *Workspace) sweep() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	next, acted := w.carryOn(w.clock.Now())
	nextStatus, ended := w.endStatuses(w.clock.Now())
	if acted || ended {
		w.broadcast()
	}
	if next.IsZero() || !nextStatus.IsZero() && nextStatus.Before(next) {
		return nextStatus
	}
	return next
}

// carryOn makes the attempts that are due. It returns when the next one is, and whether
// it did anything.
func (w *Workspace) carryOn(now time.Time) (next time.Time, acted bool) {
	for _, d := range slices.Clone(w.deliveries) {
		for !d.done && !d.due.After(now) {
			acted = true
			if d.envelope != "" {
				w.missed(d, "timeout")
			} else {
				w.try(d)
			}
		}
		if !d.done && (next.IsZero() || d.due.Before(next)) {
			next = d.due
		}
	}
	w.deliveries = slices.DeleteFunc(w.deliveries, func(d *delivery) bool { return d.done })
	return next, acted
}

// acknowledge takes a frame from the app.
func (w *Workspace) acknowledge(frame []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.broadcast()
	if err := json.Unmarshal(frame, &ack); err != nil || ack.EnvelopeID == "" {
		w.breach("socket: a frame that acknowledges nothing")
		return
	}
	if len(frame) >= maxAck {
		w.breach("socket: an acknowledgement of %d bytes is dropped; the limit is %d", len(frame), maxAck)
		return
	}
	i := slices.IndexFunc(w.deliveries, func(d *delivery) bool { return d.envelope == ack.EnvelopeID })
	if i < 0 {
		if !slices.ContainsFunc(w.acks, func(a Ack) bool { return a.EnvelopeID == ack.EnvelopeID }) {
			w.log.Debug("late acknowledgement", "envelope", ack.EnvelopeID)
			return
		}
		w.breach("socket: envelope %s acknowledged twice", ack.EnvelopeID)
		return
	}
	d := w.deliveries[i]
	d.done = true
	w.deliveries = slices.Delete(w.deliveries, i, i+1)
	w.acks = append(w.acks, Ack{
		EnvelopeID: ack.EnvelopeID, Kind: d.kind, Event: d.event, EventID: d.eventID, Attempt: d.attempt,
		Latency: time.Since(d.sent), Payload: ack.Payload,
	})
	if d.answer == nil {
		return
	}
	payload := map[string]any{}
	if len(ack.Payload) > 0 && json.Unmarshal(ack.Payload, &payload) != nil {
		w.breach("socket: the payload of an acknowledgement is no JSON object")
		return
	}
	d.answer(payload)
}

// Acks returns the acknowledgements so far, oldest first.
func (w *Workspace) Acks() []Ack {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.acks)
}

// Lost names what was never acknowledged: events after their last retry, and clicks
// and commands after 3 seconds. Each is kind, type and event id.
func (w *Workspace) Lost() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lost)
}

// Pending returns how many deliveries wait for an acknowledgement or a retry.
func (w *Workspace) Pending() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.deliveries)
}

// Redeliver sends every unacknowledged event again now, as a retry, and returns how
// many there were.
func (w *Workspace) Redeliver() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, d := range w.deliveries {
		if d.kind != "events_api" || d.done {
			continue
		}
		if d.envelope != "" {
			w.missed(d, "timeout")
		}
		if !d.done {
			w.try(d)
			n++
		}
	}
	w.broadcast()
	return n
}

// Replay delivers a raw Events API callback as it stands, for recorded payloads.
func (w *Workspace) Replay(callback map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	event, _ := callback["event"].(map[string]any)
	name, _ := event["type"].(string)
	id, _ := callback["event_id"].(string)
	w.deliver(&delivery{kind: "events_api", event: name, eventID: id, payload: callback})
	w.broadcast()
}
