package slackbot

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/slackbot/fakeslack/workspace"
	"footnote/rag"
)

// A shelf is a Library with one document: its answers are what a question asks
// them to be. It remembers what it was asked.
type shelf struct {
	mu    sync.Mutex
	asked []rag.Question
	model []bool
	gate  chan struct{} // if set, each answer waits for something from it
	err   error
}

var _ Library = (*shelf)(nil)

// Ask quotes its document. "write" in a question has a model write three sentences,
// "unknown" is not in the documents, "panic" breaks the program.
func (s *shelf) Ask(ctx context.Context, q rag.Question, model bool, each func(rag.CitedSentence)) (rag.Answer, error) {
	s.mu.Lock()
	s.asked, s.model = append(s.asked, q), append(s.model, model)
	gate, err := s.gate, s.err
	s.mu.Unlock()
	a := rag.Answer{ID: fmt.Sprintf("%016x", len(q.Text)), Verdict: rag.Answered, Model: "extractive", AsOf: time.Now()}
	if err != nil {
		return a, err
	}
	support, sentences := rag.Quoted, []string{"Every parent takes 16 weeks of leave at full pay."}
	switch {
	case strings.Contains(q.Text, "panic"):
		panic("a fault in the program")
	case strings.Contains(q.Text, "unknown"):
		a.Verdict, support, sentences = rag.NotFound, rag.None, []string{"Not in the documents."}
	case strings.Contains(q.Text, "write"):
		support, sentences = rag.Checked, []string{"Parental leave is 16 weeks.", " It is at full pay.", " Every parent takes it."}
		a.Model = "model at example.com"
	}
	if strings.Contains(q.Text, "ring") {
		sentences = []string{"Call <!here> or <@U1> or @channel."}
	}
	for _, text := range sentences {
		if gate != nil {
			select {
			case <-gate:
			case <-ctx.Done():
				return a, ctx.Err()
			}
		}
		c := rag.CitedSentence{Text: text, Support: support}
		if support != rag.None {
			c.Citations = []int{1}
			a.Citations = []rag.Citation{{N: 1, DocID: "hr/leave.md", Title: "Leave", Line: 3, Date: "2026-03-02", Quote: sentences[0]}}
		}
		a.Sentences = append(a.Sentences, c)
		each(c)
	}
	return a, nil
}

func (s *shelf) Model() string            { return "model at example.com" }
func (s *shelf) Documents(rag.Scope) int  { return 1 }
func (s *shelf) Link(rag.Citation) string { return "https://wiki.example.com/leave" }
func (s *shelf) Problem(err error) string { return "Something broke. Reference 7F3A." }
func (s *shelf) Examples(context.Context, rag.Scope, int) ([]string, error) {
	return []string{"How long is parental leave?", "When may it start?"}, nil
}

// questions returns what was asked so far.
func (s *shelf) questions() []rag.Question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// An office is a bot at work in a fake workspace.
type office struct {
	testing.TB
	*workspace.Workspace
	shelf     *shelf
	db        *db.DB
	opt       Options
	bot       *Bot
	log       *bytes.Buffer
	ann, help string // a person, and a channel with her and the bot
	stop      func() // and wait
}

// open starts a bot; change may change how.
func openOffice(t testing.TB, change func(*office)) *office {
	t.Helper()
	// No more scopes and events than the manifest asks for, and the older panel's.
	scopes, events := Needs(config.Slack{Default: &config.Channel{FollowUps: true, Groups: []string{"S1"}}})
	return openOfficeIn(t, workspace.Options{Scopes: scopes, Events: append(events, "assistant_thread_started")}, change)
}

func openOfficeIn(t testing.TB, in workspace.Options, change func(*office)) *office {
	t.Helper()
	w, err := workspace.New(in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	d, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{TB: t, Workspace: w, shelf: &shelf{}, db: d, log: new(bytes.Buffer)}
	o.ann = w.AddUser(workspace.User{Name: "ann"})
	o.help = w.AddChannel(workspace.Channel{Name: "help", Members: []string{o.ann, workspace.BotUserID}})
	o.opt = Options{BotToken: w.BotToken(), AppToken: w.AppToken(), URL: w.URL(), DB: d, Library: o.shelf,
		Rules: config.Slack{Retention: time.Hour}, Log: slog.New(slog.NewTextHandler(&syncWriter{w: o.log}, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: time.Now, Drain: 5 * time.Second}
	if change != nil {
		change(o)
	}
	o.start()
	t.Cleanup(func() {
		o.stop()
		for _, fault := range o.Faults() {
			t.Errorf("the app broke a rule: %s", fault)
		}
		if t.Failed() {
			t.Logf("log:\n%s", o.log)
		}
	})
	return o
}

func (o *office) start() {
	o.bot = New(o.opt)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.bot.Run(ctx) }()
	o.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			o.Errorf("run: %v", err)
		}
	})
	o.until("a socket is open", func() bool { return o.Sockets() > 0 })
}

