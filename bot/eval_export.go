package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag/eval"
)

func (p *program) evalExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export FORMAT RESULTS --out DIR [-- FLAGS]",
		Short: "Write results for trec_eval, ragas or promptfoo",
		Long: `Write RESULTS, a file that footnote eval --out wrote, for another tool into the
folder DIR. FORMAT is one of

  trec       run.trec and qrels.trec, for trec_eval
  ragas      ragas.jsonl, a SingleTurnSample of ragas a line
  promptfoo  promptfooconfig.yaml and tests.jsonl: promptfoo asks the questions
             itself, with footnote ask in this folder and the FLAGS after --

Questions that could not be asked are left out, but for promptfoo, and so are
follow-ups for promptfoo, which knows no conversation.`,
		Example: `  footnote eval export trec results.jsonl --out trec
  footnote eval export promptfoo results.jsonl --out promptfoo \
      -- --docs handbook`,
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if n := cmd.ArgsLenAtDash(); len(args) < 2 || n < 0 && len(args) > 2 || n >= 0 && n != 2 {
			return errors.New("footnote eval export takes a format (trec, ragas or promptfoo) and a file of results")
		}
		misplaced := ""
		cmd.Flags().Visit(func(f *pflag.Flag) {
			if !slices.Contains([]string{"out", "force", "plain", "verbose"}, f.Name) {
				misplaced = f.Name
			}
		})
		if misplaced != "" {
			return fmt.Errorf("--%s is for footnote ask here: write it behind -- at the end, as in footnote eval export promptfoo results.jsonl --out DIR -- --docs handbook", misplaced)
		}
		return nil
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.evalExport(args[0], args[1], args[2:]) }
	p.cfg.Flags(cmd.Flags(), "out", "force")
	return cmd
}

// An exported file has a name and what is in it.
type exported struct {
	name string
	text bytes.Buffer
}

// evalExport writes the results in a file for another tool. Flags are those of
// footnote ask.
func (p *program) evalExport(format, path string, flags []string) error {
	formats := []string{"trec", "ragas", "promptfoo"}
	switch {
	case !slices.Contains(formats, format):
		hint := ""
		if near := config.Nearest(format, formats); near != "" {
			hint = fmt.Sprintf("; did you mean %s?", near)
		}
		return usagef("there is no format %s: it is one of %s%s", show.Line(format), strings.Join(formats, ", "), hint)
	case p.cfg.Out == "":
		return usagef("name the folder to write to with --out DIR")
	case len(flags) > 0 && format != "promptfoo":
		return usagef("what stands after -- is for footnote ask, which only promptfoo calls")
	}
	rows, err := readRows(path)
	if err != nil {
		return err
	}
	files, left, err := export(format, rows, flags)
	if err != nil {
		return err
	}
	return p.writeExport(files, len(rows), left)
}

// readRows returns the rows of a file of results, whole and each case once.
func readRows(path string) ([]eval.Row, error) {
	at, rows := map[string]int{}, []eval.Row{}
	return rows, eachRow(path, "the results", "footnote eval export takes", func(row eval.Row) {
		i, twice := at[row.ID]
		if !twice {
			i = len(rows)
			at[row.ID] = i
			rows = append(rows, row)
		}
		rows[i] = row
	})
}

// export returns what another tool reads, and what of the rows it leaves out.
func export(format string, rows []eval.Row, flags []string) (files []*exported, left string, err error) {
	failed := 0
	for _, r := range rows {
		if r.Error != "" {
			failed++
		}
	}
	if failed > 0 {
		left = fmt.Sprintf("; %s left out that could not be asked", show.Count(failed, "question"))
	}
	a, b := &exported{}, &exported{}
	switch format {
	case "trec":
		a.name, b.name = "run.trec", "qrels.trec"
		err = errors.Join(eval.WriteRun(&a.text, rows, "footnote"), eval.WriteQrels(&b.text, rows))
		return []*exported{a, b}, left, err
	case "ragas":
		a.name = "ragas.jsonl"
		return []*exported{a}, left, eval.WriteRagas(&a.text, rows)
	}
	a.name, b.name = "promptfooconfig.yaml", "tests.jsonl"
	ask, err := askHere(flags)
	if err != nil {
		return nil, "", err
	}
	skipped, err := eval.WritePromptfoo(&a.text, &b.text, b.name, rows, ask)
	if err != nil {
		return nil, "", usageError{err}
	}
	left = ""
	if skipped > 0 {
		left = fmt.Sprintf("; %s left out, since promptfoo knows no conversation", show.Count(skipped, "follow-up"))
	}
	return []*exported{a, b}, left, nil
}

// askHere is the command that answers a question with the settings and relative
// paths of the working folder, though promptfoo runs it in another.
func askHere(flags []string) ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	work, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working folder: %w", err)
	}
	return append([]string{"sh", "-c", `cd "$0" && exec "$@"`, work, program, "ask", "--json"}, flags...), nil
}

// writeExport writes all files, or none if one is there already.
func (p *program) writeExport(files []*exported, all int, left string) error {
	dir := p.cfg.Out
	var names []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if _, err := os.Lstat(path); err == nil && !p.cfg.Force {
			return usagef("there is a file %s already: --force replaces it", path)
		}
		names = append(names, path)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		if isFile(dir) {
			return usagef("--out %s is a file: name a folder", dir)
		}
		return noticef("the folder %s cannot be made: %w", dir, cause(err))
	}
	for i, f := range files {
		if err := writeFile(names[i], true, func(w io.Writer) error { _, err := f.text.WriteTo(w); return err }); err != nil {
			return err
		}
	}
	p.tell("Written to %s from %s%s.", strings.Join(names, " and "), show.Count(all, "question"), left)
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
