package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// inputs returns the texts of an embedding request.
func inputs(body map[string]any) []string {
	var texts []string
	for _, t := range body["input"].([]any) {
		texts = append(texts, t.(string))
	}
	return texts
}

// direction is a text's vector here: of two values, with its length as angle.
func direction(text string) []float64 {
	return []float64{3 * math.Cos(float64(len(text))), 3 * math.Sin(float64(len(text)))}
}

// embeds answers with the vector of each text, the last first.
func embeds(w http.ResponseWriter, _ *http.Request, body map[string]any) {
	var data []map[string]any
	for i, t := range inputs(body) {
		data = append([]map[string]any{{"index": i, "embedding": direction(t)}}, data...)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// unless answers with a status where a request's texts are bad, else embeds.
func unless(bad func(texts []string) bool, otherwise step) step {
	return func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		if bad(inputs(body)) {
			otherwise(w, r, body)
		} else {
			embeds(w, r, body)
		}
	}
}

func anyLonger(n int) func([]string) bool {
	return func(texts []string) bool {
		for _, t := range texts {
			if len(t) > n {
				return true
			}
		}
		return false
	}
}

// wantVectors checks that each vector is that of the wanted text, at unit
// length, or nil for an empty one.
func wantVectors(t *testing.T, got []rag.Vector, texts []string) {
	t.Helper()
	if len(got) != len(texts) {
		t.Fatalf("%d vectors for %d texts", len(got), len(texts))
	}
	for i, text := range texts {
		if (text == "") != (got[i] == nil) {
			t.Errorf("text %d: %v", i, got[i])
		}
		if text == "" || got[i] == nil {
			continue
		}
		want := direction(text)
		for k := range want {
			if math.Abs(want[k]/3-float64(got[i][k])) > 1e-6 {
				t.Errorf("text %d: %v, want the direction of %v", i, got[i], want)
				break
			}
		}
	}
}

func sizes(s *scripted) []int {
	var n []int
	for _, body := range s.requests() {
		n = append(n, len(inputs(body)))
	}
	return n
}

func TestEmbedPassages(t *testing.T) {
	many := make([]string, 10)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	rejects := func(texts []string) bool { return strings.Contains(strings.Join(texts, ""), "bad") }
	tooBig := func(n int) func([]string) bool { return func(texts []string) bool { return len(texts) > n } }
	const long = "This model's maximum context length is 8 tokens, however you requested 9 tokens"
	for _, c := range []struct {
		name  string
		step  step
		texts []string
		want  []string // the texts whose vectors are due; nil: texts
		sizes []int
	}{
		{"batches, in order", embeds, many, nil, []int{4, 4, 2}},
		{"nothing", embeds, nil, nil, nil},
		{"blank texts are not sent", embeds, []string{"", "a", " \n", "bb"}, []string{"", "a", "", "bb"}, []int{2}},
		{"too many texts", unless(tooBig(2), status(422, `{"error":"batch size 4 > maximum allowed batch size 2"}`)), many, nil, []int{4, 2, 2, 2, 2, 2}},
		{"too many tokens in a minute", unless(tooBig(2), openAIError(429, "rate_limit_exceeded", "Request too large: Limit 40, Requested 80")), many, nil, []int{4, 2, 2, 2, 2, 2}},
		{"body too large", unless(tooBig(3), status(413, "")), many, nil, []int{4, 2, 2, 2, 2, 2}},
		{"one too long", unless(anyLonger(8), openAIError(400, "", long)), many,
			append(many[:8:8], "xxxx", "xxxxx"), []int{4, 4, 2, 1, 1, 1, 1}},
		{"too long, llama.cpp", unless(anyLonger(8), status(500, `{"error":{"code":500,"message":"input is too large to process. increase the physical batch size"}}`)),
			[]string{"éééééé"}, []string{"ééé"}, []int{1, 1}},
		{"one rejected", unless(rejects, status(400, `{"error":{"message":"'$.input' is invalid."}}`)), []string{"a", "bad", "ccc", "dddd"},
			[]string{"a", "", "ccc", "dddd"}, []int{4, 1, 2, 1, 1, 1, 1, 2}},
		{"not numbered", func(w http.ResponseWriter, _ *http.Request, body map[string]any) {
			var data []map[string]any
			for _, t := range inputs(body) {
				data = append(data, map[string]any{"embedding": direction(t)})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
		}, many, nil, []int{4, 4, 2}},
		{"one is too slow", func(w http.ResponseWriter, r *http.Request, body map[string]any) {
			if len(inputs(body)) > 2 {
				hang(w, r, body)
			}
			embeds(w, r, body)
		}, many, nil, []int{4, 2, 2, 2, 2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, c.step)
				vs, err := client.Embedder(Embedding{Model: "m", Batch: 4}).EmbedPassages(t.Context(), c.texts)
				if err != nil {
					t.Fatal(err)
				}
				if c.want == nil {
					c.want = c.texts
				}
				wantVectors(t, vs, c.want)
				if diff := cmp.Diff(c.sizes, sizes(s)); diff != "" {
					t.Errorf("texts of the requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestEmbedFaults(t *testing.T) {
	vectors := func(s string) step { return status(200, `{"data":`+s+`}`) }
	for _, c := range []struct {
		name     string
		opt      Embedding
		steps    []step
		fault    rag.Fault
		says     string
		requests int
	}{
		{"too few", Embedding{}, []step{vectors(`[{"embedding":[1]}]`)}, rag.BadReply, "1 vectors for 2 texts", 1},
		{"none", Embedding{}, []step{status(200, `{}`)}, rag.BadReply, "0 vectors for 2 texts", 1},
		{"an error under status 200", Embedding{}, []step{status(200, ` {"error": {"message":"invalid_api_key"}}`)}, rag.Auth, "invalid", 1},
		{"one twice", Embedding{}, []step{vectors(`[{"index":1,"embedding":[1]},{"index":1,"embedding":[1]}]`)}, rag.BadReply, "out of place", 1},
		{"one beyond", Embedding{}, []step{vectors(`[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]`)}, rag.BadReply, "out of place", 1},
		{"of two lengths", Embedding{}, []step{vectors(`[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]`)}, rag.BadReply, "same model", 1},
		{"zero", Embedding{}, []step{vectors(`[{"index":0,"embedding":[1]},{"index":1,"embedding":[0]}]`)}, rag.BadReply, "zero or not finite", 1},
		{"null", Embedding{}, []step{vectors(`[{"index":0,"embedding":[1]},{"index":1,"embedding":null}]`)}, rag.BadReply, "empty vector", 1},
		{"beyond float32", Embedding{}, []step{vectors(`[{"index":0,"embedding":[1]},{"index":1,"embedding":[1e99]}]`)}, rag.BadReply, "decode", 1},
		{"not a number", Embedding{}, []step{vectors(`[{"index":0,"embedding":[NaN]}]`)}, rag.BadReply, "decode", 1},
		{"a matrix", Embedding{}, []step{vectors(`[{"index":0,"embedding":[[1]]}]`)}, rag.BadReply, "decode", 1},
		{"dimensions ignored", Embedding{Dimensions: 64}, []step{embeds}, rag.BadReply, "2 values where 64 were asked for", 1},
		{"page", Embedding{}, []step{status(200, "<html>Hello", "Content-Type: text/html")}, rag.BadReply, "HTML page", 1},
		{"auth", Embedding{}, []step{openAIError(401, "", "no")}, rag.Auth, "no", 1},
		{"model", Embedding{}, []step{openAIError(404, "", "model m not found")}, rag.NoModel, "m not found", 1},
		{"quota", Embedding{}, []step{openAIError(429, "insufficient_quota", "no")}, rag.Quota, "no", 1},
		{"a rejected request is not split", Embedding{}, []step{openAIError(400, "", "no such option")}, rag.BadRequest, "option", 2},
		{"never up", Embedding{}, []step{status(503, "")}, rag.Unreachable, "503", firstTries},
		{"a rate limit of a day", Embedding{}, []step{openAIError(429, "", "", "Retry-After: 86400")}, rag.RateLimited, "429", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, c.steps...)
				c.opt.Model = "m"
				vs, err := client.Embedder(c.opt).EmbedPassages(t.Context(), []string{"a", "bb"})
				wantFault(t, err, c.fault, c.says)
				if vs != nil || len(s.requests()) != c.requests {
					t.Errorf("vectors %v after %d requests, want none after %d", vs, len(s.requests()), c.requests)
				}
			})
		})
	}
}

// A corpus of 100,000 passages gets through a limit of 60 requests a minute,
// and an outage of two minutes, without many requests in vain.
func TestRateLimit(t *testing.T) {
	for _, hint := range []string{"", "Retry-After: 1"} {
		t.Run(hint, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				const passages, batch = 100_000, 64
				start := time.Now()
				tokens, last, rejected := 60., start, 0
				limited := func(w http.ResponseWriter, r *http.Request, body map[string]any) {
					now := time.Now()
					if since := now.Sub(start); since > 10*time.Minute && since < 12*time.Minute {
						status(503, "down")(w, r, body)
						return
					}
					tokens = min(60, tokens+now.Sub(last).Seconds())
					last = now
					if tokens < 1 {
						rejected++
						openAIError(429, "rate_limit_exceeded", "Rate limit reached", hint)(w, r, body)
						return
					}
					tokens--
					embeds(w, r, body)
				}
				client, s := serve(t, Options{}, limited)
				waits := 0
				e := client.Embedder(Embedding{Model: "m", Batch: batch, Waiting: func(me *rag.ModelError) {
					if waits++; !me.Until.After(time.Now()) {
						t.Errorf("waits for %v", me.Until)
					}
				}})
				texts := make([]string, passages)
				for i := range texts {
					texts[i] = "x"
				}
				vs, err := e.EmbedPassages(t.Context(), texts)
				if err != nil || len(vs) != passages {
					t.Fatalf("%d vectors, %v", len(vs), err)
				}
				took, ideal := time.Since(start), 2*time.Minute+(passages/batch-2*60)*time.Second // the bucket fills twice
				t.Logf("%v where %v is the least; %d of %d requests rejected", took, ideal, rejected, len(s.requests()))
				if took > ideal*3/2 || rejected > len(s.requests())/10 || waits < rejected {
					t.Errorf("%v where %v is the least; %d of %d requests rejected, %d waits told", took, ideal, rejected, len(s.requests()), waits)
				}
			})
		})
	}
}

