package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

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
		Long: `Print the manifest of the Slack app that the settings need, as JSON: with no more
scopes and events than that. Paste it where Slack makes an app from a manifest.`,
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
		Long: `Try both tokens, the scopes, a socket, and whether the bot is in the channels that
are listed. Nothing is posted.`,
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
	c, err := p.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.db.ReadOnly {
		return noticef("the index in %s cannot be written to: another footnote process has it, or its folder is read only. The bot keeps its state there; stop the other process, or choose another folder with --db", c.dir)
	}
	if err := p.checkChannels(c); err != nil {
		return err
	}
	d := &desk{p: p, c: c}
	if err := d.read(ctx); err != nil { // so that the first question finds documents
		return err
	}
	opt := p.slackOptions()
	opt.DB, opt.Library = c.db, d.shelf
	d.bot = slackbot.New(opt)
	p.whoSeesWhat(d.shelf)
	reading, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.keep(reading)
	}()
	err = d.bot.Run(ctx)
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
	tell := func(where string, c config.Channel) {
		what := "all documents"
		if !c.All {
			what = show.Line(strings.Join(c.Folders, ", "))
		}
		p.tell("%s can see %s (%s).", where, what, show.Count(s.count(rag.Scope{All: c.All, Folders: c.Folders}), "document"))
	}
	for _, id := range slices.Sorted(maps.Keys(rules.Channels)) {
		tell("Channel "+id, rules.Channels[id])
	}
	if rules.Direct != nil {
		tell("A direct message", *rules.Direct)
	}
	if rules.Default != nil {
		tell("Every other place", *rules.Default)
	} else {
		p.tell("Every other place gets a refusal.")
	}
}

// A desk keeps the bot's documents and settings up to date.
type desk struct {
	p     *program
	c     *corpus
	bot   *slackbot.Bot
	shelf *shelf
	old   []*models // of former settings: an answer in progress may use them
}

// readEvery is how long the documents rest.
const readEvery = time.Minute

// keep reads the documents again every minute, and the settings at SIGHUP.
func (d *desk) keep(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	defer func() {
		for _, m := range d.old {
			m.close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := d.reload(ctx); err != nil {
				d.p.log.Error("settings stay as they were", "error", err)
				continue
			}
			d.p.log.Info("settings read again")
		case <-tick.C:
		}
		if err := d.read(ctx); err != nil && ctx.Err() == nil {
			d.p.log.Error("read the documents", "error", err)
		}
		d.forget(ctx)
	}
}

// read brings the documents up to date: their words first, so that they are found
// by them while vectors are made.
func (d *desk) read(ctx context.Context) error {
	r := d.c.read(ctx, false, func(rag.Progress) {})
	err := r.waitWords(ctx)
	if err == nil {
		d.c.asOf = r.asOf
		if err = d.publish(ctx); err == nil {
			err = r.waitVectors(ctx, time.Hour)
		}
	}
	r.told = err != nil
	err = errors.Join(err, r.end())
	var fault *rag.ModelError
	if errors.As(err, &fault) { // words are searched all the same
		d.p.log.Error("not all vectors could be made", "error", err)
		err = nil
	}
	for _, t := range troubles(r.report) {
		d.p.log.Warn("documents", "problem", t)
	}
	if err != nil {
		return err
	}
	return d.publish(ctx)
}

// publish has the bot answer from what the index holds now.
func (d *desk) publish(ctx context.Context) error {
	s, files, err := d.c.stock(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(files, func(_ string, f rag.FileState) bool { return f.Refused != "" })
	quoting := *d.c
	quoting.writer = nil
	d.shelf = &shelf{p: d.p, c: d.c, stock: s, documents: files, engine: d.c.engine(d.p.cfg), quotes: quoting.engine(d.p.cfg), model: d.c.writerName(), roots: d.c.roots}
	if d.bot != nil {
		d.bot.Exchange(d.shelf, d.p.cfg.Slack)
	}
	return nil
}

// forget deletes what is older than the retention. What came in is known for a day
// even if nothing is kept: Slack may tell of it again.
func (d *desk) forget(ctx context.Context) {
	keep := d.p.cfg.Slack.Retention
	now := d.p.now()
	err := errors.Join(d.c.db.Forget(ctx, now.Add(-keep)), d.c.db.ForgetDeliveries(ctx, now.Add(-max(keep, 24*time.Hour))))
	if err != nil && ctx.Err() == nil {
		d.p.log.Error("forget old questions", "error", err)
	}
}

// reload takes on the settings as they would be if the program were started now, or
// none of them. The documents' folders and the index stay: they are open.
func (d *desk) reload(ctx context.Context) error {
	fresh, err := d.p.again()
	if err != nil {
		return err
	}
	if !slices.EqualFunc(fresh.cfg.Docs, d.p.cfg.Docs, func(a, b config.Root) bool { return a.Name == b.Name && a.Dir == b.Dir }) || fresh.cfg.DB != d.p.cfg.DB {
		return errors.New("docs and db cannot change while the bot runs: start it again")
	}
	c := *d.c
	c.roots, c.writer, c.former = fresh.cfg.Docs, nil, nil
	if c.models, err = fresh.models(); err != nil {
		return err
	}
	if err := fresh.equip(ctx, &c); err != nil {
		return errors.Join(err, c.models.close())
	}
	d.old = append(d.old, d.c.models)
	*d.p, *d.c = *fresh, c
	return d.publish(ctx)
}

// equip gives a corpus the models that the settings name.
func (p *program) equip(ctx context.Context, c *corpus) (err error) {
	if c.embed, err = p.embeddingModel(c.models); err != nil {
		return fmt.Errorf("load the embedding model: %w", err)
	}
	if err := c.checkLocalOnly(ctx); err != nil {
		return err
	}
	if err := p.checkChannels(c); err != nil {
		return err
	}
	if err := p.formerEmbedder(ctx, c); err != nil {
		return err
	}
	return p.hireWriter(ctx, c)
}
