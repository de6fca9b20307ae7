package slackbot

import (
	"strings"
	"testing"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/slackbot/fakeslack/workspace"
)

// TestFaults: whatever Slack does, a question has exactly one outcome.
func TestFaults(t *testing.T) {
	fail := func(method string, f workspace.Fault) func(*office) {
		return func(o *office) { o.FailNext(method, f) }
	}
	const always = 99
	for _, c := range []struct {
		name     string
		question string
		fault    func(*office)
		want     []string
		calls    map[string]int // of methods, exactly
	}{
		{"no status line", "How long?", fail("assistant.threads.setStatus", workspace.Fault{Error: "missing_scope", Times: always}), []string{"16 weeks"},
			map[string]int{"assistant.threads.setStatus": 1, "reactions.add": 1, "reactions.remove": 1}},
		{"neither status line nor reaction", "How long?", func(o *office) {
			o.FailNext("assistant.threads.setStatus", workspace.Fault{Error: "unknown_method", Times: always})
			o.FailNext("reactions.add", workspace.Fault{Error: "missing_scope", Times: always})
		}, []string{"16 weeks"}, map[string]int{"reactions.remove": 0}},
		{"reacted already", "How long?", func(o *office) {
			o.FailNext("assistant.threads.setStatus", workspace.Fault{Error: "unknown_method", Times: always})
			o.FailNext("reactions.add", workspace.Fault{Error: "already_reacted"})
		}, []string{"16 weeks"}, map[string]int{"reactions.remove": 1}},
		{"blocks rejected", "How long?", fail("chat.postMessage", workspace.Fault{Error: "invalid_blocks"}), []string{"16 weeks", "Leave"}, map[string]int{"chat.postMessage": 2}},
		{"blocks too long", "How long?", fail("chat.postMessage", workspace.Fault{Error: "msg_blocks_too_long"}), []string{"16 weeks"}, nil},
		{"rate limit with a time", "How long?", fail("chat.postMessage", workspace.Fault{Status: 429, RetryAfter: time.Second, Error: "ratelimited"}), []string{"16 weeks"}, nil},
		{"rate limit without a time", "How long?", fail("chat.postMessage", workspace.Fault{Status: 429}), []string{"16 weeks"}, nil},
		{"rate limit as a reply", "How long?", fail("chat.postMessage", workspace.Fault{Error: "rate_limited"}), []string{"16 weeks"}, nil},
		{"posted, but nobody said so", "How long?", fail("chat.postMessage", workspace.Fault{Drop: true, Perform: true}), []string{"16 weeks"}, map[string]int{"chat.postMessage": 1}},
		{"not posted, and nobody said so", "How long?", fail("chat.postMessage", workspace.Fault{Drop: true}), []string{"16 weeks"}, map[string]int{"chat.postMessage": 2}},
		{"posted, but Slack says that something broke", "How long?", fail("chat.postMessage", workspace.Fault{Error: "internal_error", Perform: true}), []string{"16 weeks"}, map[string]int{"chat.postMessage": 1}},
		{"something broke before it was posted", "How long?", fail("chat.postMessage", workspace.Fault{Error: "fatal_error"}), []string{"16 weeks"}, map[string]int{"chat.postMessage": 2}},
		{"overloaded for a while", "How long?", func(o *office) {
			o.opt.Again = 50 * time.Millisecond
			o.FailNext("chat.postMessage", workspace.Fault{Error: "service_unavailable", Times: 3})
		}, []string{"16 weeks"}, map[string]int{"chat.postMessage": 4}},
		{"server error", "How long?", fail("chat.postMessage", workspace.Fault{Status: 500}), []string{"16 weeks"}, nil},
		{"no streams here", "write", fail("chat.startStream", workspace.Fault{Error: "unknown_method", Times: always}), []string{"16 weeks", "full pay", "Every parent"},
			map[string]int{"chat.startStream": 1, "chat.postMessage": 1}},
		{"no recipient", "write", fail("chat.startStream", workspace.Fault{Error: "missing_recipient_team_id"}), []string{"16 weeks", "Every parent"}, nil},
		{"stream begun, but nobody said so", "write", fail("chat.startStream", workspace.Fault{Drop: true, Perform: true}), []string{"16 weeks", "Every parent", "Sources"}, nil},
		{"stream not begun, and nobody said so", "write", fail("chat.startStream", workspace.Fault{Drop: true}), []string{"16 weeks", "Every parent", "Sources"}, nil},
		{"stream ended by Slack", "write", fail("chat.stopStream", workspace.Fault{Error: "message_not_in_streaming_state"}), []string{"16 weeks", "Every parent", "Sources"},
			map[string]int{"chat.update": 1}},
		{"stream finished, but nobody said so", "write", fail("chat.stopStream", workspace.Fault{Drop: true, Perform: true}), []string{"16 weeks", "Every parent", "Sources"}, nil},
		{"stream refuses its end", "write", fail("chat.stopStream", workspace.Fault{Error: "invalid_blocks"}), []string{"16 weeks", "Every parent", "Sources"}, nil},
		{"Slack is out of reach for a while", "How long?", func(o *office) {
			o.opt.Again = 50 * time.Millisecond
			o.FailNext("chat.postMessage", workspace.Fault{Drop: true, Times: 5})
		}, []string{"16 weeks"}, nil},
		{"Slack is out of reach, and one message has got there", "write", func(o *office) {
			o.opt.Again = 50 * time.Millisecond
			o.FailNext("chat.startStream", workspace.Fault{Error: "unknown_method"})
			o.FailNext("conversations.replies", workspace.Fault{Drop: true, Times: 12})
			o.FailNext("chat.postMessage", workspace.Fault{Drop: true, Perform: true})
		}, []string{"16 weeks", "Every parent"}, map[string]int{"chat.postMessage": 1}},
		{"an error that nobody has heard of", "How long?", fail("chat.postMessage", workspace.Fault{Error: "gremlins"}), []string{"16 weeks"}, map[string]int{"chat.postMessage": 2}},
		{"thread cannot be read", "How long?", fail("conversations.replies", workspace.Fault{Error: "missing_scope", Times: always}), []string{"16 weeks"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := openOffice(t, c.fault)
			root, err := o.Say(o.ann, o.help, "", "Hello everybody")
			if err != nil {
				t.Fatal(err)
			}
			if c.calls["reactions.add"]+c.calls["reactions.remove"] > 0 { // an answer at once needs no status
				o.shelf.gate = make(chan struct{})
			}
			o.mentionIn(root, c.question)
			if o.shelf.gate != nil {
				o.until("there is a reaction", func() bool { return len(o.Calls("reactions.add")) > 0 })
				o.shelf.gate <- struct{}{}
			}
			m := o.one(o.help, root)
			o.want(m, c.want...)
			o.until("the bot has done everything", o.bot.queue.quiet)
			for method, n := range c.calls {
				if got := len(o.Calls(method)); got != n {
					t.Errorf("%d calls of %s, want %d", got, method, n)
				}
			}
			if s := o.Status(o.help, root); s != "" {
				t.Errorf("the status is still %q", s)
			}
			if strings.Contains(o.log.String(), "16 weeks") || strings.Contains(o.log.String(), o.BotToken()) {
				t.Error("the log holds an answer or a token")
			}
		})
	}
}

