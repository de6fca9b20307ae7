package slackbot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/slackbot/fakeslack/workspace"
)

// told tells whether a person alone has been told something in a channel.
func (o *office) told(person, channel, text string) bool {
	return slices.ContainsFunc(o.Ephemeral(person, channel), func(m workspace.Message) bool { return strings.Contains(m.Text, text) })
}

// ownAnswer has a person ask by command, and returns the answer that she alone sees.
func (o *office) ownAnswer(person, channel string) workspace.Message {
	o.Helper()
	if err := o.Slash(person, channel, "/ask", "How long is leave?"); err != nil {
		o.Fatal(err)
	}
	o.until("she has an answer", func() bool { return o.told(person, channel, "16 weeks") })
	all := o.Ephemeral(person, channel)
	return all[len(all)-1]
}

func (o *office) click(person, channel, ts string, b button) {
	o.Helper()
	if err := o.Click(person, channel, ts, string(b)); err != nil {
		o.Fatal(err)
	}
}

func TestVote(t *testing.T) {
	o := openOffice(t, nil)
	ts := o.mention("How long is leave?")
	m := o.one(o.help, ts)
	votes := func() (all []int, reasons string) {
		kept, err := o.db.AllFeedback(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range kept {
			all, reasons = append(all, f.Vote), reasons+f.Comment
			if f.Question != "How long is leave?" || strings.Contains(f.User, o.ann) || len(f.User) != 32 {
				t.Errorf("kept: %+v", f)
			}
		}
		return all, reasons
	}
	o.click(o.ann, o.help, m.TS, helpful)
	o.until("she is thanked", func() bool { return o.told(o.ann, o.help, thanksHelpful) })
	o.click(o.ann, o.help, m.TS, helpful)         // Slack lets her click again
	o.until("she is thanked again", func() bool { // clicks are acted on at the same time
		thanks := 0
		for _, m := range o.Ephemeral(o.ann, o.help) {
			if strings.Contains(m.Text, thanksHelpful) {
				thanks++
			}
		}
		return thanks == 2
	})
	o.click(o.ann, o.help, m.TS, unhelpful)
	o.until("she is asked why", func() bool { return len(o.OpenViews(o.ann)) == 1 })
	o.until("her vote is noted", func() bool { return o.told(o.ann, o.help, thanksUnhelpful) })
	if err := o.Submit(o.ann, o.OpenViews(o.ann)[0].ID, map[string]string{reasonBlock: "It is 18 weeks now"}); err != nil {
		t.Fatal(err)
	}
	o.until("her reason is kept", func() bool { _, r := votes(); return r == "It is 18 weeks now" })
	if all, _ := votes(); !slices.Equal(all, []int{-1}) {
		t.Errorf("votes: %v, want one of -1", all)
	}
}

// Where nothing is kept, there is nothing to vote with; a button from before says so.
func TestNothingIsKept(t *testing.T) {
	o := openOffice(t, nil)
	first := o.one(o.help, o.mention("How long is leave?"))
	o.until("the question is kept", func() bool { return len(o.questionsKept()) == 1 })
	o.bot.Exchange(o.shelf, config.Slack{})
	o.click(o.ann, o.help, first.TS, helpful)
	o.until("she is told", func() bool { return o.told(o.ann, o.help, notKept) })
	if m := o.one(o.help, o.mention("How long is leave?")); strings.Contains(shows(m), "not_helpful") {
		t.Errorf("there are buttons: %s", shows(m))
	}
	if n := len(o.questionsKept()); n != 1 {
		t.Errorf("%d questions are kept, want the first alone", n)
	}
}

func (o *office) questionsKept() []db.Question {
	o.Helper()
	qs, err := o.db.Questions(o.Context(), time.Time{})
	if err != nil {
		o.Fatal(err)
	}
	return qs
}

// What one person saw in a place that may see more is not shown to a channel that may
// see less.
func TestShareChecksTheChannel(t *testing.T) {
	channel := func(folders ...string) config.Channel {
		return config.Channel{All: len(folders) == 0, Folders: folders, Model: true, Guests: true}
	}
	for _, c := range []struct {
		name       string
		wide, here config.Channel // where it was asked, and what the place is when it is shared
		want       string
	}{
		{"as much", channel("hr", "it"), channel("hr", "it"), ""},
		{"more", channel("hr/leave"), channel("hr"), ""},
		{"less", channel(), channel("hr"), tooWide},
		{"something else", channel("hr"), channel("it"), tooWide},
		{"a folder with a name that begins alike", channel("hr-private"), channel("hr"), tooWide},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := openOffice(t, func(o *office) {
				o.opt.Rules = config.Slack{Listed: true, Channels: map[string]config.Channel{o.help: c.wide}}
			})
			m := o.ownAnswer(o.ann, o.help)
			o.bot.Exchange(o.shelf, config.Slack{Listed: true, Channels: map[string]config.Channel{o.help: c.here}})
			o.click(o.ann, o.help, m.TS, share)
			if c.want == "" {
				o.until("it is shared", func() bool { return len(o.Messages(o.help)) == 1 })
				return
			}
			o.until("she is told", func() bool { return o.told(o.ann, o.help, c.want) })
			if all := o.Messages(o.help); len(all) > 0 {
				t.Errorf("shared: %+v", all)
			}
		})
	}
}

