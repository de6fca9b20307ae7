package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	goopenai "github.com/sashabaranov/go-openai"

	"footnote/rag"
)

// Chat are the choices of a Generator.
type Chat struct {
	Model     string
	MaxTokens int // of a reply; 0: the endpoint's own limit
}

// A Generator is a language model at an endpoint. It is safe for concurrent use.
type Generator struct {
	client *Client
	chat   Chat
}

// Generator returns a language model of the endpoint.
func (c *Client) Generator(chat Chat) *Generator { return &Generator{c, chat} }

// Model returns "NAME at HOST".
func (g *Generator) Model() string { return g.chat.Model + " at " + g.client.host }

// chatTries is how many requests a call makes before it gives up, those apart
// that leave out what an endpoint rejected.
const chatTries = 3

// Generate implements rag.Generator. Thoughts of the model are not emitted; those
// that were not opened are followed by a closing mark, for a rag.Unthinker to see.
// Faults that may pass are tried again while no text was emitted and time is
// left; at the timeout, and where the endpoint ends the reply without its end
// mark, what was emitted stands and the error is a *rag.ModelError.
//
// Usage is the endpoint's count. Where it sends none, and for a reply that was
// cut, it is an estimate: a token for every three bytes.
func (g *Generator) Generate(ctx context.Context, ms []rag.Message, emit func(string)) (out rag.Completion, err error) {
	c := g.client
	if err := ctx.Err(); err != nil {
		return out, err
	}
	w := newWatch(ctx, c.opt.Timeout, c.opt.FirstText)
	defer w.stop()
	leave, err := c.enter(w)
	if err != nil {
		return out, c.outward(err)
	}
	var r *reply
	var spent rag.Usage // of attempts that came to nothing
	err = func() (err error) {
		defer func() { leave(err) }()
		return retry(w, chatTries, func() error {
			if r != nil {
				spent = spent.Add(r.used(ms))
			}
			r = &reply{emit: emit, w: w, begins: reasons(g.chat.Model)}
			err := g.attempt(w, ms, r)
			if f, ok := errors.AsType[*failure](err); ok && r.text > 0 {
				f.again = false
			}
			return err
		})
	}()
	out = rag.Completion{Truncated: r.truncated, Usage: spent.Add(r.used(ms))}
	return out, c.outward(err)
}

// used returns the tokens that a request took.
func (r *reply) used(ms []rag.Message) rag.Usage {
	if r.usage != (rag.Usage{}) || r.events == 0 {
		return r.usage
	}
	prompt := 0
	for _, m := range ms {
		prompt += len(m.Text)
	}
	return rag.Usage{PromptTokens: prompt/3 + 1, CompletionTokens: r.came/3 + 1}
}

// attempt sends a request, and again without what the endpoint rejects.
func (g *Generator) attempt(w *watch, ms []rag.Message, r *reply) error {
	h := g.client.habits(g.chat.Model)
	for {
		req := g.request(ms, h)
		err := g.send(w, req, h, r)
		if err == nil {
			g.client.learn(g.chat.Model, h)
			return nil
		}
		f, ok := errors.AsType[*failure](err)
		if !ok || r.events > 0 || w.Err() != nil {
			return err
		}
		next, ok := h.without(f, &req)
		if !ok && f.fault == rag.CutOff && !h.noStream {
			// llama-cpp-python ends a stream with nothing in it when the text
			// is too long, and says so only without a stream.
			// Then it closes the connection, too late for the next request to know.
			g.client.transport.CloseIdleConnections()
			whole := h
			whole.noStream = true
			return g.send(w, req, whole, r)
		}
		if !ok {
			return err
		}
		h = next
	}
}

// temperature stands for 0, which the library leaves out. Its own advice,
// math.SmallestNonzeroFloat32, is 0 or a division by it in some servers.
const temperature = 1e-6

// request builds a request of what the model is known to take.
func (g *Generator) request(ms []rag.Message, h habits) goopenai.ChatCompletionRequest {
	req := goopenai.ChatCompletionRequest{Model: g.chat.Model, Messages: messages(ms, h.noSystem)}
	if !h.noUsage && !h.noStream {
		req.StreamOptions = &goopenai.StreamOptions{IncludeUsage: true}
	}
	if !h.noTemperature && !reasons(g.chat.Model) {
		req.Temperature = temperature
	}
	h.bound(&req, g.chat.MaxTokens, isOpenAI(g.client.opt.URL))
	return req
}

// isOpenAI tells whether the endpoint is OpenAI, where max_tokens is deprecated.
// Others may ignore the new name in silence.
func isOpenAI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Hostname() == "api.openai.com"
}

// messages returns ms in the library's terms. Without system messages, their
// text goes in front of the first message of the user, and neighbours of the same
// role become one, since templates that know no system role want them to alternate.
func messages(ms []rag.Message, noSystem bool) []goopenai.ChatCompletionMessage {
	var out []goopenai.ChatCompletionMessage
	system := ""
	for _, m := range ms {
		text, role := m.Text, string(m.Role)
		switch {
		case text == "": // the library would leave out the field
			continue
		case noSystem && m.Role == rag.System:
			system += text + "\n\n"
			continue
		case noSystem && m.Role == rag.User:
			text, system = system+text, ""
		}
		if n := len(out); noSystem && n > 0 && out[n-1].Role == role {
			out[n-1].Content += "\n\n" + text
			continue
		}
		out = append(out, goopenai.ChatCompletionMessage{Role: role, Content: text})
	}
	if system != "" {
		out = append(out, goopenai.ChatCompletionMessage{Role: goopenai.ChatMessageRoleUser, Content: system})
	}
	return out
}

// send sends one request and reads the reply.
func (g *Generator) send(w *watch, req goopenai.ChatCompletionRequest, h habits, r *reply) error {
	if h.noStream {
		req.StreamOptions = nil
		return g.whole(w, req, r)
	}
	stream, err := g.client.api.CreateChatCompletionStream(w, req)
	if err != nil {
		return unsent(err)
	}
	defer stream.Close()
	for {
		line, err := stream.RecvRaw()
		if err == io.EOF {
			return r.end(nil)
		}
		if err != nil {
			return r.end(err)
		}
		if done, err := r.add(line); err != nil {
			return err
		} else if done {
			return r.end(nil)
		}
	}
}

// whole sends a request that is answered in one piece.
func (g *Generator) whole(w *watch, req goopenai.ChatCompletionRequest, r *reply) error {
	w.whole()
	resp, err := g.client.api.CreateChatCompletion(w, req)
	if err != nil {
		return unsent(err)
	}
	line, err := json.Marshal(resp)
	if err != nil {
		return badReply(err)
	}
	if _, err := r.add(line); err != nil {
		return err
	}
	return r.end(nil)
}

// unsent returns the error of a request that has no reply as a failure. Those
// that are none yet are the library's: of its own rules, or of decoding.
func unsent(err error) error {
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	if errors.Is(err, goopenai.ErrChatCompletionInvalidModel) {
		return &failure{fault: rag.NoModel, err: err}
	}
	return badReply(fmt.Errorf("decode the reply: %w", err))
}
