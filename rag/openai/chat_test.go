package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// What is sent at first, and after each rejection: of the parameters, their
// names and values; of the messages, the roles.
func TestRequests(t *testing.T) {
	reject := func(code int, param, message string) step {
		return status(code, fmt.Sprintf(`{"error":{"message":%q,"param":%q}}`, message, param))
	}
	const (
		usual   = "max_tokens=50 stream_options temperature=1e-06 system user"
		noUsage = "max_tokens=50 temperature=1e-06 system user"
		folded  = "max_tokens=50 stream_options temperature=1e-06 user"
		modern  = "max_completion_tokens=50 stream_options temperature=1e-06 system user"
		thinker = "max_completion_tokens=50 stream_options system user"
	)
	for _, c := range []struct {
		name, model string
		steps       []step
		sent        []string // the last is what a second call sends at once
		fault       rag.Fault
	}{
		{"usual", "m", []step{says("Yes.")}, []string{usual, usual}, ""},
		{"o1", "o1", []step{says("Yes.")}, []string{thinker, thinker}, ""},
		{"o3-mini of a router", "openai/o3-mini", []step{says("Yes.")}, []string{thinker, thinker}, ""},
		{"gpt-5.1", "gpt-5.1", []step{says("Yes.")}, []string{thinker, thinker}, ""},
		{"gpt-6", "gpt-6-sol", []step{says("Yes.")}, []string{thinker, thinker}, ""},
		{"a name that the library takes for o1", "o1fish", []step{says("Yes.")}, []string{thinker, thinker}, ""},
		{"stream_options", "m", []step{reject(400, "", "unknown field stream_options"), says("Yes.")}, []string{usual, noUsage, noUsage}, ""},
		{"stream_options, FastAPI", "m", []step{status(422, `{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}`), says("Yes.")}, []string{usual, noUsage, noUsage}, ""},
		{"temperature", "m", []step{reject(400, "temperature", "Unsupported value: 'temperature' does not support 0"), says("Yes.")},
			[]string{usual, "max_tokens=50 stream_options system user", "max_tokens=50 stream_options system user"}, ""},
		{"max_tokens", "m", []step{reject(400, "max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."), says("Yes.")},
			[]string{usual, modern, modern}, ""},
		{"max_tokens, then its other name", "m", []step{reject(400, "", "max_tokens?"), reject(400, "", "max_completion_tokens?"), says("Yes.")},
			[]string{usual, modern, "stream_options temperature=1e-06 system user", "stream_options temperature=1e-06 system user"}, ""},
		{"max_completion_tokens of a thinker", "o4-mini", []step{reject(400, "", "max_completion_tokens?"), says("Yes.")},
			[]string{thinker, "stream_options system user", "stream_options system user"}, ""},
		{"system, Gemma's template", "m", []step{status(500, `{"error":{"code":500,"message":"raise_exception: System role not supported"}}`), says("Yes.")},
			[]string{usual, folded, folded}, ""},
		{"system, o1-mini", "m", []step{reject(400, "messages[0].role", "Unsupported value: 'messages[0].role' does not support 'system' with this model."), says("Yes.")},
			[]string{usual, folded, folded}, ""},
		{"system, Mistral's template", "m", []step{reject(400, "", "Conversation roles must alternate user/assistant/user/assistant/..."), says("Yes.")},
			[]string{usual, folded, folded}, ""},
		{"stream", "m", []step{reject(400, "stream", "Your organization must be verified to stream this model."), status(200, `{"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}]}`)},
			[]string{usual, "max_tokens=50 temperature=1e-06 system user whole", "max_tokens=50 temperature=1e-06 system user whole"}, ""},
		{"one after the other", "m", []step{reject(400, "", "stream_options?"), reject(400, "", "temperature?"), reject(400, "", "system messages are not supported"), says("Yes.")},
			[]string{usual, noUsage, "max_tokens=50 system user", "max_tokens=50 user", "max_tokens=50 user"}, ""},
		{"the same again is not tried for ever, nor remembered", "m", []step{reject(400, "", "stream_options?")}, []string{usual, noUsage, usual, noUsage}, rag.BadRequest},
		{"too long names max_tokens", "m", []step{reject(400, "max_tokens", "maximum context length is 4096")}, []string{usual, usual}, rag.TooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, c.steps...)
				g := client.Generator(Chat{Model: c.model, MaxTokens: 50})
				for range 2 {
					text, _, err := generate(t, g)
					wantFault(t, err, c.fault, "")
					if c.fault == "" && text != "Yes." {
						t.Errorf("emitted %q", text)
					}
				}
				var sent []string
				for _, body := range s.requests() {
					sent = append(sent, outline(body))
				}
				if diff := cmp.Diff(c.sent, sent); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if s.keys[0] != "Bearer "+key {
					t.Errorf("sent the key as %q", s.keys[0])
				}
			})
		})
	}
}

