package openai

import "strings"

// thoughts are the marks that models put around what they think before they
// answer, where the endpoint does not take it out.
var thoughts = [...]struct{ open, close string }{
	{"<think>", "</think>"},
	{"<thinking>", "</thinking>"},
	{"<reasoning>", "</reasoning>"},
	{"<thought>", "</thought>"},
	{"[THINK]", "[/THINK]"},
}

// An unthinker takes thoughts from the beginning of a reply that comes in
// pieces, with the space around them. Later marks are text like any other.
type unthinker struct {
	held  string // not decided yet: space, or what may become a mark
	close string // the mark that ends the current thought; empty outside
	open  bool   // text has begun: everything passes
}

// write returns what of the reply so far can be shown.
func (u *unthinker) write(s string) string {
	if u.open {
		return s
	}
	u.held += s
	for {
		if u.close != "" {
			at := strings.Index(u.held, u.close)
			if at < 0 { // the mark may be split over pieces
				u.held = u.held[max(0, len(u.held)-len(u.close)+1):]
				return ""
			}
			u.held, u.close = u.held[at+len(u.close):], ""
		}
		u.held = strings.TrimLeft(u.held, " \t\r\n")
		if u.close = opened(u.held); u.close != "" {
			continue
		}
		if mayOpen(u.held) {
			return ""
		}
		return u.end()
	}
}

// end returns what is still held at the end of the reply: nothing of a
// thought that was not finished.
func (u *unthinker) end() string {
	s := u.held
	u.held, u.open = "", u.close == "" && (u.open || s != "")
	if u.close != "" {
		return ""
	}
	return s
}

// opened returns the mark that ends the thought which s begins with, if any.
func opened(s string) string {
	for _, t := range thoughts {
		if strings.HasPrefix(s, t.open) {
			return t.close
		}
	}
	return ""
}

// mayOpen tells whether more text could make s begin with a thought.
func mayOpen(s string) bool {
	for _, t := range thoughts {
		if strings.HasPrefix(t.open, s) {
			return true
		}
	}
	return false
}
