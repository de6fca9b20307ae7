package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"footnote/rag"
)

// maxText bounds the text of a reply: more is Truncated.
const maxText = 1 << 20

// chunk is what is read of an event of a stream, or of a whole reply. Fields of
// an unexpected type are left empty.
type chunk struct {
	Object  string
	Choices []struct {
		Index        int
		Delta        message
		Message      message
		FinishReason string `json:"finish_reason"`
	}
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	Error json.RawMessage
}

type message struct {
	Content   content
	Refusal   content
	Reasoning content
	// As DeepSeek, llama.cpp and older vLLM call it.
	ReasoningContent content `json:"reasoning_content"`
}

// content is text, or the text of the parts of type "text".
type content string

func (c *content) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*c = content(s)
		return nil
	}
	var parts []struct{ Type, Text string }
	if json.Unmarshal(b, &parts) == nil {
		for _, p := range parts {
			if p.Type == "text" {
				*c += content(p.Text)
			}
		}
	}
	return nil
}

// A reply is what has come of one request.
type reply struct {
	emit      func(string)
	w         *watch
	begins    bool // the first event is a sign of life: thoughts are not sent
	thoughts  rag.Unthinker
	events    int
	text      int // bytes emitted
	came      int // bytes of text and thoughts
	finish    string
	truncated bool
	usage     rag.Usage // as the endpoint counts
}

// add takes the JSON of one event. It returns true when nothing more is wanted.
func (r *reply) add(line []byte) (done bool, err error) {
	var c chunk
	if err := json.Unmarshal(line, &c); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			return false, badReply(fmt.Errorf("an event that is not JSON: %s", firstWords(line)))
		}
	}
	if c.Object == "error" || len(c.Error) > 0 && string(c.Error) != "null" {
		return false, streamFailure(line)
	}
	r.events++
	if r.begins {
		r.w.begin()
	}
	if u := c.Usage; u != nil && u.Prompt >= 0 && u.Completion >= 0 && u.Prompt+u.Completion > 0 {
		r.usage = rag.Usage{PromptTokens: u.Prompt, CachedTokens: min(max(u.Details.Cached, 0), u.Prompt), CompletionTokens: u.Completion}
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue
		}
		for _, m := range []message{choice.Delta, choice.Message} {
			if m.Refusal != "" {
				return false, &failure{fault: rag.Refused, err: errors.New(firstWords([]byte(m.Refusal)))}
			}
			r.think(string(m.Reasoning + m.ReasoningContent))
			if r.say(string(m.Content)); r.truncated {
				return true, nil
			}
		}
		if choice.FinishReason != "" {
			r.finish = choice.FinishReason
			r.w.finish()
		}
		if r.finish == "content_filter" {
			return false, &failure{fault: rag.Refused, err: errors.New("the endpoint's content filter stopped the reply")}
		}
	}
	return false, nil
}

// streamFailure is that of an error object within a stream. Some have the HTTP
// status as their code.
func streamFailure(line []byte) *failure {
	p := readProblem(line)
	status := 0
	if _, err := fmt.Sscanf(p.code, "%d", &status); err != nil || status < 400 || status > 599 {
		status = 0
	}
	f := replyFailure(status, p)
	if f.fault == rag.BadRequest { // what is wrong with the request shows before a stream
		f.status = max(f.status, 400)
	}
	return f
}

func (r *reply) think(s string) {
	if s != "" {
		r.came += len(s)
		r.w.begin()
	}
}

func (r *reply) say(s string) {
	if s == "" {
		return
	}
	r.w.begin()
	r.came += len(s)
	r.show(r.thoughts.Write(s))
}

// unopened tells who reads a reply that what was emitted of it were thoughts.
const unopened = "</think>\n"

func (r *reply) show(s string, anew bool) {
	if anew && r.text > 0 {
		s = unopened + s
	}
	if r.text+len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText-r.text], "")
		r.truncated = true
	}
	if s != "" {
		r.text += len(s)
		r.emit(s)
	}
}

// end judges a reply that has ended; err is how the reading of it did, nil if
// by the end mark.
func (r *reply) end(err error) error {
	if err != nil && r.finish == "" {
		f, ok := errors.AsType[*failure](err)
		if !ok {
			f = &failure{fault: rag.CutOff, again: true, err: errors.New("the reply stopped before its end")}
			if r.events == 0 {
				f.err = errors.New("the reply stopped before it began")
			}
		}
		return f
	}
	r.show(r.thoughts.End())
	r.truncated = r.truncated || r.finish == "length" || r.finish == "max_tokens"
	switch {
	case r.text > 0:
		return nil
	case r.truncated:
		return badReply(errors.New("the model reached its limit of tokens before it wrote any text: raise the limit, or let it think less"))
	case r.came > 0:
		return badReply(errors.New("the model thought, and wrote no text"))
	}
	return badReply(fmt.Errorf("the reply is empty (finish reason %q)", r.finish))
}
