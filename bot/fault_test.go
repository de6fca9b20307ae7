package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	theKey  = "sk-0123456789"
	theBody = "CANARY" // in whatever an endpoint says that is not an answer
)

// faultDocs are small enough to be sent whole.
var faultDocs = map[string]string{
	"hr/leave.md": "# Leave\n\nEvery parent takes 16 weeks of parental leave at full pay.\n\nLeave may begin up to four weeks before the due date.\n",
	"canteen.md":  "# Canteen\n\nThe canteen opens at noon.\n",
}

const faultQuestion = "How long is parental leave?"

// atFault returns a program that asks the endpoint at url, with a key, on 14 March.
func atFault(t *testing.T, url, stdin string) (p *program, stdout, stderr *bytes.Buffer) {
	p, stdout, stderr = offline(t, stdin, faultDocs)
	p.now = func() time.Time { return time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) }
	p.getenv = asks(url)
	return p, stdout, stderr
}

// asks is the environment of a program that asks the endpoint at url.
func asks(url string) func(string) string {
	return func(name string) string {
		return map[string]string{"FOOTNOTE_LLM_URL": url, "FOOTNOTE_LLM_MODEL": "small", "FOOTNOTE_LLM_KEY": theKey}[name]
	}
}

// What is seen, with HOST for the endpoint.
const leaveSource = `
Sources
[1] Leave   hr/leave.md:3
`

const (
	leaveQuote  = `    "Every parent takes 16 weeks of parental leave at full pay."` + "\n"
	leavePlace  = "Leave                                        hr/leave.md:3\n  Every parent takes 16 weeks of parental leave at full pay. [1]\n"
	leaveAnswer = "Parental leave is 16 weeks at full pay [1].\n" + leaveSource + leaveQuote + "1 of 1 sentence checked\n"
	leaveCut    = "Parental leave is 16 weeks at full pay [1].\nThe answer was cut off.\n" + leaveSource + leaveQuote + "1 of 1 sentence checked\n"
)

// quotesFor are the quotes that stand in for an answer.
func quotesFor(why string) string {
	return why + " Quotes instead:\n" + leavePlace
}

func notAnswered(why string) string {
	return quotesFor("The model did not answer (HOST: " + why + ").")
}

// What scripts say: the answer, and its JSON as verdict | degraded | model | usage.
const (
	said          = "ANSWER\nParental leave is 16 weeks at full pay [1].\n"
	leaveJSON     = "answered |  | small at HOST | 1200/1000/34"
	cutJSON       = "partial | cut off | small at HOST | "
	saidAndMore   = "ANSWER\nParental leave is 16 weeks at full pay [1]. It may "
	saidTooLittle = "ANSWER\nParental leave is 16 "
)

func notAnsweredJSON(why string) string {
	return "answered | the model did not answer (HOST: " + why + ") | extractive | 0/0/0"
}

// A faultRow is an endpoint's fault, and what is seen of it.
type faultRow struct {
	name     string
	script   string // see endpoint
	args     []string
	requests int
	text     string
	json     string
	check    func(t *testing.T, sent []string)
}

// why makes a row of a fault that leaves nothing to show but quotes.
func why(name, script string, requests int, why string, args ...string) faultRow {
	return faultRow{name: name, script: script, args: args, requests: requests, text: notAnswered(why), json: notAnsweredJSON(why)}
}

// whyAfter makes a row of a fault that comes when the reply has begun: it costs
// tokens.
func whyAfter(name, script, why string) faultRow {
	return faultRow{name: name, script: script, requests: 1, text: notAnswered(why),
		json: "answered | the model did not answer (HOST: " + why + ") | extractive | N"}
}

// without makes a row of an endpoint that rejects what a request has, once.
func without(name, script, what string) faultRow {
	return faultRow{name: name, script: script + "\n!next\n" + said, requests: 2, text: leaveAnswer, json: leaveJSON,
		check: func(t *testing.T, sent []string) {
			if !strings.Contains(sent[0], what) || strings.Contains(sent[1], what) {
				t.Errorf("%s: in the first request %t, in the second %t", what, strings.Contains(sent[0], what), strings.Contains(sent[1], what))
			}
		}}
}

