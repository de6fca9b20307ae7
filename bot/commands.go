package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"footnote/bot/config"
)

func (p *program) commands() *cobra.Command {
	root := &cobra.Command{
		Use:   "footnote",
		Short: "Answers questions from your documents and cites every sentence",
		Long: `Footnote answers questions from your documents and cites every sentence.

It reads the folder seeds, or the one named by --docs, and needs no key and no
network. A language model writes the answers if --llm-model names one. Every
flag can also be set in ` + config.DefaultFile + ` or as FOOTNOTE_<FLAG>.

Exit codes: 0 answered or not found, 1 error, 2 usage, 3 index unusable, 4 key
or Slack token refused, 5 endpoint unreachable, 6 rate limited, 7 timeout (4 to
7 only where nothing could be done without the model or Slack), 10 not found
with --fail-on-abstain, 20 gate of an evaluation failed, 21 evaluation
incomplete, 130 interrupted.`,
		Example: `  footnote ask "How long is parental leave?"
  footnote chat --docs handbook --docs notes=~/notes`,
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // commandError makes them
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.cfg.Load(cmd.Flags(), p.getenv); err != nil {
				return err // a usage error: nothing has been started
			}
			p.started = true
			if p.cfg.Verbose {
				p.log = slog.New(slog.NewTextHandler(p.stderr, nil))
			}
			return nil
		},
	}
	p.cfg.Flags(root.PersistentFlags(), append([]string{"docs", "db", "config", "plain", "verbose", "local-only", "llm-ca", "llm-parallel"}, config.EmbedFlags()...)...)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 "))
	root.AddCommand(p.askCommand(), p.chatCommand(), p.slackCommand(), p.indexCommand(), p.sourcesCommand(), p.feedbackCommand(), p.evalCommand(), p.versionCommand())
	return root
}

// commandError names the command that was probably meant.
func commandError(root *cobra.Command, err error) error {
	var word, path string
	if _, other := fmt.Sscanf(err.Error(), "unknown command %q for %q", &word, &path); other != nil {
		return err
	}
	parent, _, findErr := root.Find(strings.Fields(path)[1:])
	if findErr != nil {
		return err
	}
	var names []string
	for _, cmd := range parent.Commands() {
		names = append(names, cmd.Name())
	}
	if near := config.Nearest(word, names); near != "" {
		return fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return fmt.Errorf("%w; footnote help lists them", err)
}

// flagError names the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := config.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	return err
}

// interruptible runs a command that Ctrl-C ends: the first one asks it to, a
// second one does not wait.
func interruptible(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
		defer stop()
		context.AfterFunc(ctx, stop)
		return run(ctx, args)
	}
}
