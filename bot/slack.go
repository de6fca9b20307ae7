package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/bot/slackbot"
	"footnote/rag"
)

func (p *program) slackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "slack",
		Short: "Answer questions in Slack",
		Long: `Answer questions in Slack: mentions, direct messages, the assistant's panel and
/ask. SLACK_BOT_TOKEN and SLACK_APP_TOKEN are read from the environment; who may
see what is set in ` + config.DefaultFile + `, under channels. Documents are read again every
minute, and the settings when the process gets SIGHUP.

Set it up with footnote slack manifest, and see what is missing with footnote
slack check. Ctrl-C or SIGTERM finishes the answers in progress first.`,
		Args: cobra.NoArgs,
		RunE: interruptible(func(ctx context.Context, _ []string) error { return p.slack(ctx) }),
	}
	p.cfg.Flags(cmd.Flags(), append([]string{"top", "strict", "retention"}, config.ModelFlags()...)...)
	cmd.AddCommand(&cobra.Command{
		Use:   "manifest",
		Short: "Print the manifest of the Slack app",
		Long: `Print the manifest of the Slack app that the settings need, as JSON: with no
more scopes and events than that. Paste it where Slack makes an app from a
manifest.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			m, err := slackbot.Manifest(p.cfg.Slack)
			if err == nil {
				_, err = p.stdout.Write(m)
			}
			return err
		},
	}, &cobra.Command{
		Use:   "check",
		Short: "Say what is missing for Slack, and where to click",
		Long: `Try both tokens, the scopes, a socket, and whether the bot is in the channels
that are listed. Nothing is posted.`,
		Args: cobra.NoArgs,
		RunE: interruptible(func(ctx context.Context, _ []string) error { return p.slackCheck(ctx) }),
	})
	return cmd
}

// slackOptions are those that come from the environment and the settings.
func (p *program) slackOptions() slackbot.Options {
	return slackbot.Options{BotToken: p.getenv("SLACK_BOT_TOKEN"), AppToken: p.getenv("SLACK_APP_TOKEN"), URL: p.getenv("SLACK_API_URL"),
		Rules: p.cfg.Slack, Log: p.log, Now: p.now}
}

// errMissing ends slack check where something is missing. The findings have said so.
var errMissing = errors.New("something is missing for Slack")

func (p *program) slackCheck(ctx context.Context) error {
	missing := false
	for _, f := range slackbot.Check(ctx, p.slackOptions()) {
		mark := "ok      "
		if !f.OK {
			mark, missing = "missing ", true
		}
		fmt.Fprintf(p.stdout, "%s%s\n", mark, show.Line(f.What))
		if f.Remedy != "" {
			fmt.Fprintf(p.stdout, "        %s\n", show.Line(f.Remedy))
		}
	}
	if missing {
		return errMissing
	}
	return nil
}

func (p *program) slack(ctx context.Context) (err error) {
	for _, v := range []string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} {
		if p.getenv(v) == "" {
			return usagef("%s is not set. seeds/guide/slack.md says where to get it; footnote slack check says what else is missing", v)
		}
	}
	level := slog.LevelInfo
	if p.cfg.Verbose {
		level = slog.LevelDebug
	}
	p.log = slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level}))
	// From the start on: a SIGHUP that nobody waits for would end the program.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	c, err := p.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.db.ReadOnly {
		return noticef("the index in %s cannot be written to: another footnote process has it, or its folder is read only. The bot keeps its state there; stop the other process, or choose another folder with --db", c.dir)
	}
	if err := c.checkChannels(ctx, p.cfg.Slack); err != nil {
		return err
	}
	d := &desk{p: p, c: c, hangup: hangup}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.openUp(ctx); err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.keep(reading)
	}()
	err = d.bot.Run(ctx)
	p.log.Info("stopped")
	stop()
	<-done
	if errors.Is(err, slackbot.ErrTokens) {
		return notice{err}
	}
	return err
}

// whoSeesWhat says before the first answer what each place can see.
func (p *program) whoSeesWhat(s *shelf) {
	rules := p.cfg.Slack
	if !rules.Listed {
		p.tell("Every channel that the bot is in, and everybody's direct messages, can see all %s. List channels in %s to limit that.",
			show.Count(len(s.documents), "document"), config.DefaultFile)
		return
	}
	for id, c := range rules.All() {
		where := map[string]string{"dm": "A direct message", "default": "Every other place"}[id]
		what := "all documents"
		if !c.All {
			what = show.Line(strings.Join(c.Folders, ", "))
		}
		p.tell("%s can see %s (%s).", cmp.Or(where, "Channel "+id), what, show.Count(s.Documents(rag.Scope{All: c.All, Folders: c.Folders}), "document"))
	}
	if rules.Default == nil {
		p.tell("Every other place gets a refusal.")
	}
}
