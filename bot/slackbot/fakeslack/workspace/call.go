package workspace

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// reply is what a method answers besides ok.
type reply map[string]any

// apiError is one of Slack's error names, with what goes beside it.
type apiError struct {
	name  string
	extra reply
}

func (e *apiError) Error() string { return e.name }

// fail returns Slack's error of that name.
func fail(name string) error { return &apiError{name: name} }

// failWith returns an error whose response_metadata explains it.
func failWith(name string, messages ...string) error {
	return &apiError{name, reply{"response_metadata": map[string]any{"messages": messages}}}
}

// call is one call of a method being served.
type call struct {
	name  string
	token string
	args  map[string]any // strings from a form, anything from JSON
}

// str returns an argument as text. Null and absence are "".
func (c *call) str(name string) string {
	switch v := c.args[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		data, _ := json.Marshal(v)
		return string(data)
	}
}

func (c *call) bool(name string) bool { v := c.str(name); return v == "true" || v == "1" }

// isFalse reports whether the argument is there and false.
func (c *call) isFalse(name string) bool { v := c.str(name); return v == "false" || v == "0" }

// json decodes an argument that is JSON, in a form as text. It reports whether the
// argument is there.
func (c *call) json(name string, into any) (bool, error) {
	text := c.str(name)
	if text == "" || text == "null" {
		return false, nil
	}
	return true, json.Unmarshal([]byte(text), into)
}

// list decodes an argument that is a JSON array of texts or, as forms may have it, texts
// with commas between them.
func (c *call) list(name string) []string {
	var list []string
	if there, err := c.json(name, &list); there && err != nil {
		return strings.Split(c.str(name), ",")
	}
	return list
}

// Call is one call the app made.
type Call struct {
	Method string
	Args   map[string]any // without the token
	At     time.Time      // by the workspace's clock
	Error  string         // Slack's error name, "" for ok; or what a planned fault did
}

// Str returns an argument as text.
func (c Call) Str(name string) string { return (&call{args: c.Args}).str(name) }

// Calls returns the calls of a method so far, oldest first; of all methods for "".
func (w *Workspace) Calls(method string) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []Call
	for _, c := range w.calls {
		if method == "" || c.Method == method {
			found = append(found, c)
		}
	}
	return found
}

// serveMethod answers one Web API request. Like Slack, it answers errors with 200.
func (w *Workspace) serveMethod(rw http.ResponseWriter, r *http.Request, name string) {
	c, err := w.readCall(r, name)
	if err != nil {
		writeReply(rw, asJSON(reply{"ok": false, "error": "invalid_json"}))
		return
	}
	fault := w.takeFault(name)
	if fault != nil && fault.onlyDelays() {
		fault.wait(r)
		fault = nil
	}
	if fault != nil && !fault.Perform {
		w.record(c, fault.String())
		fault.answer(rw, r)
		return
	}
	body := w.perform(rw, c)
	if fault != nil {
		fault.answer(rw, r)
		return
	}
	writeReply(rw, body)
}

// perform does the call and returns its whole answer as JSON, which is made while
// nobody can change what the answer shows.
func (w *Workspace) perform(rw http.ResponseWriter, c *call) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.broadcast()
	m, known := w.methods[c.name]
	result, err := reply(nil), fail("unknown_method")
	if known {
		w.knownArguments(m, c)
		if wait := w.overRate(m, c); wait > 0 {
			w.calls = append(w.calls, Call{c.name, c.args, w.clock.Now(), "ratelimited"})
			tooMany(rw, wait)
			return asJSON(reply{"ok": false, "error": "ratelimited"})
		}
		err = w.allowed(m, c)
	}
	if err == nil {
		result, err = m.do(w, c)
	}
	if c.token == w.BotToken() {
		rw.Header().Set("X-OAuth-Scopes", strings.Join(w.opts.Scopes, ","))
	}
	if len(m.scopes) > 0 {
		rw.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	full := reply{"ok": err == nil}
	maps.Copy(full, result)
	name := ""
	if err != nil {
		name = err.Error()
		full = reply{"ok": false, "error": name}
		if e, ok := errors.AsType[*apiError](err); ok {
			maps.Copy(full, e.extra)
		}
		w.log.Info("call failed", "method", c.name, "error", name)
	}
	w.calls = append(w.calls, Call{c.name, c.args, w.clock.Now(), name})
	return asJSON(full)
}

func (w *Workspace) record(c *call, outcome string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, Call{c.name, c.args, w.clock.Now(), outcome})
	w.broadcast()
}

// allowed checks the token, its scopes and the required arguments, in Slack's order.
func (w *Workspace) allowed(m method, c *call) error {
	want, other := w.BotToken(), w.AppToken()
	if m.appToken {
		want, other = other, want
	}
	switch c.token {
	case want:
	case "":
		return fail("not_authed")
	case other:
		return fail("not_allowed_token_type")
	default:
		return fail("invalid_auth")
	}
	if len(m.scopes) > 0 && !slices.ContainsFunc(m.scopes, w.granted) {
		return w.missingScope(m.scopes[0])
	}
	var missing []string
	for _, name := range m.required {
		if c.str(name) == "" && !(name == "status" && c.args[name] != nil) {
			missing = append(missing, "[ERROR] missing required field: "+name)
		}
	}
	if missing != nil {
		return failWith("invalid_arguments", missing...)
	}
	return nil
}

func (w *Workspace) granted(scope string) bool { return slices.Contains(w.opts.Scopes, scope) }

func (w *Workspace) missingScope(needed string) error {
	return &apiError{"missing_scope", reply{"needed": needed, "provided": strings.Join(w.opts.Scopes, ",")}}
}

// knownArguments records arguments the method does not have. Slack ignores them; a
// client that sends one is mistaken. Every method puts up with team_id, which Bolt adds
// to all of its calls.
func (w *Workspace) knownArguments(m method, c *call) {
	for _, name := range slices.Sorted(maps.Keys(c.args)) {
		if name != "team_id" && !slices.Contains(m.required, name) && !slices.Contains(m.optional, name) {
			w.breach("%s: unknown argument %s", c.name, name)
		}
	}
}

// readCall reads arguments from the query, from a form or from JSON, and the token
// from wherever it is. A method that takes no JSON sees none of it, as with Slack.
func (w *Workspace) readCall(r *http.Request, name string) (*call, error) {
	c := &call{name: name, args: map[string]any{}}
	c.token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var form url.Values
	switch kind {
	case "application/json":
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return nil, err
		}
		form = r.URL.Query()
		if len(body) > 0 && !w.methods[name].form {
			if err := json.Unmarshal(body, &c.args); err != nil {
				return nil, err
			}
		}
	default:
		if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return nil, err
		}
		form = r.Form
	}
	for name, values := range form {
		c.args[name] = values[0]
	}
	if token, ok := c.args["token"].(string); ok {
		c.token = token
	}
	delete(c.args, "token")
	return c, nil
}

func writeReply(rw http.ResponseWriter, body []byte) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	if rw.Header().Get("Retry-After") != "" {
		rw.WriteHeader(http.StatusTooManyRequests)
	}
	_, _ = rw.Write(body) // a client that went away is not the workspace's concern
}

// asJSON encodes what the workspace made itself, which JSON can hold.
func asJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("what JSON cannot hold: " + err.Error())
	}
	return data
}
