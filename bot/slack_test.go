package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/bot/db"
	"footnote/bot/slackbot/fakeslack/workspace"
)

// The settings of most tests here, of channel C0HELP.
const (
	wikiDocs  = "docs:\n  - {dir: seeds, name: wiki, url: \"https://wiki.example.com/{path}#L{line}\"}\n"
	hrHere    = wikiDocs + "channels:\n  C0HELP: {folders: [wiki/hr]}\n  dm: {}\n"
	leaveSaid = "Every parent takes 16 weeks of parental leave at full pay. [1]"
)

// An office is the program at work in a fake workspace.
type office struct {
	*testing.T
	*workspace.Workspace
	p      *program
	told   *lockedBuffer // standard error
	ann    string
	args   []string
	env    map[string]string
	cancel context.CancelFunc
	ended  chan int
}

// newOffice returns one whose documents are faultDocs. The program does not run yet.
func newOffice(t *testing.T, settings string) *office {
	t.Helper()
	w, err := workspace.New(workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	p, _, _ := offline(t, "", faultDocs)
	o := &office{T: t, Workspace: w, p: p, told: new(lockedBuffer), args: []string{"slack"},
		env: map[string]string{"SLACK_BOT_TOKEN": w.BotToken(), "SLACK_APP_TOKEN": w.AppToken(), "SLACK_API_URL": w.URL()}}
	o.ann = w.AddUser(workspace.User{Name: "ann"})
	w.AddChannel(workspace.Channel{ID: "C0HELP", Name: "help", Members: []string{o.ann, workspace.BotUserID}})
	p.stderr, p.now, p.readEvery = o.told, time.Now, 20*time.Millisecond
	p.getenv = func(name string) string { return o.env[name] }
	o.set(settings)
	return o
}

// open starts the program, and waits until it listens.
func openOffice(t *testing.T, settings string) *office {
	t.Helper()
	o := newOffice(t, settings)
	ctx, cancel := context.WithCancel(context.Background())
	o.cancel, o.ended = cancel, make(chan int, 1)
	go func() { o.ended <- o.p.run(ctx, o.args) }()
	t.Cleanup(func() {
		cancel()
		if t.Failed() {
			t.Logf("told:\n%s", o.told)
		}
	})
	o.until("a socket is open", func() bool { return o.Sockets() > 0 })
	return o
}

// set writes the settings.
func (o *office) set(settings string) {
	o.Helper()
	if err := os.WriteFile("footnote.yaml", []byte(settings), 0o600); err != nil {
		o.Fatal(err)
	}
}

// until waits for something to become true.
func (o *office) until(what string, cond func() bool) {
	o.Helper()
	deadline := time.After(20 * time.Second)
	for !cond() {
		select {
		case <-o.Changed():
		case <-time.After(5 * time.Millisecond): // what the program tells changes no workspace
		case code := <-o.ended:
			o.Fatalf("ended with %d, and never: %s; told:\n%s", code, what, o.told)
		case <-deadline:
			o.Fatalf("never: %s; told:\n%s", what, o.told)
		}
	}
}

// ask asks in a channel, and returns all that the bot replies.
func (o *office) ask(channel, text string) string {
	o.Helper()
	ts := o.say(channel, text)
	var said string
	o.until("an answer to "+text, func() bool { said = o.reply(channel, ts); return said != "" })
	return said
}

func (o *office) say(channel, text string) (ts string) {
	o.Helper()
	ts, err := o.Say(o.ann, channel, "", "<@"+workspace.BotUserID+"> "+text)
	if err != nil {
		o.Fatal(err)
	}
	return ts
}

func (o *office) reply(channel, ts string) string {
	var all []string
	for _, m := range o.Thread(channel, ts) {
		if m.User == workspace.BotUserID {
			all = append(all, fmt.Sprintf("%s %s %v", m.Text, m.Markdown, m.Blocks))
		}
	}
	return strings.Join(all, "\n")
}

// hangup has the settings read again, and waits for what is told of that.
func (o *office) hangup(want string) {
	o.Helper()
	before := strings.Count(o.told.String(), want)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		o.Fatal(err)
	}
	o.until(want, func() bool { return strings.Count(o.told.String(), want) > before })
}