// until waits for something to become true of the workspace or the database.
func (o *office) until(what string, cond func() bool) {
	o.Helper()
	deadline := time.After(20 * time.Second)
	for !cond() {
		select {
		case <-o.Changed():
		case <-time.After(5 * time.Millisecond): // the database tells nobody
		case <-deadline:
			o.Fatalf("never: %s", what)
		}
	}
}

// mention asks the bot in its channel.
func (o *office) mention(text string) (ts string) { return o.mentionIn("", text) }

func (o *office) mentionIn(thread, text string) (ts string) {
	o.Helper()
	ts, err := o.Say(o.ann, o.help, thread, "<@"+workspace.BotUserID+"> "+text)
	if err != nil {
		o.Fatal(err)
	}
	return ts
}

// replies are the bot's messages in a thread.
func (o *office) replies(channel, thread string) []workspace.Message {
	return slices.DeleteFunc(o.Thread(channel, thread), func(m workspace.Message) bool { return m.User != workspace.BotUserID || m.TS == thread })
}

// settled waits until nothing is in progress, and returns the replies of a thread.
func (o *office) settled(channel, thread string) []workspace.Message {
	o.Helper()
	o.until("all questions have an outcome", o.idle)
	return o.replies(channel, thread)
}

func (o *office) idle() bool {
	if o.Pending() > 0 { // first: what is acknowledged has been noted
		return false
	}
	open, err := o.db.OpenDeliveries(context.Background())
	return err == nil && len(open) == 0
}

// one returns the only reply of a thread.
func (o *office) one(channel, thread string) workspace.Message {
	o.Helper()
	all := o.settled(channel, thread)
	if len(all) != 1 {
		o.Fatalf("%d replies, want 1: %+v", len(all), all)
	}
	return all[0]
}

// shows returns all text of a message.
func shows(m workspace.Message) string { return fmt.Sprintf("%s %s %v", m.Text, m.Markdown, m.Blocks) }

func (o *office) want(m workspace.Message, parts ...string) {
	o.Helper()
	for _, p := range parts {
		if !strings.Contains(shows(m), p) {
			o.Errorf("%q is not in %s", p, shows(m))
		}
	}
}

type syncWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func TestMention(t *testing.T) {
	o := openOffice(t, nil)
	o.shelf.gate = make(chan struct{})
	ts := o.mention("How long is parental leave?")
	o.until("there is a status", func() bool { return o.Status(o.help, ts) == statusReading })
	o.shelf.gate <- struct{}{}
	m := o.one(o.help, ts)
	o.want(m, "16 weeks", "[1]", "Leave", "2 Mar 2026", "wiki.example.com/leave", "not_helpful")
	if s := o.Status(o.help, ts); s != "" {
		t.Errorf("the status is still %q", s)
	}
	if !m.NoUnfurl {
		t.Error("links unfurl")
	}
	if n := len(o.shelf.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
	d, err := o.db.Deliveries(t.Context(), o.help, ts)
	if err != nil || len(d) != 1 || len(d[0].Request) > 0 || !slices.Equal(d[0].Posts, []string{m.TS}) || !slices.Equal(d[0].Docs, []string{"hr/leave.md"}) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestDirectMessage(t *testing.T) {
	o := openOffice(t, nil)
	dm := o.DM(o.ann)
	ts, err := o.Say(o.ann, dm, "", "How long is parental leave?")
	if err != nil {
		t.Fatal(err)
	}
	o.want(o.one(dm, ts), "16 weeks")
	// What follows soon after belongs to the same conversation, thread or not.
	if ts, err = o.Say(o.ann, dm, "", "And who takes it?"); err != nil {
		t.Fatal(err)
	}
	o.one(dm, ts)
	q := o.shelf.questions()[1]
	if len(q.History) != 1 || q.History[0].Question != "How long is parental leave?" || !strings.Contains(q.History[0].Answer, "16 weeks") {
		t.Errorf("the history is %+v", q.History)
	}
}

func TestThreadIsConversation(t *testing.T) {
	o := openOffice(t, nil)
	root, err := o.Say(o.ann, o.help, "", "My baby is due in May.")
	if err != nil {
		t.Fatal(err)
	}
	o.mentionIn(root, "How long is parental leave?")
	o.one(o.help, root)
	o.mentionIn(root, "And who takes it?")
	if n := len(o.settled(o.help, root)); n != 2 {
		t.Fatalf("%d replies, want 2", n)
	}
	qs := o.shelf.questions()
	if h := qs[0].History; len(h) != 1 || h[0].Question != "My baby is due in May." {
		t.Errorf("a bot that is called into a thread knows of it %+v", h)
	}
	if h := qs[1].History; len(h) != 1 || h[0].Question != "How long is parental leave?" || !strings.Contains(h[0].Answer, "16 weeks") || !slices.Equal(h[0].Docs, []string{"hr/leave.md"}) {
		t.Errorf("the history is %+v", h)
	}
}

func TestCommand(t *testing.T) {
	o := openOffice(t, nil)
	if err := o.Slash(o.ann, o.help, "/ask", "How long is parental leave?"); err != nil {
		t.Fatal(err)
	}
	o.until("she sees an answer", func() bool { return len(o.Ephemeral(o.ann, o.help)) == 1 })
	m := o.Ephemeral(o.ann, o.help)[0]
	o.want(m, "How long is parental leave?", "16 weeks", "share")
	if n := len(o.settled(o.help, "")); n != 0 {
		t.Errorf("%d messages that everybody sees", n)
	}
	if err := o.Click(o.ann, o.help, m.TS, string(share)); err != nil {
		t.Fatal(err)
	}
	o.until("it is shared", func() bool { return len(o.Messages(o.help)) == 1 })
	o.want(o.Messages(o.help)[0], "How long is parental leave?", "16 weeks")
	if err := o.Click(o.ann, o.help, m.TS, string(share)); err != nil {
		t.Fatal(err)
	}
	o.until("she learns that it is shared already", func() bool {
		return slices.ContainsFunc(o.Ephemeral(o.ann, o.help), func(m workspace.Message) bool { return strings.Contains(m.Text, sharedBefore) })
	})
}

func TestStreamedAnswer(t *testing.T) {
	gate := make(chan struct{})
	o := openOffice(t, func(o *office) { o.shelf.gate = gate })
	ts := o.mention("write about leave")
	gate <- struct{}{}
	o.until("the first sentence is streamed", func() bool {
		all := o.replies(o.help, ts)
		return len(all) == 1 && strings.Contains(shows(all[0]), "16 weeks")
	})
	gate <- struct{}{}
	gate <- struct{}{}
	m := o.one(o.help, ts)
	o.want(m, "16 weeks", "full pay", "Every parent", "Sources", "not_helpful")
	if n := len(o.Calls("chat.postMessage")) + len(o.Calls("chat.update")); n > 0 {
		t.Errorf("%d posts and updates beside the stream", n)
	}
}

func TestPanel(t *testing.T) {
	o := openOffice(t, nil)
	dm, thread := o.OpenPanel(o.ann, o.help)
	o.until("questions are suggested", func() bool { return fmt.Sprint(o.Suggested(dm, thread)) != fmt.Sprint(o.Suggested(dm, "nothing")) })
	if s := fmt.Sprint(o.Suggested(dm, thread)); !strings.Contains(s, "How long is parental leave?") {
		t.Errorf("suggested: %s", s)
	}
	ts, err := o.Say(o.ann, dm, thread, "How long is parental leave?")
	if err != nil {
		t.Fatal(err)
	}
	_ = ts
	o.want(o.one(dm, thread), "16 weeks")
	o.OpenHome(o.ann)
	o.until("the tab has questions too", func() bool { return len(o.Calls("assistant.threads.setSuggestedPrompts")) == 2 })
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name, question string
		change         func(*office)
		want           string
	}{
		{"not found", "an unknown thing", nil, "Not in the documents."},
		{"nothing but a mention", "", nil, "16 weeks"},
		{"an error", "How long?", func(o *office) { o.shelf.err = fmt.Errorf("broken") }, "Reference 7F3A"},
		{"a panic", "panic", nil, "Reference 7F3A"},
		{"too long", strings.Repeat("long ", 2000), nil, tooLong},
		{"nobody rings", "ring", nil, "Call"},
		{"unlisted", "How long?", func(o *office) { o.opt.Rules = config.Slack{Listed: true} }, refusedUnlisted},
		{"shared", "How long?", func(o *office) {
			o.help = o.AddChannel(workspace.Channel{Members: []string{o.ann, workspace.BotUserID}, ExtShared: true})
		}, refusedShared},
		{"about to be shared", "How long?", func(o *office) {
			o.help = o.AddChannel(workspace.Channel{Members: []string{o.ann, workspace.BotUserID}, PendingExtShared: true})
		}, refusedShared},
		{"nobody knows", "How long?", func(o *office) {
			o.FailNext("conversations.info", workspace.Fault{Error: "internal_error", Times: 99})
		}, refusedUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := openOffice(t, c.change)
			ts := o.mention(c.question)
			o.want(o.one(o.help, ts), c.want)
			for _, r := range o.Rings() {
				t.Errorf("somebody is rung: %+v", r)
			}
			if s := o.Status(o.help, ts); s != "" {
				t.Errorf("the status is still %q", s)
			}
		})
	}
}
