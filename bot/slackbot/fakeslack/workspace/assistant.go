package workspace

import (
	"slices"
	"time"
	"unicode/utf8"
)

// statusLife is how long a status shows when no message follows.
const statusLife = 2 * time.Minute

type status struct {
	text    string
	loading []string
	until   time.Time
}

// Session is what an app has said of an agent session.
type Session struct {
	Status string // active, processing, suspended or closed; "" if never set
	Title  string
}

// Prompts are the prompts suggested in a thread, or in a DM for thread "".
type Prompts struct {
	Title   string
	Prompts []Prompt
}

// Prompt is one suggested prompt.
type Prompt struct {
	Title   string `json:"title"`
	Message string `json:"message"`
}

// Status returns what is shown under a thread, such as "is thinking…", or "".
func (w *Workspace) Status(channel, threadTS string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status(channel, threadTS)
}

func (w *Workspace) status(channel, threadTS string) string {
	if s, ok := w.statuses[key{channel, threadTS}]; ok && w.clock.Now().Before(s.until) {
		return s.text
	}
	return ""
}

// endStatuses removes statuses whose time is over, so that Wait sees them go. It
// returns when the next one ends, and whether any did.
func (w *Workspace) endStatuses(now time.Time) (next time.Time, ended bool) {
	for thread, s := range w.statuses {
		if !s.until.After(now) {
			delete(w.statuses, thread)
			ended = true
		} else if next.IsZero() || s.until.Before(next) {
			next = s.until
		}
	}
	return next, ended
}

// Loading returns the loading messages beside a thread's status.
func (w *Workspace) Loading(channel, threadTS string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status(channel, threadTS) == "" {
		return nil
	}
	return slices.Clone(w.statuses[key{channel, threadTS}].loading)
}

// Session returns the agent session of a thread.
func (w *Workspace) Session(channel, threadTS string) Session {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sessions[key{channel, threadTS}]
}

// Suggested returns the prompts suggested in a thread, or in a DM for thread "".
func (w *Workspace) Suggested(channel, threadTS string) Prompts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.prompts[key{channel, threadTS}]
}

// threadOf returns the thread a call names by channel_id and thread_ts.
func (w *Workspace) threadOf(c *call) (key, error) {
	ch := w.channels[c.str("channel_id")]
	if ch == nil || !ch.has(BotUserID) {
		return key{}, fail("channel_not_found")
	}
	ts := c.str("thread_ts")
	if ts != "" && w.find(ch.ID, ts) == nil {
		return key{}, fail("invalid_thread_ts")
	}
	return key{ch.ID, ts}, nil
}

func setStatus(w *Workspace, c *call) (reply, error) {
	thread, err := w.threadOf(c)
	if err != nil {
		return nil, err
	}
	loading := c.list("loading_messages")
	tooLong := func(s string) bool { n := utf8.RuneCountInString(s); return n < 1 || n > 50 }
	if len(loading) > 10 || slices.ContainsFunc(loading, tooLong) {
		return nil, failWith("invalid_arguments", "[ERROR] loading_messages: 1 to 10 of 1 to 50 characters")
	}
	if c.str("status") == "" {
		delete(w.statuses, thread)
		return nil, nil
	}
	w.statuses[thread] = status{text: c.str("status"), loading: loading, until: w.clock.Now().Add(statusLife)}
	return nil, nil
}

func setTitle(w *Workspace, c *call) (reply, error) {
	thread, err := w.threadOf(c)
	if err != nil {
		return nil, err
	}
	s := w.sessions[thread]
	s.Title = c.str("title")
	w.sessions[thread] = s
	return nil, nil
}

func setPrompts(w *Workspace, c *call) (reply, error) {
	thread, err := w.threadOf(c)
	if err != nil {
		return nil, err
	}
	var prompts []Prompt
	if _, err := c.json("prompts", &prompts); err != nil {
		return nil, failWith("invalid_arguments", "[ERROR] prompts must be an array of objects")
	}
	if len(prompts) > 4 || slices.ContainsFunc(prompts, func(p Prompt) bool { return p.Title == "" || p.Message == "" }) {
		return nil, failWith("invalid_arguments", "[ERROR] prompts: at most 4, each with title and message")
	}
	w.prompts[thread] = Prompts{Title: c.str("title"), Prompts: prompts}
	return nil, nil
}

func setSession(w *Workspace, c *call) (reply, error) {
	if c.str("thread_ts") == "" {
		return nil, fail("thread_ts_required")
	}
	thread, err := w.threadOf(c)
	if err != nil {
		return nil, fail("channel_not_found")
	}
	if !slices.Contains([]string{"active", "processing", "suspended", "closed"}, c.str("status")) {
		return nil, fail("invalid_status")
	}
	s := w.sessions[thread]
	if s.Status == "" && c.str("title") != "" {
		s.Title = c.str("title")
	}
	s.Status = c.str("status")
	w.sessions[thread] = s
	r := reply{"status": s.Status, "agent_status": s.Status, "title": s.Title}
	if !slices.Contains(w.opts.Events, "agent_session_stopped") {
		r["warning"] = "missing_agent_session_stopped_event_subscription"
	}
	return r, nil
}