// problemOf is an error as OpenAI sends it.
func problemOf(status int, code, message string) string {
	return fmt.Sprintf("!status %d {\"error\":{\"message\":%q,\"type\":\"invalid_request_error\",\"code\":%q}}\n", status, message+" "+theBody+" "+theKey, code)
}

func faultRows() []faultRow {
	page := "<html><head><title>" + theBody + "</title></head><body>" + theBody + " " + theKey + "</body></html>"
	far := "Thu, 31 Dec 2099 23:59:59 GMT"
	busy := problemOf(429, "rate_limit_exceeded", "Too many requests.")
	down := problemOf(503, "", "It is down.")
	answered := func(name, script string, requests int) faultRow {
		return faultRow{name: name, script: script, requests: requests, text: leaveAnswer, json: leaveJSON}
	}
	cut := func(name, script, usage string, args ...string) faultRow {
		return faultRow{name: name, script: script, args: args, requests: 1, text: leaveCut, json: cutJSON + usage}
	}
	return []faultRow{
		answered("no fault", said, 1),
		why("key refused", problemOf(401, "invalid_api_key", "Incorrect API key provided."), 1, "the key is refused"),
		why("forbidden", problemOf(403, "", "Not for you."), 1, "the key is refused"),
		why("quota", problemOf(429, "insufficient_quota", "You exceeded your current quota."), 1, "quota"),
		why("payment required", problemOf(402, "", "Pay first."), 1, "quota"),
		why("rate limit, in seconds", "!header Retry-After: 3600\n"+busy, 1, "rate limit"),
		why("rate limit, a date", "!header Retry-After: "+far+"\n"+busy, 1, "rate limit"),
		answered("rate limit that passes", "!header Retry-After-Ms: 1\n"+busy+"!next\n"+said, 2),
		answered("500, 503, then an answer", problemOf(500, "", "Oops.")+"!next\n"+down+"!next\n"+said, 3),
		why("500 for ever", problemOf(500, "", "Oops."), 3, "cannot be reached"),
		why("503 for ever", down, 3, "cannot be reached"),
		why("reset before any byte", "!cut\n", 3, "cannot be reached"),
		answered("reset once", "!cut\n!next\n"+said, 2),
		whyAfter("reset before a sentence", saidTooLittle+"\n!cut\n", "cut off"),
		cut("reset after a sentence", saidAndMore+"\n!cut\n", "N"),
		cut("neither [DONE] nor a finish reason", saidAndMore+"\n!end\n", "N"),
		cut("length, after a sentence", saidAndMore+"\n!finish length\n", "1200/1000/34"),
		{name: "length, before a sentence", script: saidTooLittle + "\n!finish length\n", requests: 1,
			text: quotesFor("The model did not answer (cut off)."), json: "answered | the model did not answer (cut off) | extractive | 1200/1000/34"},
		whyAfter("content filter", "!finish content_filter\n", "it refused to answer"),
		cut("content filter, after a sentence", saidAndMore+"\n!finish content_filter\n", "N"),
		why("content filter, as a status", problemOf(400, "content_filter", "The prompt triggered the policy."), 1, "it refused to answer"),
		whyAfter("refusal", `!delta {"refusal":"I cannot help with `+theBody+`"}`+"\n", "it refused to answer"),
		{name: "nothing at all", requests: 1, text: notAnswered("unusable reply"),
			json: "answered | the model did not answer (HOST: unusable reply) | extractive | 1200/1000/34"},
		why("nothing, not even an end", "!end\n", 2, "unusable reply"), // asked again without a stream
		why("no text in time", "!hang\n", 1, "no reply in time", "--llm-first", "100ms"),
		why("comments, but no text in time", "!raw : keep-alive\n!raw : keep-alive\n!hang\n", 1, "no reply in time", "--llm-first", "100ms"),
		cut("no end in time", saidAndMore+"\n!hang\n", "N", "--llm-timeout", "1s"),
		why("bad gateway, a page", "!header Content-Type: text/html\n!status 502 "+page+"\n", 3, "cannot be reached"),
		why("login, a page", "!header Content-Type: text/html\n!status 200 "+page+"\n", 1, "unusable reply"),
		{name: "too long, then fewer sources", script: problemOf(400, "context_length_exceeded", "This model's maximum context length is 128 tokens.") + "!next\n" + said,
			requests: 2, text: leaveAnswer, json: leaveJSON, check: func(t *testing.T, sent []string) {
				if !strings.Contains(sent[0], "canteen opens") || strings.Contains(sent[1], "canteen opens") || !strings.Contains(sent[1], "16 weeks") {
					t.Errorf("first:\n%s\nsecond:\n%s", sent[0], sent[1])
				}
			}},
		why("too long, whatever is sent", problemOf(400, "context_length_exceeded", "This model's maximum context length is 4 tokens."), 2, "the text is too long for the model"),
		without("no stream_options", problemOf(400, "", "Unrecognized request argument supplied: stream_options"), `"stream_options"`),
		without("no system role", problemOf(400, "", "System role not supported"), `"system"`),
		without("no max_tokens", problemOf(400, "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."), `"max_tokens"`),
		without("no temperature", problemOf(400, "unsupported_value", "Unsupported value: 'temperature' does not support 0 with this model."), `"temperature"`),
		answered("keep-alive comments", "ANSWER\n!raw : keep-alive\nParental leave is 16 \n!raw : keep-alive "+theBody+"\nweeks at full pay [1].\n", 1),
		answered("reasoning_content", `!delta {"reasoning_content":"Hm, `+theBody+`. "}`+"\n"+`!delta {"reasoning":"`+theBody+` [1]."}`+"\n"+said, 1),
		answered("think", "<think>\nHm, "+theBody+" [1].\n</think>\n"+said, 1),
		answered("no stream", `!status 200 {"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"ANSWER\nParental leave is 16 weeks at full pay [1]."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1200,"completion_tokens":34,"prompt_tokens_details":{"cached_tokens":1000}}}`+"\n", 1),
		why("no such model", problemOf(404, "model_not_found", "The model small does not exist."), 1, "no such model"),
		why("no such path", problemOf(404, "", "Not Found."), 1, "request rejected"),
		why("an error in the stream", `!raw data: {"error":{"message":"`+theBody+`","type":"server_error"}}`+"\n!end\n", 3, "cannot be reached"),
	}
}

