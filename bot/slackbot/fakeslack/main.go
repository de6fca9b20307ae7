// Command fakeslack serves a fake Slack workspace on this machine: the Web API and
// Socket Mode for a bot, and a web page for people. It prints the environment the bot
// needs to believe that it is in Slack.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"footnote/bot/slackbot/fakeslack/page"
	"footnote/bot/slackbot/fakeslack/workspace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "fakeslack:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("fakeslack", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8090", "loopback `address` to listen on")
	name := flags.String("bot", "footnote", "the bot's `name`, by which people mention it")
	limits := flags.Bool("rate-limits", false, "count calls against Slack's rate tiers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := loopback(*addr); err != nil {
		return err
	}
	w, err := workspace.New(workspace.Options{
		Addr: *addr, BotName: *name, RateLimits: *limits, Log: slog.New(slog.NewTextHandler(stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer w.Close()
	people(w)
	w.Serve(page.New(w))
	home := w.URL()[:len(w.URL())-len("api/")]
	fmt.Fprintf(stdout, "# Start the bot with this environment and open %s\n", home)
	fmt.Fprintf(stdout, "export SLACK_BOT_TOKEN=%s\nexport SLACK_APP_TOKEN=%s\nexport SLACK_API_URL=%s\n", w.BotToken(), w.AppToken(), w.URL())
	<-ctx.Done()
	return nil
}

// loopback returns an error unless addr is on this machine only.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr %s: %w; write it as 127.0.0.1:8090", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--addr %s would open the workspace to the network; use 127.0.0.1", addr)
	}
	return nil
}

// people fills the workspace: colleagues, a guest, somebody from another company, and
// channels of every kind.
func people(w *workspace.Workspace) {
	ada := w.AddUser(workspace.User{Name: "ada", RealName: "Ada Berg"})
	ben := w.AddUser(workspace.User{Name: "ben", RealName: "Ben Okoro"})
	gil := w.AddUser(workspace.User{Name: "gil", RealName: "Gil Roth (guest)", IsRestricted: true})
	sam := w.AddUser(workspace.User{Name: "sam", RealName: "Sam Ito (another company)", Team: "T0OTHERTEAM"})
	bot := workspace.BotUserID
	w.AddChannel(workspace.Channel{Name: "help", Members: []string{ada, ben, gil, bot}})
	w.AddChannel(workspace.Channel{Name: "general", Members: []string{ada, ben, bot}})
	w.AddChannel(workspace.Channel{Name: "leads", Private: true, Members: []string{ada, bot}})
	w.AddChannel(workspace.Channel{Name: "partner", ExtShared: true, Members: []string{ada, ben, sam, bot}})
	w.AddChannel(workspace.Channel{Name: "without-the-bot", Members: []string{ada, ben}})
	for _, user := range []string{ada, ben, gil} {
		w.DM(user)
	}
}
