package main

import "github.com/spf13/cobra"

func (p *program) evalInitCommand() *cobra.Command   { return &cobra.Command{Use: "init"} }
func (p *program) evalReviewCommand() *cobra.Command { return &cobra.Command{Use: "review"} }