// Where a channel takes no message at all, who asked is told in a direct message.
func TestArchivedChannel(t *testing.T) {
	for _, fault := range []workspace.Fault{{Error: "is_archived"}, {Error: "gremlins", Times: 2}} {
		o := openOffice(t, func(o *office) { o.FailNext("chat.postMessage", fault) })
		o.mention("How long?")
		dm := o.DM(o.ann)
		o.until("she is told in a direct message", func() bool { return len(o.Messages(dm)) == 1 })
		o.want(o.Messages(dm)[0], "I could not answer in", o.help)
	}
}

// If the direct message fails too, it is tried again: nobody is left without a word.
func TestNowhereToAnswer(t *testing.T) {
	o := openOffice(t, func(o *office) {
		o.opt.Again = 50 * time.Millisecond
		o.FailNext("chat.postMessage", workspace.Fault{Error: "is_archived"})
		o.FailNext("chat.postMessage", workspace.Fault{Drop: true})
		o.FailNext("chat.postMessage", workspace.Fault{Error: "is_archived"})
	})
	ts := o.mention("How long?")
	dm := o.DM(o.ann)
	o.until("she is told", func() bool { return len(o.Messages(dm)) == 1 })
	if all := o.settled(o.help, ts); len(all) > 0 {
		t.Errorf("posted: %+v", all)
	}
}