// A rate limit that never ends is given up after ten minutes or so.
func TestPatienceEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		client, _ := serve(t, Options{}, embeds, openAIError(429, "", "slow"))
		e := client.Embedder(Embedding{Model: "m", Batch: 1})
		start := time.Now()
		_, err := e.EmbedPassages(t.Context(), []string{"a", "b"})
		wantFault(t, err, rag.RateLimited, "slow")
		if took := time.Since(start); took < 8*time.Minute || took > ratePatience+maxGap {
			t.Errorf("gave up after %v", took)
		}
		client, s := serve(t, Options{}, hang)
		start = time.Now()
		_, err = client.Embedder(Embedding{Model: "m"}).EmbedPassages(t.Context(), []string{"a", "b"})
		wantFault(t, err, rag.Timeout, "1m0s")
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("gave up on a dead endpoint after %v and %d requests", took, len(s.requests()))
		}
	})
}

func TestEmbedCancel(t *testing.T) {
	for name, step := range map[string]step{"in a request": hang, "between": openAIError(429, "", "", "Retry-After: 60")} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, _ := serve(t, Options{}, step)
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				start := time.Now()
				_, err := client.Embedder(Embedding{Model: "m"}).EmbedPassages(ctx, []string{"a"})
				if err != context.DeadlineExceeded || time.Since(start) != 3*time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
			})
		})
	}
}