// TestFaults is what somebody sees of each fault of an endpoint. Several rows run
// at once, each with an index of its own: some try again after a pause.
func TestFaults(t *testing.T) {
	from, _, _ := atFault(t, "", "")
	var wg sync.WaitGroup
	defer wg.Wait()
	atOnce := make(chan bool, 6)
	for i, row := range faultRows() {
		for _, format := range []string{"text", "json"} {
			atOnce <- true
			wg.Go(func() {
				defer func() { <-atOnce }()
				p := *from
				row.run(t, &p, format, fmt.Sprintf("index-%d-%s", i, format))
			})
		}
	}
}

func (row faultRow) run(t *testing.T, p *program, format, db string) {
	e := startEndpoint(row.script)
	var stdout, stderr bytes.Buffer
	p.stdin, p.stdout, p.stderr, p.getenv = strings.NewReader(""), &stdout, &stderr, asks(e.URL+"/v1")
	args, want := append([]string{"ask", faultQuestion, "--db", db}, row.args...), row.text
	if format == "json" {
		args, want = append(args, "--json"), row.json
	}
	code := p.run(t.Context(), args)
	e.close()
	got := seen(&stdout, e.Listener.Addr().String())
	if format == "json" {
		got = summary(t, got, strings.HasSuffix(want, "| N"))
	}
	if diff := cmp.Diff(want, got); diff != "" || code != 0 {
		t.Errorf("%s, as %s: exit %d (-want +got):\n%s", row.name, format, code, diff)
	}
	nothingLeaks(t, &stdout, &stderr)
	switch sent := e.sent(); {
	case len(sent) != row.requests:
		t.Errorf("%s, as %s: %d requests, want %d", row.name, format, len(sent), row.requests)
	case row.check != nil:
		row.check(t, sent)
	}
}