// A share that failed can be tried again; one that worked is not done twice.
func TestShareAgain(t *testing.T) {
	o := openOffice(t, nil)
	m := o.ownAnswer(o.ann, o.help)
	o.FailNext("chat.postMessage", workspace.Fault{Error: "invalid_blocks"})
	o.click(o.ann, o.help, m.TS, share)
	o.until("she is told that it failed", func() bool { return o.told(o.ann, o.help, notNoted) })
	o.click(o.ann, o.help, m.TS, share)
	o.until("it is shared", func() bool { return len(o.Messages(o.help)) == 1 })
	o.click(o.ann, o.help, m.TS, share)
	o.until("she is told that it is shared", func() bool { return o.told(o.ann, o.help, sharedBefore) })
	if n := len(o.Messages(o.help)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// An answer in a channel of such answers is seen by who asked alone.
func TestEphemeralChannel(t *testing.T) {
	o := openOffice(t, func(o *office) {
		o.opt.Rules = config.Slack{Listed: true, Channels: map[string]config.Channel{o.help: {All: true, Ephemeral: true, Guests: true}}}
	})
	o.mention("How long is leave?")
	o.until("she has an answer", func() bool { return o.told(o.ann, o.help, "16 weeks") })
	o.settled(o.help, "")
	if all := o.Messages(o.help); len(all) != 1 {
		t.Errorf("everybody sees %d messages, want her question alone", len(all))
	}
	if m := o.shelf.model; len(m) != 1 || m[0] {
		t.Errorf("a language model may write: %v, want not", m)
	}
}

func TestAutoReply(t *testing.T) {
	o := openOffice(t, func(o *office) {
		o.opt.Rules = config.Slack{Listed: true, Channels: map[string]config.Channel{o.help: {All: true, AutoReply: config.AutoReplyQuestions, FollowUps: true, Guests: true}}}
	})
	say := func(thread, text string) string {
		ts, err := o.Say(o.ann, o.help, thread, text)
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	answered := say("", "How long is leave?")
	o.want(o.one(o.help, answered), "16 weeks")
	for _, silent := range []string{"Good morning", "<@" + o.ann + "> how long is leave?", "Is it an unknown thing?"} {
		if all := o.settled(o.help, say("", silent)); len(all) > 0 {
			t.Errorf("%q is answered: %+v", silent, all)
		}
	}
	say(answered, "And who takes it")
	o.until("the follow-up is answered", func() bool { return len(o.replies(o.help, answered)) == 2 })
	if n := len(o.Calls("assistant.threads.setStatus")); n > 0 {
		t.Errorf("%d statuses for messages that nobody addressed to the bot", n)
	}
}

// Asked where it is not, the bot says how to invite it.
func TestOutside(t *testing.T) {
	o := openOffice(t, nil)
	room := o.AddChannel(workspace.Channel{Name: "secret", Private: true, Members: []string{o.ann}})
	if err := o.Slash(o.ann, room, "/ask", "How long is leave?"); err != nil {
		t.Fatal(err)
	}
	o.until("she is told", func() bool { return o.told(o.ann, room, refusedOutside) })
}
