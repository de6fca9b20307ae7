package rag

import (
	"context"
	"time"
)

// A Generator is a language model that writes.
type Generator interface {
	// Model names the model and, if it is not this process, who runs it:
	// "llama3.2 at 127.0.0.1:11434".
	Model() string
	// Generate writes the message that follows, and hands each piece of it to emit
	// as it comes, in order and from the calling goroutine. A fault of the model or
	// of the way to it is a *ModelError; what was emitted before stands. Thoughts may
	// be among it: see Unthinker.
	Generate(ctx context.Context, ms []Message, emit func(string)) (Completion, error)
}

// A Message is one turn of what a language model is told.
type Message struct {
	Role Role
	Text string
}

// A Role says whose Message it is.
type Role string

const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// A Completion is how a Generator ended.
type Completion struct {
	Truncated bool // at its limit of tokens, in the middle of what it had to say
	Usage     Usage
}

// A ModelError says why a language or embedding model gave nothing, or no more.
type ModelError struct {
	Fault Fault
	Host  string    // of the endpoint, such as api.example.com:8080; empty if none was asked
	Until time.Time // when to try again, if that is known
	Err   error     // what happened, for the operator; may be nil
	// Remedy says what to do about it, in words of ours: nothing of it comes from
	// the endpoint. It may be empty.
	Remedy string
}

// A Fault is a kind of ModelError, in words for the user.
type Fault string

const (
	Unreachable Fault = "cannot be reached"
	Timeout     Fault = "no reply in time"
	BadTLS      Fault = "its certificate is not trusted"
	Auth        Fault = "the key is refused"
	Quota       Fault = "quota"
	RateLimited Fault = "rate limit"
	NoModel     Fault = "no such model"
	TooLong     Fault = "the text is too long for the model"
	Refused     Fault = "it refused to answer"
	CutOff      Fault = "cut off"
	BadReply    Fault = "unusable reply"
	BadRequest  Fault = "request rejected"
	OutOfBudget Fault = "out of budget"
	Private     Fault = "these documents stay on this machine"
)

// Permanent tells whether trying again cannot help before somebody changes
// something.
func (f Fault) Permanent() bool {
	switch f {
	case BadTLS, Auth, Quota, NoModel, BadRequest, OutOfBudget, Private:
		return true
	}
	return false
}

func (e *ModelError) Error() string {
	s := string(e.Fault)
	if e.Host != "" {
		s = e.Host + ": " + s
	}
	if e.Err != nil {
		s += " (" + e.Err.Error() + ")"
	}
	return s
}

func (e *ModelError) Unwrap() error { return e.Err }

// Usage counts a language model's tokens.
type Usage struct {
	PromptTokens     int
	CachedTokens     int // of PromptTokens: read from the endpoint's cache
	CompletionTokens int
}

// Add returns the sum of two usages.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.PromptTokens + v.PromptTokens, u.CachedTokens + v.CachedTokens, u.CompletionTokens + v.CompletionTokens}
}
