package workspace

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// triggerLife is how long a trigger_id opens a modal.
const triggerLife = 3 * time.Second

type trigger struct {
	user string
	made time.Time
	used bool
}

// View is a modal a user has open, or had.
type View struct {
	ID     string
	User   string
	Open   bool
	Errors map[string]string // by block_id, from the last submission
	Body   map[string]any    // the view as the app sent it, with Slack's fields
}

// trigger returns a new trigger_id of user.
func (w *Workspace) trigger(user string) string {
	id := w.id("") + ".1." + strings.ToLower(user)
	w.triggers[id] = trigger{user: user, made: w.clock.Now()}
	return id
}

// Views returns all views so far, oldest first.
func (w *Workspace) Views() []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var views []View
	for _, v := range w.views {
		c := *v
		c.Errors, c.Body = maps.Clone(v.Errors), plain(v.Body)
		views = append(views, c)
	}
	return views
}

// OpenViews returns the modals user has open.
func (w *Workspace) OpenViews(user string) []View {
	return slices.DeleteFunc(w.Views(), func(v View) bool { return !v.Open || v.User != user })
}

// checkView reads a view and returns it with Slack's fields, or Slack's error.
func (w *Workspace) checkView(c *call, id string) (map[string]any, error) {
	var body map[string]any
	if there, err := c.json("view", &body); err != nil || !there {
		return nil, failWith("invalid_arguments", "[ERROR] view must be a JSON object")
	}
	var wrong []string
	limit := func(field, text string, most int) {
		if utf8.RuneCountInString(text) > most {
			wrong = append(wrong, fmt.Sprintf("[ERROR] must be less than %d characters [json-pointer:/view/%s]", most+1, field))
		}
	}
	for _, field := range []string{"title", "submit", "close"} {
		object, _ := body[field].(map[string]any)
		text, _ := object["text"].(string)
		limit(field+"/text", text, 24)
		if field == "title" && text == "" {
			wrong = append(wrong, "[ERROR] missing required field: title [json-pointer:/view]")
		}
	}
	for field, most := range map[string]int{"private_metadata": 3000, "callback_id": 255} {
		text, _ := body[field].(string)
		limit(field, text, most)
	}
	if body["type"] != "modal" {
		wrong = append(wrong, "[ERROR] must be one of: modal [json-pointer:/view/type]")
	}
	if wrong != nil {
		return nil, failWith("invalid_arguments", wrong...)
	}
	blocks, err := blocksOf(body)
	if err != nil {
		return nil, err
	}
	if body["submit"] == nil && slices.ContainsFunc(blocks, func(b Block) bool { return b["type"] == "input" }) {
		return nil, failWith("invalid_arguments", "[ERROR] missing required field: submit [json-pointer:/view]")
	}
	body["blocks"] = w.withIDs(blocks)
	maps.Copy(body, map[string]any{
		"id": id, "team_id": TeamID, "app_id": AppID, "bot_id": BotID, "root_view_id": id, "previous_view_id": nil,
		"hash": w.ts(), "app_installed_team_id": TeamID, "state": map[string]any{"values": map[string]any{}},
	})
	for name, value := range map[string]any{
		"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": false, "notify_on_close": false,
		"close": nil, "submit": nil,
	} {
		if _, ok := body[name]; !ok {
			body[name] = value
		}
	}
	return body, nil
}

// blocksOf returns a view's checked blocks.
func blocksOf(body map[string]any) ([]Block, error) {
	list, _ := body["blocks"].([]any)
	var blocks []Block
	for _, b := range list {
		block, ok := b.(map[string]any)
		if !ok {
			return nil, failWith("invalid_arguments", "[ERROR] must be an object [json-pointer:/view/blocks]")
		}
		blocks = append(blocks, block)
	}
	if err := checkBlocks(blocks, "modal"); err != nil {
		e := err.(*apiError)
		return nil, &apiError{"invalid_arguments", e.extra}
	}
	return blocks, nil
}

func openView(w *Workspace, c *call) (reply, error) {
	id := c.str("trigger_id")
	t, ok := w.triggers[id]
	switch {
	case !ok:
		return nil, failWith("invalid_arguments", "invalid `trigger_id`")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case w.clock.Now().Sub(t.made) > triggerLife:
		return nil, fail("expired_trigger_id")
	}
	body, err := w.checkView(c, w.id("V"))
	if err != nil {
		return nil, err
	}
	t.used = true
	w.triggers[id] = t
	w.views = append(w.views, &View{ID: body["id"].(string), User: t.user, Open: true, Body: body})
	return reply{"view": body}, nil
}

