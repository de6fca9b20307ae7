package eval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// The configuration of promptfoo (promptfoo.dev, tested with 0.121.18): JSON, which
// is YAML too. What a program prints is text to promptfoo, so transform reads it.
type promptfooConfig struct {
	Description string              `json:"description"`
	Prompts     []string            `json:"prompts"`
	Providers   []promptfooProvider `json:"providers"`
	Tests       string              `json:"tests"`
}

type promptfooProvider struct {
	ID        string `json:"id"`
	Label     string `json:"label"`
	Transform string `json:"transform"`
}

type promptfooTest struct {
	Description string            `json:"description"`
	Vars        map[string]string `json:"vars"`
	Metadata    map[string]any    `json:"metadata"`
	Assert      []promptfooAssert `json:"assert"`
}

type promptfooAssert struct {
	Type   string `json:"type"`
	Value  string `json:"value"`
	Metric string `json:"metric"`
}

// WritePromptfoo writes a configuration and its tests, which testsFile names as
// the configuration sees it, for promptfoo to ask the questions of rows by itself.
// ask is the command that answers one and prints JSON, such as footnote ask
// --json; the question is put behind it. It needs a POSIX shell, and paths in it
// start at the configuration's folder. A test asserts what is known of a case:
// that the answer holds a right one in any case of letters, that a gold paragraph
// is cited, that the bot refuses or does not. The command knows no conversation,
// so follow-ups are left out: skipped counts them.
func WritePromptfoo(config, tests io.Writer, testsFile string, rows []Row, ask []string) (skipped int, err error) {
	command, err := shellCommand(ask)
	if err != nil {
		return 0, fmt.Errorf("write promptfoo config: %w", err)
	}
	c := promptfooConfig{
		Description: "Footnote",
		Prompts:     []string{"{{question}}"},
		// promptfoo appends the question and two more arguments: $0 is the question.
		Providers: []promptfooProvider{{"exec: sh -c '" + command + ` -- "$0"'`, "footnote", "JSON.parse(output)"}},
		Tests:     "file://" + testsFile,
	}
	enc := json.NewEncoder(config)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return 0, fmt.Errorf("write promptfoo config: %w", err)
	}
	b := bufio.NewWriter(tests)
	enc = json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if len(r.History) > 0 {
			skipped++
			continue
		}
		if err := enc.Encode(r.promptfoo()); err != nil {
			return 0, fmt.Errorf("write promptfoo tests: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return 0, fmt.Errorf("write promptfoo tests: %w", err)
	}
	return skipped, nil
}

func (r Row) promptfoo() promptfooTest {
	t := promptfooTest{
		Description: r.ID,
		Vars:        map[string]string{"question": asValue(r.Question)},
		Metadata:    map[string]any{"id": r.ID, "type": r.Type, "tags": r.Tags},
		Assert:      []promptfooAssert{},
	}
	assert := func(metric, format string, args ...any) {
		t.Assert = append(t.Assert, promptfooAssert{"javascript", fmt.Sprintf(format, args...), metric})
	}
	if r.Answerable != nil && !*r.Answerable {
		assert("refused", "output.abstained === true")
		return t
	}
	if r.Answerable != nil {
		assert("answered", "output.abstained === false")
	}
	if len(r.Answers) > 0 {
		assert("contained", "%s.some(a => output.answer.toLowerCase().includes(a.toLowerCase()))", literal(r.Answers))
	}
	if len(r.Gold) > 0 {
		var gold [][2]any
		for _, g := range r.Gold {
			gold = append(gold, [2]any{g.Doc, g.Paragraph})
		}
		assert("citation_right", "%s.some(g => output.citations.some(c => c.doc === g[0] && (g[1] === 0 || c.paragraph === g[1])))", literal(gold))
	}
	return t
}

// asValue returns s so that promptfoo takes it as it is: no template, and not the
// name of a file to read or a package to run.
func asValue(s string) string {
	if strings.HasPrefix(s, "file://") || strings.HasPrefix(s, "package:") {
		s = " " + s
	}
	return strings.NewReplacer("{", `{{ "{" }}`, "}", `{{ "}" }}`).Replace(s)
}

// literal returns v in JavaScript, without a brace that promptfoo would take for
// the beginning of a template.
func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return strings.ReplaceAll(string(b), "{", `\u007b`)
}

// shellCommand quotes args for a shell, within single quotes: promptfoo knows no
// other way to keep an argument together, and no single quote inside.
func shellCommand(args []string) (string, error) {
	quoted := make([]string, len(args))
	for i, a := range args {
		if strings.ContainsAny(a, "'\n\x00") {
			return "", fmt.Errorf("promptfoo cannot run a command with a quotation mark or a line feed in it: %q", a)
		}
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(a) + `"`
	}
	return strings.Join(quoted, " "), nil
}