// close ends the program as SIGTERM does.
func (o *office) close() (code int) {
	o.Helper()
	o.cancel()
	select {
	case code = <-o.ended:
	case <-time.After(20 * time.Second):
		o.Fatalf("it does not end; told:\n%s", o.told)
	}
	for _, fault := range o.Faults() {
		o.Errorf("the app broke a rule: %s", fault)
	}
	return code
}

func (o *office) wants(said string, parts ...string) {
	o.Helper()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			o.Errorf("%q is not in %s", part, said)
		}
	}
}

// A lockedBuffer is written to by several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestSlack says who sees what, and answers each place from what it may see, with links
// by the address of the documents' folder.
func TestSlack(t *testing.T) {
	o := openOffice(t, hrHere)
	o.wants(o.told.String(), "Channel C0HELP can see wiki/hr (1 document).\nA direct message can see all documents (2 documents).\nEvery other place gets a refusal.\n")
	o.wants(o.ask("C0HELP", faultQuestion), leaveSaid, "https://wiki.example.com/hr/leave.md#L3")
	if said := o.ask("C0HELP", "When does the canteen open?"); strings.Contains(said, "noon") || !strings.Contains(said, "Not in the documents this channel may see.") {
		t.Error(said)
	}
	o.wants(o.ask(o.DM(o.ann), "When does the canteen open?"), "The canteen opens at noon. [1]", "https://wiki.example.com/canteen.md#L3")
	elsewhere := o.AddChannel(workspace.Channel{Members: []string{o.ann, workspace.BotUserID}})
	if said := o.ask(elsewhere, faultQuestion); strings.Contains(said, "16 weeks") || !strings.Contains(said, "I am not set up to answer here.") {
		t.Error(said)
	}
	if code := o.close(); code != 0 {
		t.Errorf("exit %d, %s", code, o.told)
	}
	for _, secret := range []string{o.BotToken(), o.AppToken(), "parental", "canteen"} {
		if strings.Contains(o.told.String(), secret) {
			t.Errorf("%q is told: %s", secret, o.told)
		}
	}
}

