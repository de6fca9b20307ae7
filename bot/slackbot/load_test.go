package slackbot

import (
	"fmt"
	"testing"
	"time"

	"footnote/bot/config"
	"footnote/bot/slackbot/fakeslack/workspace"
)

// rush has 100 people ask at once in ten channels, while the model takes its time,
// and returns what they asked once each has seen a status.
func rush(t testing.TB, o *office) (asked map[string][]string) {
	t.Helper()
	asked = map[string][]string{}
	var people, channels []string
	for i := range 100 {
		people = append(people, o.AddUser(workspace.User{Name: fmt.Sprintf("person%d", i)}))
	}
	for i := range 10 {
		channels = append(channels, o.AddChannel(workspace.Channel{Name: fmt.Sprintf("room%d", i), Members: append([]string{workspace.BotUserID}, people...)}))
	}
	for i, person := range people {
		channel := channels[i%len(channels)]
		ts, err := o.Say(person, channel, "", "<@"+workspace.BotUserID+"> How long is leave?")
		if err != nil {
			t.Fatal(err)
		}
		asked[channel] = append(asked[channel], ts)
	}
	o.until("everybody sees a status", func() bool {
		for channel, all := range asked {
			for _, ts := range all {
				if o.Status(channel, ts) == "" {
					return false
				}
			}
		}
		return true
	})
	return asked
}

// busy is an office whose model answers nothing until its gate is closed, in a Slack
// that counts.
func busy(t testing.TB) (o *office, gate chan struct{}) {
	gate = make(chan struct{})
	scopes, events := Needs(config.Slack{})
	return openOfficeIn(t, workspace.Options{Scopes: scopes, Events: events, RateLimits: true}, func(o *office) { o.shelf.gate = gate }), gate
}

// TestRush: 100 questions in one second each get a status and then one answer, and
// none of Slack's limits is exceeded.
func TestRush(t *testing.T) {
	o, gate := busy(t)
	asked := rush(t, o)
	if n := len(o.shelf.questions()); n != 4 {
		t.Errorf("%d questions are being answered at once, want 4", n)
	}
	close(gate)
	o.until("everybody has an outcome", o.idle)
	for channel, all := range asked {
		for _, ts := range all {
			if replies := o.replies(channel, ts); len(replies) != 1 {
				t.Errorf("%d replies", len(replies))
			} else {
				o.want(replies[0], "16 weeks")
			}
			if s := o.Status(channel, ts); s != "" {
				t.Errorf("the status is still %q", s)
			}
		}
	}
	for _, c := range o.Calls("") {
		if c.Error != "" {
			t.Errorf("%s: %s", c.Method, c.Error)
		}
	}
}

// More questions than fit get an answer that says so, one person's and everybody's.
func TestTooMany(t *testing.T) {
	gate := make(chan struct{})
	o := openOffice(t, func(o *office) { o.shelf.gate, o.opt.PerUser, o.opt.Waiting, o.opt.Workers = gate, 2, 3, 1 })
	var asked []string
	ask := func(person string) {
		ts, err := o.Say(person, o.help, "", "<@"+workspace.BotUserID+"> How long is leave?")
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, ts)
		o.until("it is heard", func() bool { return o.Pending() == 0 })
	}
	for range 3 {
		ask(o.ann) // one is being answered, one waits, one is too many
	}
	for i := range 4 {
		somebody := o.AddUser(workspace.User{Name: fmt.Sprint("person", i)})
		o.SetChannel(o.help, func(c *workspace.Channel) { c.Members = append(c.Members, somebody) })
		ask(somebody)
	}
	o.until("she is told", func() bool { return len(o.replies(o.help, asked[2])) == 1 })
	o.want(o.replies(o.help, asked[2])[0], busyYou)
	o.until("two more are told", func() bool { return len(o.replies(o.help, asked[5]))+len(o.replies(o.help, asked[6])) == 2 })
	o.want(o.replies(o.help, asked[6])[0], busyAll)
	close(gate)
	for _, ts := range asked {
		o.one(o.help, ts)
	}
}

// BenchmarkRush reports how long Slack waits for the slowest acknowledgement while
// 100 people ask at once: Slack gives up after 3 s.
func BenchmarkRush(b *testing.B) {
	for b.Loop() {
		o, gate := busy(b)
		rush(b, o)
		slowest := time.Duration(0)
		for _, a := range o.Acks() {
			slowest = max(slowest, a.Latency)
		}
		close(gate)
		b.ReportMetric(float64(slowest.Microseconds())/1000, "ms/slowest-ack")
	}
}