// outline tells what a request has.
func outline(body map[string]any) string {
	var has []string
	for _, name := range []string{"max_completion_tokens", "max_tokens", "stream_options", "temperature"} {
		switch v := body[name].(type) {
		case float64:
			has = append(has, fmt.Sprintf("%s=%v", name, v))
		case map[string]any:
			has = append(has, name)
		}
	}
	for _, m := range body["messages"].([]any) {
		has = append(has, m.(map[string]any)["role"].(string))
	}
	if body["stream"] != true {
		has = append(has, "whole")
	}
	return strings.Join(has, " ")
}

func TestOpenAITakesTheNewName(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body, err := json.Marshal(c.Generator(Chat{Model: "gpt-4o", MaxTokens: 9}).request(ask, habits{}))
	if err != nil || !strings.Contains(string(body), `"max_completion_tokens":9`) || strings.Contains(string(body), `"max_tokens"`) {
		t.Errorf("%s is sent %s, %v", c.Host(), body, err)
	}
}

func TestMessages(t *testing.T) {
	in := []rag.Message{
		{Role: rag.System, Text: "A"}, {Role: rag.User, Text: "B"}, {Role: rag.Assistant, Text: ""},
		{Role: rag.User, Text: "C"}, {Role: rag.Assistant, Text: "D"}, {Role: rag.System, Text: "E"}, {Role: rag.User, Text: "F"},
	}
	for noSystem, want := range map[bool]string{
		false: "system A|user B|user C|assistant D|system E|user F",
		true:  "user A\n\nB\n\nC|assistant D|user E\n\nF",
	} {
		var got []string
		for _, m := range messages(in, noSystem) {
			got = append(got, m.Role+" "+m.Content)
		}
		if diff := cmp.Diff(want, strings.Join(got, "|")); diff != "" {
			t.Errorf("without system %v (-want +got):\n%s", noSystem, diff)
		}
	}
	if got := messages(in[:1], true); len(got) != 1 || got[0].Role != "user" {
		t.Errorf("a system message alone becomes %v", got)
	}
}