// TestSlackReadsAgain finds what documents hold since they were changed, and no more
// what they held.
func TestSlackReadsAgain(t *testing.T) {
	o := openOffice(t, wikiDocs)
	o.wants(o.told.String(), "Every channel that the bot is in, and everybody's direct messages, can see all 2 documents. List channels in footnote.yaml to limit that.\n")
	o.wants(o.ask("C0HELP", faultQuestion), leaveSaid)
	for path, text := range map[string]string{"seeds/hr/leave.md": "# Leave\n\nEvery parent takes twenty weeks of parental leave.\n", "seeds/dogs.md": "Dogs are welcome on Fridays.\n"} {
		if err := os.WriteFile(filepath.FromSlash(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.until("the new text is found", func() bool { return strings.Contains(o.ask("C0HELP", faultQuestion), "twenty weeks") })
	o.wants(o.ask("C0HELP", "Are dogs welcome?"), "Dogs are welcome on Fridays. [1]")
	if said := o.ask("C0HELP", faultQuestion); strings.Contains(said, "16 weeks") {
		t.Errorf("the old text is found: %s", said)
	}
	o.close()
}

// TestSlackHangup takes on settings that are right, as a whole, and no others.
func TestSlackHangup(t *testing.T) {
	const again, asBefore, outside = "the settings were read again", "the settings stay as they were", "I am not set up to answer here."
	o := openOffice(t, hrHere)
	o.wants(o.ask("C0HELP", faultQuestion), leaveSaid)

	o.set(wikiDocs + "channels:\n  dm: {}\n")
	o.hangup(again)
	o.wants(o.ask("C0HELP", faultQuestion), outside)

	for settings, why := range map[string]string{
		wikiDocs + "channels:\n  C0HELP: {folder: [wiki]}\n":     "footnote.yaml:4: ",
		wikiDocs + "channels:\n  C0HELP: {folders: [wiki/rh]}\n": "footnote.yaml:4: channels: C0HELP: there is no folder wiki/rh among the documents.",
		strings.ReplaceAll(hrHere, "wiki", "kiwi"):               "docs and db cannot change while the bot runs; start it again",
		hrHere + "db: elsewhere\n":                               "docs and db cannot change while the bot runs; start it again",
		hrHere + "llm-model: small\nprompts: nowhere\n":          "open nowhere: no such file or directory",
	} {
		o.set(settings)
		o.hangup(asBefore)
		o.wants(o.told.String(), why)
	}
	o.wants(o.ask("C0HELP", faultQuestion), outside)

	o.set(wikiDocs + "channels:\n  C0HELP: {}\n")
	o.hangup(again)
	o.wants(o.ask("C0HELP", faultQuestion), leaveSaid)
	o.wants(o.ask("C0HELP", "When does the canteen open?"), "noon")
	o.close()
}

// TestSlackDrains finishes an answer that has begun.
func TestSlackDrains(t *testing.T) {
	o := openOffice(t, hrHere)
	o.FailNext("chat.postMessage", workspace.Fault{Delay: time.Second})
	ts := o.say("C0HELP", faultQuestion)
	o.until("it is acknowledged", func() bool { return len(o.Acks()) > 0 && o.Pending() == 0 })
	if said := o.reply("C0HELP", ts); said != "" {
		t.Fatalf("answered too soon: %s", said)
	}
	if code := o.close(); code != 0 {
		t.Errorf("exit %d, %s", code, o.told)
	}
	o.wants(o.reply("C0HELP", ts), leaveSaid)
	if s := o.Status("C0HELP", ts); s != "" {
		t.Errorf("the status is still %q", s)
	}
}

// TestSlackRetention keeps questions and votes, or none.
func TestSlackRetention(t *testing.T) {
	for _, c := range []struct {
		settings string
		want     []string
	}{
		{"", []string{faultQuestion + " answered", "+1 " + faultQuestion}},
		{"retention: 0\n", nil},
	} {
		o := openOffice(t, wikiDocs+c.settings)
		ts := o.say("C0HELP", faultQuestion)
		o.until("an answer", func() bool { return o.reply("C0HELP", ts) != "" })
		// Where no vote is kept there is no button to vote with.
		err := o.Click(o.ann, "C0HELP", o.Thread("C0HELP", ts)[1].TS, "helpful")
		if (err == nil) != (c.want != nil) {
			t.Fatal(err)
		}
		if c.want != nil {
			o.until("the vote is acknowledged", func() bool { return len(o.Ephemeral(o.ann, "C0HELP")) > 0 })
		}
		o.close()
		if diff := cmp.Diff(c.want, o.kept(ts)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.settings, diff)
		}
	}
}

// kept is what state.db has of questions and votes. What it has of a thread must not
// tell what was asked.
func (o *office) kept(thread string) (all []string) {
	o.Helper()
	dir, err := o.p.cfg.Place(".", "")
	if err != nil {
		o.Fatal(err)
	}
	d, err := db.Open(context.Background(), dir)
	if err != nil {
		o.Fatal(err)
	}
	defer d.Close()
	questions, err := d.Questions(context.Background(), time.Time{})
	if err != nil {
		o.Fatal(err)
	}
	for _, q := range questions {
		all = append(all, q.Text+" "+q.Verdict)
		if len(q.User) < 16 || strings.Contains(q.User, o.ann) {
			o.Errorf("kept of %q", q.User)
		}
	}
	votes, err := d.AllFeedback(context.Background())
	if err != nil {
		o.Fatal(err)
	}
	for _, f := range votes {
		all = append(all, fmt.Sprintf("%+d %s", f.Vote, f.Question))
	}
	deliveries, err := d.Deliveries(context.Background(), "C0HELP", thread)
	if err != nil || len(deliveries) != 1 || deliveries[0].State != db.Posted || len(deliveries[0].Request) > 0 {
		o.Errorf("deliveries: %+v, %v", deliveries, err)
	}
	return all
}

// TestSlackDoesNotStart says why, with the exit code that tells scripts.
func TestSlackDoesNotStart(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(o *office)
		code   int
		want   string
	}{
		{"no bot token", func(o *office) { delete(o.env, "SLACK_BOT_TOKEN") }, exitUsage,
			"footnote: SLACK_BOT_TOKEN is not set. seeds/guide/slack.md says where to get it; footnote slack check says what else is missing\n"},
		{"no app token", func(o *office) { delete(o.env, "SLACK_APP_TOKEN") }, exitUsage,
			"footnote: SLACK_APP_TOKEN is not set. seeds/guide/slack.md says where to get it; footnote slack check says what else is missing\n"},
		{"bot token refused", func(o *office) { o.env["SLACK_BOT_TOKEN"] += "x" }, exitAuth,
			"footnote: token refused: Slack does not take SLACK_BOT_TOKEN (invalid_auth); run footnote slack check.\n"},
		{"app token refused", func(o *office) { o.env["SLACK_APP_TOKEN"] += "x" }, exitAuth,
			"footnote: token refused: Slack does not take SLACK_APP_TOKEN (invalid_auth); run footnote slack check.\n"},
		{"tokens swapped", func(o *office) {
			o.env["SLACK_BOT_TOKEN"], o.env["SLACK_APP_TOKEN"] = o.AppToken(), o.BotToken()
		}, exitAuth, "footnote: token refused: Slack does not take SLACK_BOT_TOKEN (not_allowed_token_type); run footnote slack check.\n"},
		{"bot token twice", func(o *office) { o.env["SLACK_APP_TOKEN"] = o.BotToken() }, exitAuth,
			"footnote: token refused: Slack does not take SLACK_APP_TOKEN (not_allowed_token_type); run footnote slack check.\n"},
		{"wrong settings", func(o *office) { o.set("channels:\n  help: {}\n") }, exitUsage,
			"footnote: footnote.yaml:2: channels: \"help\" is not a channel's ID, such as C0123ABCD: names can change hands; Slack shows the ID at the end of the channel's details, in the tab About\n"},
		{"no such folder", func(o *office) { o.set(wikiDocs + "channels:\n  C0HELP: {folders: [hr]}\n") }, exitUsage,
			"footnote: footnote.yaml:4: channels: C0HELP: there is no folder hr among the documents. Write it as footnote sources names its documents.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, wikiDocs)
			c.change(o)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			code := o.p.run(ctx, o.args)
			if told := o.told.String(); code != c.code || !strings.HasSuffix(told, c.want) {
				t.Errorf("exit %d, want %d and %q:\n%s", code, c.code, c.want, told)
			}
		})
	}
}

