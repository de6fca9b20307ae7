package slackbot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"footnote/prompts"
	"footnote/rag"
)

// TestTypes has Slack's own types (@slack/types) take every block and view.
func TestTypes(t *testing.T) {
	tsc := filepath.Join("testdata", "types", "node_modules", ".bin", "tsc")
	if _, err := os.Stat(tsc); err != nil {
		t.Skip("Slack's types are not installed; run npm install in bot/slackbot/testdata/types")
	}
	var src bytes.Buffer
	src.WriteString("import { KnownBlock, ModalView } from '@slack/types';\n")
	n := 0
	known := func(blocks any) {
		fmt.Fprintf(&src, "export const blocks%d: KnownBlock[] = %s;\n", n, indented(t, blocks))
		n++
	}
	for _, lang := range prompts.Languages {
		v := channel(t)
		v.Fixed = in(t, lang)
		for _, a := range answers() {
			for _, m := range v.messages(a, helpful, unhelpful, share) {
				known(m.Blocks)
			}
			known(v.tail(a, helpful).Blocks)
		}
		known([]any{v.question("How long?")})
		known(notice("No. Reference 7F3A.").Blocks)
		fmt.Fprintf(&src, "export const view%s: ModalView = %s;\n", lang, indented(t, v.reasonModal("00c0ffee")))
	}
	// A check that takes anything would take these too, and say that no error came.
	blocks := compact(t, channel(t).messages(rag.Answer{ID: "1", Verdict: rag.NotFound}, helpful)[0].Blocks)
	for i, wrong := range []*strings.Replacer{
		strings.NewReplacer(`"markdown"`, `"markdwn"`), strings.NewReplacer(`"plain_text"`, `"mrkdwn"`),
		strings.NewReplacer(`"elements"`, `"items"`), strings.NewReplacer(`"text":`, `"txt":`),
	} {
		fmt.Fprintf(&src, "// @ts-expect-error\nexport const wrong%d: KnownBlock[] = %s;\n", i, wrong.Replace(blocks))
	}
	if out, err := typeCheck(t, tsc, src.Bytes()); err != nil {
		t.Errorf("Slack's types reject what is sent: %v\n%s", err, out)
	}
	t.Logf("%d messages and %d views", n, len(prompts.Languages))
}

func compact(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// typeCheck has the TypeScript compiler read a file beside the installed types.
func typeCheck(t *testing.T, tsc string, src []byte) (out []byte, err error) {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Dir(filepath.Dir(tsc))), "check")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "blocks.ts")
	if err := os.WriteFile(file, src, 0o644); err != nil {
		t.Fatal(err)
	}
	return exec.Command(tsc, "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", "--target", "es2022", file).CombinedOutput()
}