// What only one person may see is tried again if it was certainly not shown, and never
// if it may have been.
func TestCommandFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault workspace.Fault
		want  int
	}{
		{"not now", workspace.Fault{Error: "service_unavailable", Times: 2}, 1},
		{"nobody knows", workspace.Fault{Drop: true}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := openOffice(t, func(o *office) {
				o.opt.Again = 50 * time.Millisecond
				o.FailNext("response_url", c.fault)
				o.FailNext("chat.postEphemeral", c.fault)
			})
			if err := o.Slash(o.ann, o.help, "/ask", "How long is leave?"); err != nil {
				t.Fatal(err)
			}
			o.until("the bot has done everything", func() bool { return o.Pending() == 0 && o.bot.queue.quiet() })
			n := 0
			for _, m := range o.Ephemeral(o.ann, o.help) {
				if strings.Contains(shows(m), "16 weeks") {
					n++
				}
			}
			if n != c.want {
				t.Errorf("she sees %d answers, want %d", n, c.want)
			}
			if strings.Contains(o.log.String(), "/response/") {
				t.Error("the log holds an address at which anybody can answer")
			}
		})
	}
}

// A thread that is gone when the bot starts again leaves nothing to do.
func TestThreadGoneMeanwhile(t *testing.T) {
	o := openOffice(t, func(o *office) {
		request := `{"Team":"T1","Channel":"` + o.help + `","User":"` + o.ann + `","TS":"1.2","Thread":"1.2","Text":"How long?","Via":"mention"}`
		if _, err := o.db.AddDelivery(o.Context(), db.Delivery{Key: "T1/" + o.help + "/1.2", Channel: o.help, Thread: "1.2", At: time.Now(), State: db.Posting, Request: []byte(request)}); err != nil {
			o.Fatal(err)
		}
	})
	o.settled(o.help, "1.2")
	if n := len(o.shelf.questions()); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// Nobody who did not ask the bot is told that it is busy.
func TestBusyInSilence(t *testing.T) {
	gate := make(chan struct{})
	o := openOffice(t, func(o *office) {
		o.shelf.gate, o.opt.PerUser = gate, 1
		o.opt.Rules = config.Slack{Listed: true, Channels: map[string]config.Channel{o.help: {All: true, AutoReply: config.AutoReplyAll, Guests: true}}}
	})
	for range 3 {
		if _, err := o.Say(o.ann, o.help, "", "Lunch at noon"); err != nil {
			t.Fatal(err)
		}
	}
	o.until("one is asked, and the others are heard", func() bool { return len(o.shelf.questions()) == 1 && o.Pending() == 0 })
	close(gate)
	o.until("all have an outcome", o.idle)
	n := 0
	for _, m := range o.Messages(o.help) {
		if m.User == workspace.BotUserID {
			n++
		}
	}
	if n > 1 {
		t.Errorf("%d messages of the bot, want at most the answer", n)
	}
}

// Told to stop, the bot does not outlast its time by waiting for Slack.
func TestDrainIsALimit(t *testing.T) {
	o := openOffice(t, func(o *office) {
		o.opt.Drain = 50 * time.Millisecond
		o.FailNext("chat.postMessage", workspace.Fault{Status: 429, RetryAfter: time.Minute, Error: "ratelimited", Times: 9})
	})
	o.mention("How long?")
	o.until("it is being posted", func() bool { return len(o.Calls("chat.postMessage")) == 1 })
	o.stop() // the test would time out
	if open, err := o.db.OpenDeliveries(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("open: %v, %v: the question is for the next start", open, err)
	}
}

// A question that is deleted while it waits gets nothing, not even a refusal.
func TestDeletedWhileItWaits(t *testing.T) {
	gate := make(chan struct{})
	o := openOffice(t, func(o *office) { o.shelf.gate, o.opt.Workers = gate, 1 })
	first := o.mention("How long?")
	o.until("the first is asked", func() bool { return len(o.shelf.questions()) == 1 })
	second := o.mention("How long?")
	o.until("the second is heard", func() bool { return o.Pending() == 0 })
	if err := o.Delete(o.ann, o.help, second); err != nil {
		t.Fatal(err)
	}
	o.until("it is heard that it is deleted", func() bool { return o.Pending() == 0 })
	gate <- struct{}{}
	o.one(o.help, first)
	if all := o.replies(o.help, second); len(all) > 0 {
		t.Errorf("posted: %+v", all)
	}
	if n := len(o.shelf.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestDeletedQuestion(t *testing.T) {
	for _, question := range []string{"How long?", "write"} {
		t.Run(question, func(t *testing.T) {
			gate := make(chan struct{})
			o := openOffice(t, func(o *office) { o.shelf.gate = gate })
			root, err := o.Say(o.ann, o.help, "", "Hello everybody")
			if err != nil {
				t.Fatal(err)
			}
			ts := o.mentionIn(root, question)
			if question == "write" {
				gate <- struct{}{}
				o.until("it is streamed", func() bool { return len(o.replies(o.help, root)) == 1 })
			} else {
				o.until("it is asked", func() bool { return len(o.shelf.questions()) == 1 })
			}
			if err := o.Delete(o.ann, o.help, ts); err != nil {
				t.Fatal(err)
			}
			if all := o.settled(o.help, root); len(all) != 0 {
				t.Errorf("%d replies stay", len(all))
			}
		})
	}
}

// Where the app is not told of deleted messages, Slack would have a reply to one
// land in the channel.
func TestDeletedThread(t *testing.T) {
	gate := make(chan struct{})
	scopes, _ := Needs(config.Slack{})
	o := openOfficeIn(t, workspace.Options{Scopes: scopes, Events: []string{"app_mention"}}, func(o *office) { o.shelf.gate = gate })
	ts := o.mention("How long?")
	o.until("it is asked", func() bool { return len(o.shelf.questions()) == 1 })
	if err := o.Delete(o.ann, o.help, ts); err != nil {
		t.Fatal(err)
	}
	gate <- struct{}{}
	o.settled(o.help, ts)
	if all := o.Messages(o.help); len(all) != 0 {
		t.Errorf("a stray message stays: %+v", all)
	}
	if n := len(o.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d posts, want one that is taken back", n)
	}
}

func TestStopButton(t *testing.T) {
	gate := make(chan struct{})
	o := openOffice(t, func(o *office) { o.shelf.gate = gate })
	ts := o.mention("write")
	gate <- struct{}{}
	o.until("it is streamed", func() bool { return len(o.replies(o.help, ts)) == 1 })
	if err := o.Stop(o.ann, o.help, o.replies(o.help, ts)[0].TS); err != nil {
		t.Fatal(err)
	}
	m := o.one(o.help, ts)
	o.want(m, "16 weeks", "cancelled")
	if strings.Contains(shows(m), "Every parent takes it") {
		t.Errorf("it went on: %s", shows(m))
	}
}

// Events come again after a socket breaks, and before anybody knows that they were
// acknowledged: each question is answered once.
func TestEventsTwice(t *testing.T) {
	gate := make(chan struct{})
	o := openOffice(t, func(o *office) { o.shelf.gate = gate })
	var last time.Time
	again := func() { // now and then, or nothing else gets through
		if time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			o.Redeliver()
		}
	}
	once := func(ts string) {
		t.Helper()
		o.until("every event is acknowledged", func() bool {
			again()
			return o.idle()
		})
		o.one(o.help, ts)
	}
	ts := o.mention("How long?")
	o.until("it is asked", func() bool { return len(o.shelf.questions()) == 1 })
	o.Cut()
	gate <- struct{}{}
	once(ts)
	o.Disconnect("refresh_requested")
	ts = o.mention("How long?")
	o.until("it is asked", func() bool {
		again()
		return len(o.shelf.questions()) == 2
	})
	gate <- struct{}{}
	once(ts)
	if n := len(o.shelf.questions()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}
