package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and the embedding model",
		Args:  cobra.NoArgs,
		RunE: interruptible(func(context.Context, []string) error {
			e, err := p.embedder()
			if err != nil {
				return fmt.Errorf("load the embedding model: %w", err)
			}
			info, _ := debug.ReadBuildInfo()
			fmt.Fprintf(p.stdout, "footnote %s\nembedding model %s\n", version(info), e.Model())
			return nil
		}),
	}
}

// version returns "v1.2.3 (commit, go1.26, linux/amd64)", as far as it is known.
func version(info *debug.BuildInfo) string {
	number, commit := "(unknown)", ""
	if info != nil {
		number = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value[:min(12, len(s.Value))] + commit
			case s.Key == "vcs.modified" && s.Value == "true":
				commit += " with changes"
			}
		}
	}
	if number == "" {
		number = "(devel)"
	}
	if commit != "" {
		commit += ", "
	}
	return fmt.Sprintf("%s (%s%s, %s/%s)", number, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
