package openai

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"footnote/rag"
)

// The fault table: what the endpoint does, what the user of a Generator sees,
// and how many requests that took.
func TestGenerateFaults(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	big := strings.Repeat("x", maxText)
	for _, c := range []struct {
		name     string
		steps    []step
		text     string
		fault    rag.Fault // empty: none
		says     string    // in the error
		requests int
		until    time.Duration
	}{
		{"fine", []step{says("Yes.")}, "Yes.", "", "", 1, 0},
		{"401", []step{openAIError(401, "invalid_api_key", "Incorrect API key provided: "+key)}, "", rag.Auth, "(key)", 1, 0},
		{"403", []step{openAIError(403, "", "forbidden")}, "", rag.Auth, "403: forbidden", 1, 0},
		{"403 login page", []step{status(403, "<html><head><title>Sign in</title></head><body>"+big, "Content-Type: text/html")}, "", rag.Auth, "HTML page, not JSON: is the URL right, with its /v1? Sign in", 1, 0},
		{"400 bad key", []step{openAIError(400, "", "API key not valid. Please pass a valid API key.")}, "", rag.Auth, "not valid", 1, 0},
		{"402", []step{openAIError(402, "", "Insufficient Balance")}, "", rag.Quota, "Balance", 1, 0},
		{"429 quota", []step{openAIError(429, "insufficient_quota", "You exceeded your current quota, please check your plan.")}, "", rag.Quota, "plan", 1, 0},
		{"429 hard limit", []step{openAIError(400, "billing_hard_limit_reached", "Billing hard limit has been reached")}, "", rag.Quota, "hard limit", 1, 0},
		{"429 for good", []step{openAIError(429, "rate_limit_exceeded", "slow down")}, "", rag.RateLimited, "slow down", 3, 0},
		{"429 once", []step{openAIError(429, "rate_limit_exceeded", "slow down", "Retry-After: 2"), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"429 for longer than there is", []step{openAIError(429, "", "slow down", "Retry-After: 40")}, "", rag.RateLimited, "slow down", 1, 40 * time.Second},
		{"429 with a hint in words", []step{openAIError(429, "", "Please try again in 1m30s.")}, "", rag.RateLimited, "1m30s", 1, 90 * time.Second},
		{"429 of Google", []step{status(429, `[{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 31.5s.","status":"RESOURCE_EXHAUSTED"}}]`)}, "", rag.RateLimited, "quota", 1, 31500 * time.Millisecond},
		{"404 model", []step{openAIError(404, "model_not_found", "The model gpt-x does not exist")}, "", rag.NoModel, "is its name right", 1, 0},
		{"404 of Ollama", []step{status(404, `{"error":"model 'llama9' not found, try pulling it first"}`)}, "", rag.NoModel, "pulling", 1, 0},
		{"404 path", []step{status(404, `{"detail":"Not Found"}`)}, "", rag.BadRequest, "does the URL lack /v1?", 1, 0},
		{"404 page", []step{status(404, "<!doctype html><h1>Not here</h1>", "Content-Type: text/html")}, "", rag.BadRequest, "/v1? Not here", 1, 0},
		{"405", []step{status(405, "")}, "", rag.BadRequest, "/v1", 1, 0},
		{"400", []step{openAIError(400, "", "messages: wrong")}, "", rag.BadRequest, "messages: wrong", 1, 0},
		{"400 without a reason", []step{status(400, "")}, "", rag.BadRequest, "(nothing)", 1, 0},
		{"408", []step{status(408, ""), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"409", []step{status(409, ""), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"413", []step{status(413, "too big")}, "", rag.TooLong, "too big", 1, 0},
		{"500 for good", []step{status(500, "oops")}, "", rag.Unreachable, "500: oops", 3, 0},
		{"502 page", []step{status(502, "<html><body><h1>Bad Gateway</h1></body></html>", "Content-Type: text/html"), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"503 busy for long", []step{status(503, "loading", "Retry-After: 120")}, "", rag.Unreachable, "loading", 1, 120 * time.Second},
		{"redirect", []step{status(307, "", "Location: https://elsewhere.example/v1")}, "", rag.BadRequest, "redirects to https://elsewhere.example/v1", 1, 0},
		{"200 page", []step{status(200, "<html><script>bad()</script>Welcome to the portal</html>", "Content-Type: text/html; charset=utf-8")}, "", rag.BadReply, "is the URL right, with its /v1? Welcome to the portal", 1, 0},
		{"200 text", []step{status(200, "It works!", "Content-Type: text/plain")}, "", rag.BadReply, "neither a stream of events nor JSON: It works!", 1, 0},
		{"204", []step{status(204, "")}, "", rag.BadReply, "204", 1, 0},
		{"http to a TLS port", []step{status(400, "Client sent an HTTP request to an HTTPS server.\n", "Content-Type: text/plain")}, "", rag.BadRequest, "write https://", 1, 0},
		{"http to nginx's TLS port", []step{status(400, "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title>", "Content-Type: text/html")}, "", rag.BadRequest, "write https://", 1, 0},
		{"http to a bare TLS port", []step{hangUp("\x15\x03\x01\x00\x02\x02\x46")}, "", rag.BadRequest, "write https://", 1, 0},
		{"not HTTP at all", []step{hangUp("220 mail.example ESMTP\r\n")}, "", rag.BadReply, "does not speak HTTP", 1, 0},
		{"hangs up", []step{hangUp("")}, "", rag.Unreachable, "closed without a reply", 3, 0},
		{"hangs up once", []step{hangUp(""), says("Yes.")}, "Yes.", "", "", 2, 0},

		{"too long, OpenAI", []step{openAIError(400, "context_length_exceeded", "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.")}, "", rag.TooLong, "4096", 1, 0},
		{"too long, llama.cpp", []step{status(400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_ctx":4096}}`)}, "", rag.TooLong, "available", 1, 0},
		{"too long, vLLM", []step{status(400, `{"object":"error","message":"'max_tokens' is too large: 4096. This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400}`)}, "", rag.TooLong, "4096", 1, 0},
		{"too long, llama-cpp-python", []step{lines(), status(400, `{"error":{"message":"Requested tokens (8031) exceed context window of 4096","code":null}}`)}, "", rag.TooLong, "8031", 2, 0},
		{"too long, Ollama", []step{status(400, `{"error":"the input length exceeds the context length"}`)}, "", rag.TooLong, "input length", 1, 0},
		{"too long, within the stream", []step{lines(`data: {"error":{"code":"context_length_exceeded","message":"too much"}}`)}, "", rag.TooLong, "too much", 1, 0},

		{"cut after text", []step{lines(delta("Half"))}, "Half", rag.CutOff, "before its end", 1, 0},
		{"connection lost after text", []step{hangUp(chunked + "60\r\n" + delta("Half") + "\n")}, "Half", rag.CutOff, "before its end", 1, 0},
		{"cut before text", []step{lines(`data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}`), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"an empty stream, fine without", []step{lines(), status(200, `{"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]}`)}, "Yes.", "", "", 2, 0},
		{"no finish reason, but an end mark", []step{lines(delta("Yes."), done)}, "Yes.", "", "", 1, 0},
		{"a finish reason, but no end mark", []step{lines(delta("Yes."), stop)}, "Yes.", "", "", 1, 0},
		{"an end mark without a line end", []step{then(lines(delta("Yes.")), func(w httpWriter, _ *httpRequest, _ map[string]any) { fmt.Fprint(w, done) })}, "Yes.", "", "", 1, 0},
		{"complete, and left open", []step{then(lines(delta("Yes."), stop), hang)}, "Yes.", "", "", 1, 0},
		{"error after text", []step{lines(delta("Half"), `data: {"error":{"message":"The server had an error","type":"server_error"}}`)}, "Half", rag.Unreachable, "had an error", 1, 0},
		{"error before text", []step{lines(": ping", `data: {"error":{"message":"Overloaded","type":"overloaded_error"}}`), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"error with a status as code", []step{lines(`data: {"error":{"message":"no","code":401}}`)}, "", rag.Auth, "no", 1, 0},
		{"rate limit within the stream", []step{lines(`data: {"error":{"message":"slow down","type":"rate_limit_error"}}`), says("Yes.")}, "Yes.", "", "", 2, 0},
		{"an event that is not JSON", []step{lines(delta("Half"), "data: {nonsense")}, "Half", rag.BadReply, "not JSON", 1, 0},
		{"content filter", []step{lines(delta("Half"), finish("content_filter"), done)}, "Half", rag.Refused, "content filter", 1, 0},
		{"content filter of Azure", []step{openAIError(400, "content_filter", "The response was filtered")}, "", rag.Refused, "filtered", 1, 0},
		{"refusal", []step{lines(`data: {"choices":[{"delta":{"refusal":"I can't."}}]}`, stop, done)}, "", rag.Refused, "I can't.", 1, 0},
		{"empty", []step{lines(stop, done)}, "", rag.BadReply, `empty (finish reason "stop")`, 1, 0},
		{"only tools", []step{lines(`data: {"choices":[{"delta":{"tool_calls":[{"index":0}]},"finish_reason":"tool_calls"}]}`, done)}, "", rag.BadReply, "tool_calls", 1, 0},
		{"only thoughts", []step{lines(delta("<think>Hm, what"), stop, done)}, "", rag.BadReply, "wrote no text", 1, 0},
		{"thoughts up to the limit", []step{lines(`data: {"choices":[{"delta":{"reasoning_content":"Hm"}}]}`, finish("length"), done)}, "", rag.BadReply, "raise the limit", 1, 0},
		{"an endless line", []step{lines("data: " + strings.Repeat("x", maxLine))}, "", rag.BadReply, "endless", 1, 0},
		{"an endless reply of comments", []step{lines(strings.Repeat(":"+strings.Repeat(" ", 1<<20)+"\n", 65))}, "", rag.BadReply, "endless", 1, 0},
		{"never a word", []step{hang}, "", rag.Timeout, "no text came within 20s", 1, 0},
		{"keep-alives and never a word", []step{keepAlive}, "", rag.Timeout, "no text came within 20s", 1, 0},
		{"never an end", []step{then(lines(delta("Half")), hang)}, "Half", rag.Timeout, "not complete after 1m0s", 1, 0},
		{"thinks past the first bound", []step{then(lines(`data: {"choices":[{"delta":{"reasoning":"Hm"}}]}`), hang)}, "", rag.Timeout, "1m0s", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, c.steps...)
				text, _, err := generate(t, client.Generator(Chat{Model: "m"}))
				if text != c.text {
					t.Errorf("emitted %.100q, want %q", text, c.text)
				}
				if n := len(s.requests()); n != c.requests {
					t.Errorf("%d requests, want %d", n, c.requests)
				}
				wantFault(t, err, c.fault, c.says)
				var me *rag.ModelError
				if errors.As(err, &me) {
					if got := time.Until(me.Until); c.until > 0 && got != c.until || c.until == 0 && !me.Until.IsZero() {
						t.Errorf("try again in %v, want %v", got, c.until)
					}
				}
			})
		})
	}
}

// wantFault checks that err is a *rag.ModelError of the scripted server, which
// says what is wanted and nothing that it must not.
func wantFault(t *testing.T, err error, fault rag.Fault, says string) {
	t.Helper()
	if fault == "" {
		if err != nil {
			t.Errorf("error: %v", err)
		}
		return
	}
	var me *rag.ModelError
	if !errors.As(err, &me) {
		t.Fatalf("error %v, want a ModelError", err)
	}
	if me.Fault != fault || me.Host != "llm.example:8080" {
		t.Errorf("fault %q of %q, want %q of llm.example:8080: %v", me.Fault, me.Host, fault, err)
	}
	if msg := me.Error(); !strings.Contains(msg, says) || len(msg) > 600 || strings.Contains(msg, key) {
		t.Errorf("it says %.700q, want %q in it, at most 600 bytes, and not the key", msg, says)
	}
}

func TestCancel(t *testing.T) {
	for _, c := range []struct {
		name string
		step step
		text string
	}{
		{"before the reply", hang, ""},
		{"within the reply", then(lines(delta("Half")), hang), "Half"},
		{"while it waits to try again", openAIError(429, "", "", "Retry-After: 19"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				gone := make(chan struct{}, 9)
				client, s := serve(t, Options{}, func(w httpWriter, r *httpRequest, body map[string]any) {
					c.step(w, r, body)
					gone <- struct{}{}
				})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(3*time.Second, cancel)
				start := time.Now()
				text := ""
				_, err := client.Generator(Chat{Model: "m"}).Generate(ctx, ask, func(s string) { text += s })
				if err != context.Canceled || text != c.text || time.Since(start) != 3*time.Second {
					t.Errorf("got %q, %v after %v", text, err, time.Since(start))
				}
				<-gone // the server saw the client go
				if n := len(s.requests()); n != 1 {
					t.Errorf("%d requests", n)
				}
				if _, err := client.Generator(Chat{Model: "m"}).Generate(ctx, ask, nil); err != context.Canceled {
					t.Errorf("a call after the end: %v", err)
				}
			})
		})
	}
}
