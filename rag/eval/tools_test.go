package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The tests of this file hand what is written to the tools that are to read it.
// They skip where the tool is not installed, as in CI:
//
//	pip install pytrec_eval-terrier ragas    (in a venv that is in PATH)
//	npm install promptfoo@0.121.18           (with node_modules/.bin in PATH)
//	EVALUATE_SQUAD=evaluate-v2.0.py          (the script from SQuAD's page)

// python runs a script of testdata that needs a package, and returns what it prints.
func python(t *testing.T, pkg, script string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed")
	}
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import "+pkg).Run(); err != nil {
		t.Skipf("python3 has no %s", pkg)
	}
	cmd := exec.CommandContext(t.Context(), "python3", append([]string{script}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.Bytes())
	}
	return out
}

// write writes a file into a folder of its own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ties returns judgements and a run, most of whose scores are equal to another.
func ties() (qrels, run string) {
	random := rand.New(rand.NewPCG(5, 0))
	var q, r strings.Builder
	for id := range 200 {
		for doc := range 30 {
			if random.IntN(4) == 0 {
				fmt.Fprintf(&q, "q%d 0 d%d %d\n", id, doc, random.IntN(5)-1)
			}
			if random.IntN(2) == 0 {
				// The last bits are lost in single precision.
				fmt.Fprintf(&r, "q%d Q0 d%d 1 %.9f ties\n", id, doc, float64(random.IntN(6))/7+float64(random.IntN(3))*1e-9)
			}
		}
	}
	return q.String(), r.String()
}

// TestTrecEval compares every question of the reference run, and of one full of
// ties and grades, with trec_eval's own code.
func TestTrecEval(t *testing.T) {
	qrels, run := ties()
	t.Run("ties", func(t *testing.T) { compareTrecEval(t, write(t, "qrels", qrels), write(t, "run", run)) })
	t.Run("golden", func(t *testing.T) {
		compareTrecEval(t, goldenFile(t, "retrieval/qrels.trec").Name(), goldenFile(t, "retrieval/run.trec").Name())
	})
	t.Run("own", func(t *testing.T) {
		var q, r strings.Builder
		if err := WriteQrels(&q, exported()); err != nil {
			t.Fatal(err)
		}
		if err := WriteRun(&r, exported(), "footnote"); err != nil {
			t.Fatal(err)
		}
		compareTrecEval(t, write(t, "qrels", q.String()), write(t, "run", r.String()))
	})
}

func compareTrecEval(t *testing.T, qrelsPath, runPath string) {
	var want map[string]map[string]float64
	if err := json.Unmarshal(python(t, "pytrec_eval", "testdata/trec_eval.py", qrelsPath, runPath), &want); err != nil {
		t.Fatal(err)
	}
	qrels := readFile(t, qrelsPath, ReadQrels)
	run := readFile(t, runPath, ReadRun)
	n := 0
	for id, values := range want {
		got := rankMeasures(qrels[unescaped(t, id)], run[unescaped(t, id)])
		for name, w := range values {
			if !near(got[name], w) {
				t.Errorf("%s of %s is %v, trec_eval says %v", name, id, got[name], w)
			}
			n++
		}
	}
	if n == 0 {
		t.Fatal("trec_eval measured nothing")
	}
	t.Logf("%d questions, %d values", len(want), n)
}

// TestSQuADScript compares with the official evaluator: 1,000 predictions, a
// third of them refusals, with equal and unequal probabilities.
func TestSQuADScript(t *testing.T) {
	script := os.Getenv("EVALUATE_SQUAD")
	if script == "" {
		t.Skip("EVALUATE_SQUAD does not name the official evaluator")
	}
	for _, c := range []struct {
		ps        []Prediction
		threshold float64
	}{{predictions(), 1}, {predictions(), .5}, {predictions(), .3}, {tenPredictions, 1}, {tenPredictions, .5}, {tenPredictions, .45}} {
		ps, threshold := c.ps, c.threshold
		want := runSQuADScript(t, script, ps, threshold)
		got := SQuAD(ps, threshold)
		for name, g := range map[string]float64{
			"exact": got.Exact, "f1": got.F1, "total": float64(got.Total),
			"HasAns_exact": got.HasAnswer.Exact, "HasAns_f1": got.HasAnswer.F1, "HasAns_total": float64(got.HasAnswer.Total),
			"NoAns_exact": got.NoAnswer.Exact, "NoAns_f1": got.NoAnswer.F1, "NoAns_total": float64(got.NoAnswer.Total),
			"best_exact": got.BestExact, "best_exact_thresh": got.BestExactThreshold,
			"best_f1": got.BestF1, "best_f1_thresh": got.BestF1Threshold,
		} {
			if w, ok := want[name]; !ok || g != w {
				t.Errorf("threshold %v: %s is %v, the evaluator says %v", threshold, name, g, w)
			}
		}
	}
}

