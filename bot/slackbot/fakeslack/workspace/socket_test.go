package workspace

import (
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestMentionIsToldTwice(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	ts := r.say("", "<@"+BotUserID+"> where is the key?")
	first, second := l.next(), l.next()
	l.ack(first)
	l.ack(second)
	r.wait("both acknowledged", func() bool { return len(r.Acks()) == 2 })
	message, mention := dig(first, "payload", "event"), dig(second, "payload", "event")
	if dig(message, "type") != "message" || dig(mention, "type") != "app_mention" {
		t.Fatalf("got %v and %v", dig(message, "type"), dig(mention, "type"))
	}
	if dig(message, "ts") != ts || dig(mention, "ts") != ts {
		t.Errorf("the two have not the message's ts %s", ts)
	}
	if dig(first, "payload", "event_id") == dig(second, "payload", "event_id") {
		t.Error("the two have one event_id")
	}
	if dig(message, "channel_type") != "channel" || dig(mention, "channel_type") != nil {
		t.Error("channel_type belongs on message alone")
	}
	if got := r.Faults(); got != nil {
		t.Errorf("faults %q", got)
	}
}

func TestRetriesUntilAcknowledged(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	if _, err := r.Say(r.person, r.DM(r.person), "", "hello"); err != nil {
		t.Fatal(err)
	}
	seen := l.next()
	for attempt, wait := range []time.Duration{3 * time.Second, 3*time.Second + time.Minute, 3*time.Second + 5*time.Minute} {
		r.clock.Advance(wait - time.Millisecond)
		r.clock.Advance(time.Millisecond)
		again := l.next()
		if got := dig(again, "retry_attempt"); got != float64(attempt+1) {
			t.Fatalf("retry %d is numbered %v", attempt+1, got)
		}
		if dig(again, "retry_reason") != "timeout" {
			t.Errorf("retry reason %v", dig(again, "retry_reason"))
		}
		if dig(again, "payload", "event_id") != dig(seen, "payload", "event_id") {
			t.Error("a retry changed its event_id")
		}
		if attempt == 2 {
			l.ack(again)
		}
	}
	r.wait("acknowledged", func() bool { return r.Pending() == 0 })
	if got := r.Lost(); got != nil {
		t.Errorf("lost %q", got)
	}
}

func TestEventWithNobodyToTakeItComesLater(t *testing.T) {
	r := newRoom(t)
	r.say("", "<@"+BotUserID+"> anyone?")
	l := r.connect()
	r.clock.Advance(time.Minute)
	e := l.next()
	if got := dig(e, "retry_attempt"); got == float64(0) {
		t.Error("not marked as a retry")
	}
	l.ack(e)
	l.ack(l.next())
	r.wait("acknowledged", func() bool { return r.Pending() == 0 })
}

func TestUnacknowledgedEventIsLostInTheEnd(t *testing.T) {
	r := newRoom(t)
	r.say("", "<@"+BotUserID+"> anyone?")
	for range 4 {
		r.clock.Advance(10 * time.Minute)
		r.wait("the sweep", func() bool { return true })
	}
	r.wait("lost", func() bool { r.clock.Advance(10 * time.Minute); return len(r.Lost()) == 2 })
}

func TestTicketIsGoodOnce(t *testing.T) {
	r := newRoom(t)
	_, body := r.request("apps.connections.open", r.AppToken())
	address := body["url"].(string)
	conn, _, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if again, _, err := websocket.DefaultDialer.Dial(address, nil); err == nil {
		_ = again.Close()
		t.Error("the ticket opened a second socket")
	}
}

func TestEachEventGoesToOneSocket(t *testing.T) {
	r := newRoom(t)
	a, b := r.connect(), r.connect()
	r.say("", "one")
	r.say("", "two")
	texts := []string{}
	for _, l := range []*link{a, b} {
		e := l.next()
		texts = append(texts, dig(e, "payload", "event", "text").(string))
		l.ack(e)
	}
	slices.Sort(texts)
	if !slices.Equal(texts, []string{"one", "two"}) {
		t.Errorf("got %q", texts)
	}
	r.wait("acknowledged", func() bool { return len(r.Acks()) == 2 })
}

func TestElevenSocketsAreTooMany(t *testing.T) {
	r := newRoom(t)
	for range 10 {
		r.connect()
	}
	_, body := r.request("apps.connections.open", r.AppToken())
	conn, _, err := websocket.DefaultDialer.Dial(body["url"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if got := (&link{conn, t}).next(); got["reason"] != "too_many_websockets" {
		t.Errorf("got %v", got)
	}
}

func TestDisconnectAndCut(t *testing.T) {
	r := newRoom(t)
	a := r.connect()
	r.Disconnect("refresh_requested")
	if got := a.next(); got["type"] != "disconnect" || got["reason"] != "refresh_requested" {
		t.Fatalf("got %v", got)
	}
	b := r.connect()
	r.say("", "goes to the new one")
	b.ack(b.next())
	r.Cut()
	if _, _, err := b.ReadMessage(); err == nil {
		t.Error("a cut socket still reads")
	}
	r.wait("no sockets", func() bool { return r.Sockets() == 0 })
}

func TestServerPings(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	pings := make(chan string, 16)
	l.SetPingHandler(func(data string) error {
		select {
		case pings <- data:
		default:
		}
		return nil
	})
	go func() { _, _, _ = l.ReadMessage() }()
	select {
	case <-pings:
	case <-time.After(10 * time.Second):
		t.Error("no ping came")
	}
	_ = l.Close()
}

func TestAcknowledgementsOfNothingAreFaults(t *testing.T) {
	for name, test := range map[string]struct {
		frame map[string]any
		want  int
	}{
		"no envelope": {map[string]any{"type": "what"}, 1},
		"too big":     {map[string]any{"envelope_id": "x", "payload": long(20 * 1024)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			l := r.connect()
			if err := l.WriteJSON(test.frame); err != nil {
				t.Fatal(err)
			}
			r.wait("the fault", func() bool { return len(r.Faults()) == test.want })
		})
	}
}

func TestSecondAcknowledgementIsAFault(t *testing.T) {
	r := newRoom(t)
	l := r.connect()
	r.say("", "hello")
	e := l.next()
	l.ack(e)
	l.ack(e)
	r.wait("the fault", func() bool { return len(r.Faults()) == 1 })
}