func updateView(w *Workspace, c *call) (reply, error) {
	v := w.view(c.str("view_id"))
	switch {
	case v == nil:
		return nil, fail("not_found")
	case c.str("hash") != "" && c.str("hash") != v.Body["hash"]:
		return nil, fail("hash_conflict")
	}
	body, err := w.checkView(c, v.ID)
	if err != nil {
		return nil, err
	}
	v.Body = body
	return reply{"view": body}, nil
}

func (w *Workspace) view(id string) *View {
	for _, v := range w.views {
		if v.ID == id && v.Open {
			return v
		}
	}
	return nil
}

// Submit fills a modal and submits it as its user. values are by block_id; a select
// takes its option's value. The modal closes, changes or shows errors when the app
// acknowledges.
func (w *Workspace) Submit(user, viewID string, values map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.view(viewID)
	if v == nil || v.User != user {
		return fmt.Errorf("%s has no open view %s", user, viewID)
	}
	state, err := filled(v.Body, values)
	if err != nil {
		return err
	}
	v.Errors = nil
	v.Body["state"] = map[string]any{"values": state}
	payload := w.interaction("view_submission", user)
	payload["view"], payload["response_urls"] = maps.Clone(v.Body), []any{}
	return w.ask(&delivery{
		kind: "interactive", event: "view_submission", payload: payload,
		answer: func(answer map[string]any) { w.submitted(v, answer) },
		failed: func() { v.Errors = map[string]string{"": "We had some trouble connecting. Try again?"} },
	})
}

// filled returns the state of a view's inputs. A missing required value is the
// person's mistake, which Slack does not let through.
func filled(body map[string]any, values map[string]string) (map[string]any, error) {
	state := map[string]any{}
	blocks, _ := body["blocks"].([]Block)
	for _, b := range blocks {
		if b["type"] != "input" {
			continue
		}
		id, _ := b["block_id"].(string)
		element, _ := b["element"].(map[string]any)
		action, _ := element["action_id"].(string)
		value := values[id]
		if value == "" && b["optional"] != true {
			return nil, fmt.Errorf("input %s needs a value", id)
		}
		state[id] = map[string]any{action: entered(element, value)}
	}
	return state, nil
}

// entered returns the state of one input.
func entered(element map[string]any, value string) map[string]any {
	entry := map[string]any{"type": element["type"]}
	switch element["type"] {
	case "static_select", "radio_buttons":
		entry["selected_option"] = nil
		if value != "" {
			entry["selected_option"] = pick(element, value)
		}
	case "checkboxes":
		picked := []any{}
		for v := range strings.SplitSeq(value, ",") {
			if option := pick(element, v); v != "" && option != nil {
				picked = append(picked, option)
			}
		}
		entry["selected_options"] = picked
	default:
		entry["value"] = nil
		if value != "" {
			entry["value"] = value
		}
	}
	return entry
}

// submitted obeys the response_action that came with the acknowledgement.
func (w *Workspace) submitted(v *View, answer map[string]any) {
	switch answer["response_action"] {
	case nil, "", "clear":
		v.Open = false
	case "errors":
		v.Errors = map[string]string{}
		wrong, _ := answer["errors"].(map[string]any)
		for id, text := range wrong {
			v.Errors[id] = fmt.Sprint(text)
		}
	case "update", "push":
		body, err := w.checkView(&call{args: map[string]any{"view": answer["view"]}}, v.ID)
		if err != nil {
			w.breach("view_submission: the view in the acknowledgement: %v", err)
			return
		}
		v.Body = body
	default:
		w.breach("view_submission: unknown response_action %v", answer["response_action"])
	}
}

// CloseView closes a modal as its user. It raises view_closed if the view asks for it.
func (w *Workspace) CloseView(user, viewID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.broadcast()
	v := w.view(viewID)
	if v == nil || v.User != user {
		return fmt.Errorf("%s has no open view %s", user, viewID)
	}
	v.Open = false
	if v.Body["notify_on_close"] != true {
		return nil
	}
	payload := w.interaction("view_closed", user)
	delete(payload, "trigger_id")
	payload["view"], payload["is_cleared"] = maps.Clone(v.Body), false
	w.deliver(&delivery{kind: "interactive", event: "view_closed", payload: payload})
	return nil
}