// predictions returns 1,000 made up of few words, so that they overlap.
func predictions() []Prediction {
	random := rand.New(rand.NewPCG(9, 0))
	vocabulary := strings.Fields("the a an Ford's engine, “wings” 1,000 x-ray U.S. Straße İzmir ΟΔΟΣ the-end 12人 blue . red an' naïve")
	text := func(most int) string {
		var words []string
		for range random.IntN(most + 1) {
			words = append(words, vocabulary[random.IntN(len(vocabulary))])
		}
		return strings.Join(words, " ")
	}
	ps := make([]Prediction, 1000)
	for i := range ps {
		for range random.IntN(4) {
			ps[i].Answers = append(ps[i].Answers, text(3))
		}
		switch random.IntN(3) {
		case 0:
		case 1:
			ps[i].Text = text(4)
		case 2:
			if len(ps[i].Answers) > 0 {
				ps[i].Text = ps[i].Answers[0] + " " + text(1)
			}
		}
		ps[i].NoAnswer = float64(random.IntN(200)) / 200
		if len(ps[i].Answers) > 0 {
			ps[i].NoAnswer /= 2
		}
	}
	return ps
}

func runSQuADScript(t *testing.T, script string, ps []Prediction, threshold float64) map[string]float64 {
	type answer struct {
		Text string `json:"text"`
	}
	var qas []any
	texts, none := map[string]string{}, map[string]float64{}
	for i, p := range ps {
		id := fmt.Sprintf("%04d", i) // in the order of the predictions, as JSON sorts keys
		answers := []answer{}
		for _, a := range p.Answers {
			answers = append(answers, answer{a})
		}
		qas = append(qas, map[string]any{"id": id, "answers": answers})
		texts[id], none[id] = p.Text, p.NoAnswer
	}
	data := map[string]any{"data": []any{map[string]any{"paragraphs": []any{map[string]any{"qas": qas}}}}}
	file := func(name string, v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, name, string(b))
	}
	out := python(t, "numpy", script, file("data.json", data), file("texts.json", texts),
		"--na-prob-file", file("none.json", none), "--na-prob-thresh", fmt.Sprint(threshold))
	var want map[string]float64
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return want
}

// TestRagas has ragas read the samples.
func TestRagas(t *testing.T) {
	var b strings.Builder
	if err := WriteRagas(&b, exported()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type    string
		Samples []ragasSample
	}
	if err := json.Unmarshal(python(t, "ragas", "testdata/ragas_read.py", write(t, "samples.jsonl", b.String())), &got); err != nil {
		t.Fatal(err)
	}
	var want []ragasSample
	for _, r := range exported() {
		if r.Error == "" {
			want = append(want, r.ragas())
		}
	}
	if got.Type != "SingleTurnSample" || len(want) == 0 {
		t.Errorf("%d samples of type %s", len(want), got.Type)
	}
	if diff := cmp.Diff(want, got.Samples); diff != "" {
		t.Errorf("ragas reads other samples (-want +got):\n%s", diff)
	}
}

// TestPromptfoo has promptfoo ask a program that notes the question and gives one
// fixed answer. The tests that this answer passes have to pass, and no others.
func TestPromptfoo(t *testing.T) {
	promptfoo, err := exec.LookPath("promptfoo")
	if err != nil {
		t.Skip("promptfoo is not installed")
	}
	dir := t.TempDir()
	const fixed = `{"answer":"It is the FUND [1].","abstained":false,"citations":[{"doc":"a b{{1}}.md","paragraph":2}]}`
	program := filepath.Join(dir, "a program.sh")
	script := "#!/bin/sh\nshift $(($# - 1))\nprintf '%s\\0' \"$1\" >>questions\necho '" + fixed + "'\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	var config, tests bytes.Buffer
	rows := exported()
	if _, err := WritePromptfoo(&config, &tests, "tests.jsonl", rows, []string{program, "ask", `$HOME "x" \`}); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"promptfooconfig.json": config.Bytes(), "tests.jsonl": tests.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := runPromptfoo(t, promptfoo, dir)
	want := map[string]bool{"q 1": true, "q#2": false, "q3": false, "failed": false, "open": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("passed (-want +got):\n%s", diff)
	}
	noted, err := os.ReadFile(filepath.Join(dir, "questions"))
	if err != nil {
		t.Fatal(err)
	}
	var asked, questions []string
	for _, q := range strings.Split(strings.TrimSuffix(string(noted), "\x00"), "\x00") {
		asked = append(asked, strings.TrimSpace(q))
	}
	for _, r := range rows {
		if r.History == nil {
			questions = append(questions, r.Question)
		}
	}
	slices.Sort(asked)
	slices.Sort(questions)
	if diff := cmp.Diff(questions, asked); diff != "" {
		t.Errorf("other questions were asked (-want +got):\n%s", diff)
	}
}

// runPromptfoo returns which tests passed, by their description.
func runPromptfoo(t *testing.T, promptfoo, dir string) map[string]bool {
	cmd := exec.CommandContext(t.Context(), promptfoo, "eval", "-c", "promptfooconfig.json", "-o", "out.json", "--no-cache", "--no-table", "--no-progress-bar")
	cmd.Dir = dir
	cmd.WaitDelay = time.Minute
	cmd.Env = append(os.Environ(), "PROMPTFOO_CONFIG_DIR="+filepath.Join(dir, "state"),
		"PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_DISABLE_REMOTE_GENERATION=1")
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 0 && cmd.ProcessState.ExitCode() != 100 { // 100: a test failed
		t.Fatalf("promptfoo: %v\n%s", err, said)
	}
	b, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var out struct {
		Results struct {
			Results []struct {
				Success  bool
				Error    string
				TestCase struct{ Description string }
			}
		}
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	passed := map[string]bool{}
	for _, r := range out.Results.Results {
		passed[r.TestCase.Description] = r.Success
		t.Logf("%s: %v %s", r.TestCase.Description, r.Success, r.Error)
	}
	return passed
}