func TestEmbedQuery(t *testing.T) {
	for _, c := range []struct {
		name     string
		steps    []step
		text     string
		want     string
		fault    rag.Fault
		requests int
		takes    time.Duration // at most
	}{
		{"fine", []step{embeds}, "why", "why", "", 1, 0},
		{"blank", []step{embeds}, " ", "", "", 0, 0},
		{"one retry", []step{status(500, ""), embeds}, "why", "why", "", 2, time.Second},
		{"no more", []step{status(500, "")}, "why", "", rag.Unreachable, 2, time.Second},
		{"hangs", []step{hang}, "why", "", rag.Timeout, 1, queryTimeout},
		{"rate limit", []step{openAIError(429, "", "", "Retry-After: 6")}, "why", "", rag.RateLimited, 1, 0},
		{"too long", []step{unless(anyLonger(4), openAIError(400, "context_length_exceeded", ""))}, strings.Repeat("x", 16), "xxxx", "", 3, 0},
		{"too long whatever its length", []step{openAIError(400, "context_length_exceeded", "")}, "xxxx", "", rag.TooLong, 3, 0},
		{"auth", []step{openAIError(401, "", "")}, "why", "", rag.Auth, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, c.steps...)
				start := time.Now()
				v, err := client.Embedder(Embedding{Model: "m"}).EmbedQuery(t.Context(), c.text)
				wantFault(t, err, c.fault, "")
				wantVectors(t, []rag.Vector{v}, []string{c.want})
				if n := len(s.requests()); n != c.requests || time.Since(start) > c.takes {
					t.Errorf("%d requests in %v", n, time.Since(start))
				}
			})
		})
	}
}

// What is sent for the two kinds of texts, and the name that goes with it.
func TestSides(t *testing.T) {
	for _, c := range []struct {
		opt            Embedding
		query, passage string
		model          string
	}{
		{Embedding{Model: "m"}, "[a] <nil> <nil>", "[a] <nil> <nil>", "m"},
		{Embedding{Model: "m", Dimensions: 2}, "[a] <nil> 2", "[a] <nil> 2", "m, 2 dimensions"},
		{Embedding{Model: "m", Prefixes: true}, "[query: a] <nil> <nil>", "[passage: a] <nil> <nil>", "m, prefixes"},
		{Embedding{Model: "m", InputTypes: true}, "[a] query <nil>", "[a] passage <nil>", "m, input types"},
	} {
		t.Run(c.model, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				client, s := serve(t, Options{}, embeds)
				e := client.Embedder(c.opt)
				_, err1 := e.EmbedQuery(t.Context(), "a")
				_, err2 := e.EmbedPassages(t.Context(), []string{"a"})
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, b := range s.requests() {
					got = append(got, fmt.Sprintf("%v %v %v", b["input"], b["input_type"], b["dimensions"]))
				}
				if diff := cmp.Diff([]string{c.query, c.passage}, got); diff != "" {
					t.Errorf("sent (-want +got):\n%s", diff)
				}
				if e.Model() != c.model {
					t.Errorf("model %q", e.Model())
				}
			})
		})
	}
}
