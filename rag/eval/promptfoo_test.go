package eval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWritePromptfoo(t *testing.T) {
	var config, tests strings.Builder
	skipped, err := WritePromptfoo(&config, &tests, "cases/tests.jsonl", exported(), []string{"footnote", "ask", "--docs", `my $docs`, "--json"})
	if err != nil || skipped != 1 {
		t.Fatalf("%d skipped, want 1: %v", skipped, err)
	}
	wantConfig := `{
  "description": "Footnote",
  "prompts": [
    "{{question}}"
  ],
  "providers": [
    {
      "id": "exec: sh -c '\"footnote\" \"ask\" \"--docs\" \"my \\$docs\" \"--json\" -- \"$0\"'",
      "label": "footnote",
      "transform": "JSON.parse(output)"
    }
  ],
  "tests": "file://cases/tests.jsonl"
}
`
	if diff := cmp.Diff(wantConfig, config.String()); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	const cites = `.some(g => output.citations.some(c => c.doc === g[0] && (g[1] === 0 || c.paragraph === g[1])))","metric":"citation_right"}`
	const holds = `.some(a => output.answer.toLowerCase().includes(a.toLowerCase()))","metric":"contained"}`
	const answered = `{"type":"javascript","value":"output.abstained === false","metric":"answered"}`
	want := []string{
		`{"description":"q 1","vars":{"question":"What is {{ \"{\" }}{{ \"{\" }}question{{ \"}\" }}{{ \"}\" }} in {{ \"{\" }}% raw %{{ \"}\" }} or {{ \"{\" }}# a \"note\" #{{ \"}\" }}, $HOME, it's"},"metadata":{"id":"q 1","tags":null,"type":""},"assert":[` + answered +
			`,{"type":"javascript","value":"[\"no\",\"the fund\"]` + holds + `,{"type":"javascript","value":"[[\"a b\\u007b\\u007b1}}.md\",2],[\"a b\\u007b\\u007b1}}.md\",2],[\"c.md\",0]]` + cites + `]}`,
		`{"description":"q#2","vars":{"question":" file:///etc/hostname"},"metadata":{"id":"q#2","tags":null,"type":""},"assert":[{"type":"javascript","value":"output.abstained === true","metric":"refused"}]}`,
		"{\"description\":\"q3\",\"vars\":{\"question\":\"Größe -- \\\\ `x`?\"},\"metadata\":{\"id\":\"q3\",\"tags\":null,\"type\":\"\"},\"assert\":[" + answered +
			`,{"type":"javascript","value":"[\"gold's \\\"end\\\"\"]` + holds + `,{"type":"javascript","value":"[[\"c.md\",3]]` + cites + `]}`,
		`{"description":"failed","vars":{"question":"Why?"},"metadata":{"id":"failed","tags":null,"type":""},"assert":[{"type":"javascript","value":"[[\"c.md\",9]]` + cites + `]}`,
		`{"description":"open","vars":{"question":"[\"a\", \"b\"]"},"metadata":{"id":"open","tags":null,"type":""},"assert":[]}`,
		"",
	}
	if diff := cmp.Diff(want, strings.Split(tests.String(), "\n")); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
}

func TestWritePromptfooErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func() (int, error)
		want  string
	}{
		{"a quotation mark", func() (int, error) {
			return WritePromptfoo(&strings.Builder{}, &strings.Builder{}, "t", nil, []string{"it's"})
		}, `promptfoo cannot run a command with a quotation mark or a line feed in it: "it's"`},
		{"a full disk for the configuration", func() (int, error) { return WritePromptfoo(full{}, &strings.Builder{}, "t", nil, nil) }, "no space left"},
		{"a full disk for the tests", func() (int, error) {
			return WritePromptfoo(&strings.Builder{}, full{}, "t", exported(), nil)
		}, "no space left"},
	} {
		if _, err := c.write(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}