func TestReplies(t *testing.T) {
	const usage = `"usage":{"prompt_tokens":100,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":64}}`
	counted := rag.Usage{PromptTokens: 100, CachedTokens: 64, CompletionTokens: 7}
	guess := func(text string) rag.Usage {
		return rag.Usage{PromptTokens: len("Be brief.Why?")/3 + 1, CompletionTokens: len(text)/3 + 1}
	}
	for _, c := range []struct {
		name      string
		step      step
		text      string
		truncated bool
		usage     rag.Usage
	}{
		{"usage in the last event", lines(delta("Yes."), stop, `data: {"choices":[],`+usage+`}`, done), "Yes.", false, counted},
		{"usage in each event", lines(`data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}`, delta("Yes."), stop, `data: {"choices":[],`+usage+`}`, done), "Yes.", false, counted},
		{"no usage", lines(delta("Yes."), stop, done), "Yes.", false, guess("Yes.")},
		{"usage of nothing", lines(delta("Yes."), stop, `data: {"choices":[],"usage":{"prompt_tokens":0}}`, done), "Yes.", false, guess("Yes.")},
		{"length", lines(delta("Half"), finish("length"), done), "Half", true, guess("Half")},
		{"more keep-alives than the library bears", lines(strings.Repeat(": ping\n\n", 5000), delta("Yes."), stop, done), "Yes.", false, guess("Yes.")},
		{"no space after data:, and CR LF", lines("data:"+strings.TrimPrefix(delta("Yes.\r\n"), "data: ")+"\r", "\r", stop+"\r", done+"\r"), "Yes.\r\n", false, guess("Yes.12")},
		{"JSON where a stream was asked for", status(200, `
			{"choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
			`+usage+`}`), "Yes.", false, counted},
		{"other choices", lines(`data: {"choices":[{"index":1,"delta":{"content":"No."},"finish_reason":"length"},{"index":0,"delta":{"content":"Yes."}}]}`, stop, done), "Yes.", false, guess("Yes.")},
		{"content in parts", lines(`data: {"choices":[{"delta":{"content":[{"type":"thinking","text":"Hm"},{"type":"text","text":"Yes."}]}}]}`, stop, done), "Yes.", false, guess("Yes.")},
		{"fields of other types", lines(`data: {"id":1,"created":"now","model":null,"choices":[{"delta":{"content":"Yes.","reasoning":{"a":1}},"finish_reason":null}]}`, stop, done), "Yes.", false, guess("Yes.")},
		{"reasoning beside the text", lines(`data: {"choices":[{"delta":{"reasoning_content":"Hm. "}}]}`, `data: {"choices":[{"delta":{"reasoning":"Oh. "}}]}`, delta("Yes."), stop, done), "Yes.", false, guess("Hm. Oh. Yes.")},
		{"thoughts within the text", lines(delta("<thi"), delta("nk>Hm</think"), delta(">\n\nYes"), delta("."), stop, done), "Yes.", false, guess("<think>Hm</think>\n\nYes.")},
		{"thoughts that were not opened", lines(delta("Hm. "), delta("No"), delta("</think"), delta(">\n\nYes."), stop, done), "Hm. No" + unopened + "Yes.", false, guess("Hm. No</think>\n\nYes.")},
		{"thoughts that were not opened, at once", lines(delta("Hm</THINK>Yes."), stop, done), "Yes.", false, guess("Hm</THINK>Yes.")},
		{"tokens", lines(delta("<s>Yes.</"), delta("s>"), stop, done), "Yes.", false, guess("<s>Yes.</s>")},
		{"a mark that is never finished", lines(delta("<thin"), stop, done), "<thin", false, guess("<thin")},
		{"a line of 1 MB", lines(delta(strings.Repeat("x", 1<<20-1)), stop, done), strings.Repeat("x", 1<<20-1), false, guess(strings.Repeat("x", 1<<20-1))},
		{"more than 1 MB of text", lines(delta(strings.Repeat("é", 1<<19)), delta("and more")), strings.Repeat("é", 1<<19), true, guess(strings.Repeat("é", 1<<19) + "and more")},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, _ := serve(t, Options{}, c.step)
				text, out, err := generate(t, client.Generator(Chat{Model: "m"}))
				if err != nil || text != c.text {
					t.Errorf("emitted %.100q, %v, want %.100q", text, err, c.text)
				}
				if diff := cmp.Diff(rag.Completion{Truncated: c.truncated, Usage: c.usage}, out); diff != "" {
					t.Errorf("completion (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Text is emitted when it comes, and a reply that was cut has used tokens.
func TestStreaming(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, _ := serve(t, Options{}, then(then(lines(delta("One ")), pause(5*time.Second)), lines(delta("two"))))
		start := time.Now()
		var got []string
		out, err := client.Generator(Chat{Model: "m"}).Generate(t.Context(), ask, func(s string) {
			got = append(got, fmt.Sprintf("%s at %v", s, time.Since(start)))
		})
		wantFault(t, err, rag.CutOff, "")
		if diff := cmp.Diff([]string{"One  at 0s", "two at 5s"}, got); diff != "" {
			t.Errorf("emitted (-want +got):\n%s", diff)
		}
		if want := (rag.Usage{PromptTokens: 5, CompletionTokens: 3}); out.Usage != want {
			t.Errorf("usage %v, want %v", out.Usage, want)
		}
	})
}

// A model that hides its thoughts is given the whole time once it has begun.
func TestSilentThinker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		begin := lines(`data: {"choices":[{"delta":{"role":"assistant","content":""}}]}`)
		client, _ := serve(t, Options{}, then(then(begin, pause(40*time.Second)), says("Yes.")))
		if text, _, err := generate(t, client.Generator(Chat{Model: "o3"})); text != "Yes." || err != nil {
			t.Errorf("o3: %q, %v", text, err)
		}
		_, _, err := generate(t, client.Generator(Chat{Model: "m"}))
		wantFault(t, err, rag.Timeout, "20s")
	})
}

func TestLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		limit := NewLimit(1)
		client, s := serve(t, Options{Limit: limit}, then(lines(delta("Half")), hang))
		other, _ := serve(t, Options{Limit: limit}, says("Yes."))
		ended := make(chan error)
		go func() {
			_, _, err := generate(t, client.Generator(Chat{Model: "m"}))
			ended <- err
		}()
		time.Sleep(time.Second)
		start := time.Now()
		_, _, err := generate(t, other.Generator(Chat{Model: "m"}))
		wantFault(t, err, rag.Timeout, "busy: 1 other calls were running for 20s")
		if time.Since(start) != 20*time.Second || len(s.requests()) != 1 {
			t.Errorf("after %v, with %d requests", time.Since(start), len(s.requests()))
		}
		wantFault(t, <-ended, rag.Timeout, "1m0s")
		if text, _, err := generate(t, other.Generator(Chat{Model: "m"})); text != "Yes." || err != nil {
			t.Errorf("with a free place: %q, %v", text, err)
		}
	})
}

func TestBreaker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var works atomic.Bool
		client, s := serve(t, Options{}, func(w httpWriter, r *httpRequest, body map[string]any) {
			if works.Load() {
				says("Yes.")(w, r, body)
			} else {
				hang(w, r, body)
			}
		})
		g := client.Generator(Chat{Model: "m"})
		call := func(fault rag.Fault, takes time.Duration, requests int) error {
			t.Helper()
			start, before := time.Now(), len(s.requests())
			_, _, err := generate(t, g)
			wantFault(t, err, fault, "")
			if took := time.Since(start); took != takes {
				t.Errorf("took %v, want %v", took, takes)
			}
			if n := len(s.requests()) - before; n != requests {
				t.Errorf("%d requests, want %d", n, requests)
			}
			return err
		}
		call(rag.Timeout, 20*time.Second, 1)
		call(rag.Timeout, 20*time.Second, 1)
		err := call(rag.Timeout, 0, 0) // open
		me, _ := errors.AsType[*rag.ModelError](err)
		if got := time.Until(me.Until); got != 30*time.Second {
			t.Errorf("open for %v", got)
		}
		_, err = client.Embedder(Embedding{Model: "e"}).EmbedQuery(t.Context(), "q")
		wantFault(t, err, rag.Timeout, "not asked again before")
		time.Sleep(31 * time.Second)
		probed := make(chan struct{})
		go func() { // one call probes, and finds it dead
			call(rag.Timeout, 20*time.Second, 1)
			close(probed)
		}()
		time.Sleep(time.Second)
		call(rag.Timeout, 0, 0) // the others do not wait for it
		<-probed
		call(rag.Timeout, 0, 0)
		time.Sleep(31 * time.Second)
		works.Store(true)
		call("", 0, 1)
		call("", 0, 1)
		works.Store(false)
		call(rag.Timeout, 20*time.Second, 1)
		works.Store(true)
		call("", 0, 1) // one fault does not open it
	})
}

func TestPatient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, s := serve(t, Options{Patient: true}, hang)
		for range 4 {
			_, _, err := generate(t, client.Generator(Chat{Model: "m"}))
			wantFault(t, err, rag.Timeout, "")
		}
		if n := len(s.requests()); n != 4 {
			t.Errorf("%d requests for 4 calls", n)
		}
	})
}

// Faults that say that the endpoint lives leave the breaker closed, and so do
// callers who give up.
func TestBreakerStaysClosed(t *testing.T) {
	for name, step := range map[string]step{
		"auth":       openAIError(401, "", ""),
		"too long":   openAIError(413, "", ""),
		"rate limit": openAIError(429, "", "", "Retry-After: 100"),
		"slow":       then(lines(delta("Half")), hang),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, step)
				for range 4 {
					_, _, _ = generate(t, client.Generator(Chat{Model: "m"}))
				}
				if n := len(s.requests()); n != 4 {
					t.Errorf("%d requests for 4 calls", n)
				}
			})
		})
	}
}
