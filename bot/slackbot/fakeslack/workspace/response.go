package workspace

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// A response_url works this long and this often.
const (
	responseLife = 30 * time.Minute
	responseUses = 5
)

// response is one response_url.
type response struct {
	id      string
	user    string
	channel string
	thread  string
	about   *Message // that was clicked; nil for a command
	made    time.Time
	uses    int
}

func (w *Workspace) respond(r *response) *response {
	r.id, r.made = w.id("R"), w.clock.Now()
	w.responses[r.id] = r
	return r
}

func (w *Workspace) responseURL(r *response) string { return "http://" + w.addr + "/response/" + r.id }

// serveResponse takes a POST to a response_url. Slack answers ok in plain text and
// errors as 404 with the error's name.
func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request, id string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	answer := map[string]any{}
	if err != nil || json.Unmarshal(body, &answer) != nil {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	if fault := w.takeFault("response_url"); fault != nil {
		fault.answer(rw, r)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.broadcast()
	to := w.responses[id]
	outcome := ""
	switch {
	case to == nil, w.clock.Now().Sub(to.made) > responseLife:
		outcome = "expired_url"
	case to.uses == responseUses:
		outcome = "used_url"
	default:
		to.uses++
		outcome = w.answerWith(to, answer)
	}
	w.calls = append(w.calls, Call{"response_url", answer, w.clock.Now(), outcome})
	if outcome != "" {
		http.Error(rw, outcome, http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(rw, "ok")
}

// answerWith does what an answer to a command or a click asks, and returns the name
// of what is wrong with it, or "".
func (w *Workspace) answerWith(to *response, answer map[string]any) string {
	c := &call{name: "response_url", args: answer}
	w.knownArguments(method{optional: words(
		"text blocks attachments markdown_text response_type replace_original delete_original thread_ts mrkdwn unfurl_links unfurl_media metadata")}, c)
	if c.bool("delete_original") {
		w.dropOriginal(to)
		return ""
	}
	n, err := w.content(c)
	if err != nil {
		e, _ := errors.AsType[*apiError](err)
		return e.name
	}
	if c.bool("replace_original") && to.about != nil {
		w.replaceOriginal(to, n)
		return ""
	}
	m := w.botMessage(to.channel)
	w.fill(m, n)
	if c.str("response_type") == "in_channel" {
		w.threaded(c, m)
		w.publish(w.channels[to.channel], m)
		return ""
	}
	m.Only, m.ThreadTS = to.user, c.str("thread_ts")
	if m.ThreadTS == "" {
		m.ThreadTS = to.thread
	}
	w.whisper(m)
	return ""
}

func (w *Workspace) replaceOriginal(to *response, n content) {
	before := to.about.copied()
	w.fill(to.about, n)
	w.noteRings(to.about)
	if to.about.Only == "" {
		to.about.Edited = &Edited{User: BotID, TS: w.ts()}
		w.raiseChanged(w.channels[to.channel], to.about, before)
	}
}

func (w *Workspace) dropOriginal(to *response) {
	switch m := to.about; {
	case m == nil:
	case m.Only == "":
		w.deleteMessage(m)
	default:
		for i, e := range w.ephemeral {
			if e == m {
				w.ephemeral = append(w.ephemeral[:i:i], w.ephemeral[i+1:]...)
				return
			}
		}
	}
}