// seen is what is written, with HOST for the endpoint. Where the line about a
// fault is wrapped depends on the host.
func seen(stdout *bytes.Buffer, host string) string {
	got := strings.ReplaceAll(stdout.String(), host, "HOST")
	return regexp.MustCompile(`\sQuotes\sinstead:`).ReplaceAllString(got, " Quotes instead:")
}

// summary is what a program would look at in an answer as JSON. What the
// endpoint did not count is an estimate, N.
func summary(t *testing.T, line string, estimated bool) string {
	var a answerFields
	if err := json.Unmarshal([]byte(line), &a); err != nil {
		t.Errorf("%v: %s", err, line)
	}
	used := fmt.Sprintf("%d/%d/%d", a.Usage.Prompt, a.Usage.Cached, a.Usage.Completion)
	if estimated && a.Usage.Prompt > 100 && a.Usage.Cached == 0 && a.Usage.Completion > 0 {
		used = "N"
	}
	return strings.Join([]string{a.Verdict, a.Degraded, a.Model, used}, " | ")
}

type answerFields struct {
	Verdict, Degraded, Model string
	Usage                    struct {
		Prompt     int `json:"prompt_tokens"`
		Cached     int `json:"cached_tokens"`
		Completion int `json:"completion_tokens"`
	}
}

// nothingLeaks looks for the key, and for what an endpoint says in an error.
func nothingLeaks(t *testing.T, outputs ...*bytes.Buffer) {
	t.Helper()
	for _, out := range outputs {
		for _, secret := range []string{theKey, theBody} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s is shown: %s", secret, out)
			}
		}
	}
}