// TestSlackWhereAnotherRuns does not answer from an index in which it can note nothing.
func TestSlackWhereAnotherRuns(t *testing.T) {
	o := openOffice(t, wikiDocs)
	o.ask("C0HELP", faultQuestion)
	var told lockedBuffer
	second := *o.p
	second.stderr = &told
	if code := second.run(t.Context(), o.args); code != exitError {
		t.Errorf("exit %d", code)
	}
	o.wants(told.String(), "cannot be written to: another footnote process has it, or its folder is read only. The bot keeps its state there; stop the other process, or choose another folder with --db.\n")
	o.close()
}

// TestSlackCheck says what is missing, and that it is, with the exit code.
func TestSlackCheck(t *testing.T) {
	o := newOffice(t, hrHere)
	var stdout bytes.Buffer
	o.p.stdout, o.args = &stdout, []string{"slack", "check"}
	if code := o.p.run(t.Context(), o.args); code != 0 || strings.Count(stdout.String(), "ok      ") != 5 {
		t.Errorf("exit %d:\n%s%s", code, &stdout, o.told)
	}
	o.env["SLACK_APP_TOKEN"] = ""
	stdout.Reset()
	code := o.p.run(t.Context(), o.args)
	lines := strings.Split(stdout.String(), "\n")
	missing := slices.Index(lines, "missing SLACK_APP_TOKEN is not set.")
	if code != exitError || missing < 0 || !strings.HasPrefix(lines[missing+1], "        It begins with xapp-: ") {
		t.Errorf("exit %d:\n%s%s", code, &stdout, o.told)
	}
}

// TestGuideService holds that the unit in slack.md does not start the bot again where
// that is in vain.
func TestGuideService(t *testing.T) {
	if want := fmt.Sprintf("\nRestartPreventExitStatus=%d %d\n", exitUsage, exitAuth); !strings.Contains(guide(t, "slack.md"), want) {
		t.Errorf("slack.md has no %q", want)
	}
}
