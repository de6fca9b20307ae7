package openai

//lint:file-ignore SA1019 max_tokens is deprecated at OpenAI; other endpoints may know nothing else

import (
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"footnote/rag"
)

// habits are what a model at an endpoint is asked without, since it rejected it
// before.
type habits struct {
	noUsage       bool // stream_options
	noTemperature bool
	noSystem      bool // system messages
	noStream      bool
	tokens        tokenLimit
}

// A tokenLimit is the parameter that bounds the length of a reply.
type tokenLimit int

const (
	firstChoice tokenLimit = iota
	otherName
	unbounded
)

// habits returns what is known of a model.
func (c *Client) habits(model string) habits {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[model]
}

// learn remembers the habits with which a request went well.
func (c *Client) learn(model string, h habits) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.known[model]
	c.known[model] = habits{
		noUsage:       h.noUsage || old.noUsage,
		noTemperature: h.noTemperature || old.noTemperature,
		noSystem:      h.noSystem || old.noSystem,
		noStream:      h.noStream || old.noStream,
		tokens:        max(h.tokens, old.tokens),
	}
}

// without returns habits that leave out what a failure blames, or false if it
// blames nothing that the request has.
func (h habits) without(f *failure, req *goopenai.ChatCompletionRequest) (habits, bool) {
	if f.fault != rag.BadRequest && f.fault != rag.Unreachable || f.status < 400 {
		return h, false // llama.cpp reports a template's exception with status 500
	}
	blames := func(name string) bool {
		return f.param == name || f.param == "" && strings.Contains(f.said, name)
	}
	switch {
	case req.StreamOptions != nil && (strings.Contains(f.said, "stream_options") || strings.Contains(f.said, "include_usage")):
		h.noUsage = true
	case !h.noStream && (f.param == "stream" || contains(f.said, []string{"to stream this model", "streaming is not supported", "streaming not supported"})):
		h.noStream = true
	case req.Temperature != 0 && blames("temperature"):
		h.noTemperature = true
	case req.MaxTokens != 0 && blames("max_tokens"), req.MaxCompletionTokens != 0 && blames("max_completion_tokens"):
		h.tokens++
	case hasSystem(req.Messages) && blamesSystem(f):
		h.noSystem = true
	default:
		return h, false
	}
	return h, true
}

// bound sets the parameter that limits a reply to n tokens: the modern one for
// models that reason and at OpenAI, else the one that all others know.
func (h habits) bound(req *goopenai.ChatCompletionRequest, n int, openAI bool) {
	modern := openAI || reasons(req.Model)
	switch {
	case h.tokens == unbounded, h.tokens == otherName && checked(req.Model):
	case modern == (h.tokens == firstChoice):
		req.MaxCompletionTokens = n
	default:
		req.MaxTokens = n
	}
}

func hasSystem(ms []goopenai.ChatCompletionMessage) bool {
	for _, m := range ms {
		if m.Role == goopenai.ChatMessageRoleSystem {
			return true
		}
	}
	return false
}

func blamesSystem(f *failure) bool {
	return strings.Contains(f.said, "system") && contains(f.said, []string{"not support", "n't support", "unsupported", "not allowed", "invalid role"}) ||
		contains(f.said, []string{"roles must alternate", "only user and assistant"})
}

// reasons tells whether a model of OpenAI thinks before it answers. It takes no
// temperature, calls its limit max_completion_tokens, and shows no thoughts. The
// library refuses other requests for these names without sending them.
func reasons(model string) bool {
	model = model[strings.LastIndexByte(model, '/')+1:]
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if rest, ok := strings.CutPrefix(model, prefix); ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			return true
		}
	}
	return checked(model)
}

// checked tells whether the library has rules for a model's name.
func checked(model string) bool {
	return new(goopenai.ReasoningValidator).Validate(goopenai.ChatCompletionRequest{Model: model, MaxTokens: 1}) != nil
}