// asked runs ask once and returns what it writes, with HOST for the endpoint.
func asked(t *testing.T, url, host string, args ...string) (stdout, stderr string) {
	t.Helper()
	p, out, errs := atFault(t, url, "")
	if code := p.run(t.Context(), append([]string{"ask", faultQuestion}, args...)); code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
	nothingLeaks(t, out, errs)
	return seen(out, host), strings.ReplaceAll(errs.String(), host, "HOST")
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	got, _ := asked(t, "http://"+host+"/v1", host)
	if diff := cmp.Diff(notAnswered("cannot be reached"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRedirect hands neither the key nor the documents to another host.
func TestRedirect(t *testing.T) {
	other := startEndpoint(said)
	defer other.close()
	for _, status := range []string{"302", "307", "308"} {
		e := startEndpoint("!header Location: " + other.URL + "/v1/chat/completions\n!status " + status + " " + theBody + "\n")
		got, _ := asked(t, e.URL+"/v1", e.Listener.Addr().String())
		e.close()
		if diff := cmp.Diff(notAnswered("request rejected"), got); diff != "" || len(e.sent()) != 1 {
			t.Errorf("%s, %d requests (-want +got):\n%s", status, len(e.sent()), diff)
		}
	}
	if n := len(other.sent()); n > 0 {
		t.Errorf("%d requests went to the other host", n)
	}
}

// TestSelfSigned names the setting that helps, and that helps.
func TestSelfSigned(t *testing.T) {
	e := newEndpoint(said)
	e.StartTLS()
	defer e.close()
	host := e.Listener.Addr().String()
	got, told := asked(t, e.URL+"/v1", host)
	if diff := cmp.Diff(notAnswered("its certificate is not trusted"), got); diff != "" || len(e.sent()) > 0 {
		t.Errorf("%d requests (-want +got):\n%s", len(e.sent()), diff)
	}
	if !strings.Contains(got+told, "--llm-ca") {
		t.Errorf("nothing names --llm-ca:\n%s%s", got, told)
	}

	p, stdout, stderr := atFault(t, e.URL+"/v1", "")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.Certificate().Raw})
	if err := os.WriteFile("ca.pem", cert, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := p.run(t.Context(), []string{"ask", faultQuestion, "--llm-ca", "ca.pem"}); code != 0 || stdout.String() != leaveAnswer {
		t.Errorf("with --llm-ca: exit %d, %s%s", code, stdout, stderr)
	}
}

// TestWrongScheme names the right one.
func TestWrongScheme(t *testing.T) {
	safe, plain := newEndpoint(said), startEndpoint(said)
	safe.StartTLS()
	defer safe.close()
	defer plain.close()
	for _, c := range []struct {
		e         *endpoint
		url, want string
	}{
		{safe, strings.Replace(safe.URL, "https:", "http:", 1), "https://"},
		{plain, strings.Replace(plain.URL, "http:", "https:", 1), "http://"},
	} {
		got, told := asked(t, c.url+"/v1", c.e.Listener.Addr().String())
		if diff := cmp.Diff(notAnswered("request rejected"), got); diff != "" || len(c.e.sent()) > 0 {
			t.Errorf("%d requests (-want +got):\n%s", len(c.e.sent()), diff)
		}
		if !strings.Contains(told, "write "+c.want) {
			t.Errorf("%s: nothing says to write %s:\n%s%s", c.url, c.want, got, told)
		}
	}
}

// TestBudgetUsedUp answers once, then quotes until the next day or month.
func TestBudgetUsedUp(t *testing.T) {
	for _, c := range []struct{ flag, until string }{{"--budget-day", "15 Mar 00:00"}, {"--budget-month", "1 Apr 00:00"}} {
		e := startEndpoint(said)
		p, stdout, stderr := atFault(t, e.URL+"/v1", "")
		out := "The language model is out of budget until " + c.until + "."
		for i, want := range []string{leaveAnswer, quotesFor(out), "answered | " + strings.ToLower(out[:1]) + strings.TrimSuffix(out[1:], ".") + " | extractive | 0/0/0"} {
			stdout.Reset()
			args := []string{"ask", faultQuestion, c.flag, "1234"} // what the first takes
			if i == 2 {
				args = append(args, "--json")
			}
			code := p.run(t.Context(), args)
			got := stdout.String()
			if i == 2 {
				got = summary(t, got, false)
			}
			if diff := cmp.Diff(want, got); diff != "" || code != 0 {
				t.Errorf("%s, question %d: exit %d (-want +got):\n%s", c.flag, i+1, code, diff)
			}
		}
		e.close()
		if n := len(e.sent()); n != 1 {
			t.Errorf("%s: %d requests, want 1", c.flag, n)
		}
		nothingLeaks(t, stdout, stderr)
	}
}

// TestBreaker asks an endpoint that was dead twice no third time.
func TestBreaker(t *testing.T) {
	e := startEndpoint("!hang\n")
	p, stdout, stderr := atFault(t, e.URL+"/v1", strings.Repeat(faultQuestion+"\n", 4))
	code := p.run(t.Context(), []string{"chat", "--llm-first", "100ms", "--no-history"})
	e.close()
	got := seen(stdout, e.Listener.Addr().String())
	if n := strings.Count(got, notAnswered("no reply in time")); n != 4 || code != 0 {
		t.Errorf("exit %d, %d answers of four:\n%s%s", code, n, got, stderr)
	}
	if n := len(e.sent()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestBreakerOfRefusals goes on asking an endpoint that lives.
func TestBreakerOfRefusals(t *testing.T) {
	refused := problemOf(401, "invalid_api_key", "Incorrect API key provided.") + "!next\n"
	e := startEndpoint(refused + refused + refused + said)
	p, stdout, stderr := atFault(t, e.URL+"/v1", strings.Repeat(faultQuestion+"\n", 4))
	code := p.run(t.Context(), []string{"chat", "--no-history"})
	e.close()
	got := seen(stdout, e.Listener.Addr().String())
	if n := strings.Count(got, notAnswered("the key is refused")); n != 3 || code != 0 || !strings.Contains(got, leaveAnswer) {
		t.Errorf("exit %d, %d refusals of three:\n%s%s", code, n, got, stderr)
	}
	nothingLeaks(t, stdout, stderr)
}

// TestFaultInGerman says in one language why there are quotes, and promises none
// where none follow.
func TestFaultInGerman(t *testing.T) {
	e := startEndpoint(problemOf(401, "invalid_api_key", "Incorrect API key provided."))
	defer e.close()
	p, stdout, stderr := atFault(t, e.URL+"/v1", "")
	if code := p.run(t.Context(), []string{"ask", "Wie lange dauert die Elternzeit?"}); code != 0 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for _, wrong := range []string{"Zitate:", "The model"} {
		if strings.Contains(strings.Join(strings.Fields(stdout.String()), " "), wrong) {
			t.Errorf("%q is said:\n%s", wrong, stdout)
		}
	}
	nothingLeaks(t, stdout, stderr)
}

// addRooms adds documents, so that all of them are too much to be sent whole.
func addRooms(t *testing.T) {
	t.Helper()
	for i := range 12 {
		text := fmt.Sprintf("# Room %d\n\nRoom %d has a table for %d people and a window to the garden.\n", i, i, i+4)
		if err := os.WriteFile(fmt.Sprintf("seeds/room%d.md", i), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNotFoundSearchesAgain shows the model what it says is missing.
func TestNotFoundSearchesAgain(t *testing.T) {
	e := startEndpoint("NOT_FOUND: how long parental leave is\n!next\nANSWER\nParental leave is 16 weeks at full pay [1][2].\n")
	defer e.close()
	p, stdout, stderr := atFault(t, e.URL+"/v1", "")
	addRooms(t)
	args := []string{"ask", "How long is parental leave, and when does the canteen open?", "--top", "1", "--context-tokens", "200"}
	code := p.run(t.Context(), args)
	sent := e.sent()
	if len(sent) != 2 || !strings.Contains(sent[len(sent)-1], "Every parent takes") || stdout.String() != leaveAnswer {
		t.Errorf("exit %d, %d requests, %s%s\n%s", code, len(sent), stdout, stderr, e.bodies())
	}
}

// TestFaultBeforeAnswering costs one timeout where the model should first have made a
// follow-up complete.
func TestFaultBeforeAnswering(t *testing.T) {
	e := startEndpoint(said + "!next\n!hang\n")
	p, stdout, stderr := atFault(t, e.URL+"/v1", faultQuestion+"\nAnd for whom?\n")
	addRooms(t)
	code := p.run(t.Context(), []string{"chat", "--llm-first", "100ms", "--context-tokens", "200", "--no-history"})
	e.close()
	if n := len(e.sent()); n != 2 || code != 0 {
		t.Errorf("exit %d, %d requests, want 2\n%s%s", code, n, stdout, stderr)
	}
}

// TestEmbeddingFault answers by words, and says why. Only who set the endpoint up
// sees its words, on standard error, and nobody sees the key.
func TestEmbeddingFault(t *testing.T) {
	e := startEndpoint(problemOf(401, "invalid_api_key", "Incorrect API key provided."))
	defer e.close()
	p, stdout, stderr := offline(t, "", faultDocs)
	p.getenv = func(name string) string {
		return map[string]string{"FOOTNOTE_EMBED_URL": e.URL + "/v1", "FOOTNOTE_EMBED_MODEL": "bag", "FOOTNOTE_EMBED_KEY": theKey}[name]
	}
	code := p.run(t.Context(), []string{"ask", faultQuestion, "--verbose"})
	want := "No passages have vectors so far; answers use words only.\n" +
		leavePlace
	if diff := cmp.Diff(want, stdout.String()); diff != "" || code != 0 {
		t.Errorf("exit %d (-want +got):\n%s", code, diff)
	}
	if !strings.Contains(stderr.String(), "the key is refused") || strings.Contains(stderr.String(), theKey) {
		t.Errorf("%s", stderr)
	}
	if n := len(e.sent()); n != 1 { // of the passages; without vectors the question needs none
		t.Errorf("%d requests, want 1", n)
	}
}
