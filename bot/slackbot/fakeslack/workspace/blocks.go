package workspace

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// checkBlocks returns the error Slack gives for blocks on a surface, message or modal:
// invalid_blocks with a pointer to each mistake, or msg_blocks_too_long.
func checkBlocks(blocks []Block, surface string) error {
	ck := &checker{surface: surface, ids: map[string]bool{}}
	most := map[string]int{"message": 50, "modal": 100}[surface]
	if len(blocks) > most {
		ck.wrong("/blocks", "no more than %d items allowed", most)
	}
	for i, b := range blocks {
		ck.block(fmt.Sprintf("/blocks/%d", i), b)
	}
	if ck.messages != nil {
		return failWith("invalid_blocks", ck.messages...)
	}
	if surface == "message" && tooLong(blocks) {
		return fail("msg_blocks_too_long")
	}
	return nil
}

// tooLong reports whether the text of all blocks together is more than Slack takes.
// Slack documents no such limit. People were refused from 13 172 characters, with a
// divider, to 13 297, with markdown alone (bolt-js issue 2509), so the workspace refuses
// a little less, whatever the blocks.
func tooLong(blocks []Block) bool {
	sum := 0
	for _, b := range blocks {
		sum += textIn(b)
	}
	return sum > maxBlocksSum
}

// textIn counts the characters under every key "text" in v.
func textIn(v any) int {
	sum := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			sum += textIn(e)
		}
	case map[string]any:
		for name, e := range v {
			if text, ok := e.(string); ok && name == "text" {
				sum += utf8.RuneCountInString(text)
			}
			sum += textIn(e)
		}
	}
	return sum
}

// checker collects what is wrong with some blocks.
type checker struct {
	surface  string
	ids      map[string]bool
	messages []string
}

func (ck *checker) wrong(at, format string, args ...any) {
	ck.messages = append(ck.messages, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// known are the block types with no check of their own.
func known() []string {
	return []string{
		"divider", "rich_text", "data_table", "task_card", "plan", "card", "alert", "video", "file", "call", "carousel",
	}
}

func (ck *checker) block(at string, b Block) {
	ck.id(at, "block_id", b)
	switch kind, _ := b["type"].(string); kind {
	case "section":
		ck.section(at, b)
	case "header":
		ck.text(at+"/text", b["text"], 150, "plain_text")
	case "markdown":
		ck.length(at+"/text", b["text"], 1, maxMarkdown)
	case "context":
		ck.elements(at, b, 10, "mrkdwn", "plain_text", "image")
	case "actions":
		ck.elements(at, b, 25, "button", "static_select", "users_select", "overflow", "radio_buttons", "checkboxes", "datepicker", "workflow_button")
	case "context_actions":
		ck.elements(at, b, 5, "feedback_buttons", "icon_button")
	case "image":
		ck.length(at+"/alt_text", b["alt_text"], 1, 2000)
	case "table":
		ck.table(at, b)
	case "input":
		ck.text(at+"/label", b["label"], 2000, "plain_text")
		if element, ok := b["element"].(map[string]any); ok {
			ck.element(at+"/element", element)
		} else {
			ck.wrong(at, "missing required field: element")
		}
	default:
		if !slices.Contains(known(), kind) {
			ck.wrong(at+"/type", "unsupported type: %s", kind)
		}
	}
}

func (ck *checker) section(at string, b Block) {
	fields, _ := b["fields"].([]any)
	if b["text"] == nil && len(fields) == 0 {
		ck.wrong(at, "missing required field: text")
	}
	if b["text"] != nil {
		ck.text(at+"/text", b["text"], 3000, "mrkdwn", "plain_text")
	}
	if len(fields) > 10 {
		ck.wrong(at+"/fields", "no more than 10 items allowed")
	}
	for i, f := range fields {
		ck.text(fmt.Sprintf("%s/fields/%d", at, i), f, 2000, "mrkdwn", "plain_text")
	}
	if accessory, ok := b["accessory"].(map[string]any); ok {
		ck.element(at+"/accessory", accessory)
	}
}

// table checks the size of a table: 1 to 100 rows of at most 20 cells.
func (ck *checker) table(at string, b Block) {
	rows, _ := b["rows"].([]any)
	if len(rows) == 0 {
		ck.wrong(at+"/rows", "must provide at least 1 item")
	}
	if len(rows) > 100 {
		ck.wrong(at+"/rows", "no more than 100 items allowed")
	}
	for i, row := range rows {
		if cells, _ := row.([]any); len(cells) > 20 {
			ck.wrong(fmt.Sprintf("%s/rows/%d", at, i), "no more than 20 items allowed")
		}
	}
}

// elements checks a block's elements, of which there are 1 to most, of these types.
func (ck *checker) elements(at string, b Block, most int, types ...string) {
	elements, _ := b["elements"].([]any)
	at += "/elements"
	if len(elements) == 0 {
		ck.wrong(at, "must provide at least 1 item")
	}
	if len(elements) > most {
		ck.wrong(at, "no more than %d items allowed", most)
	}
	for i, e := range elements {
		at := fmt.Sprintf("%s/%d", at, i)
		element, ok := e.(map[string]any)
		kind, _ := element["type"].(string)
		if !ok || !slices.Contains(types, kind) {
			ck.wrong(at+"/type", "unsupported type: %s", kind)
			continue
		}
		ck.element(at, element)
	}
}

func (ck *checker) element(at string, e map[string]any) {
	ck.id(at, "action_id", e)
	switch e["type"] {
	case "mrkdwn", "plain_text":
		ck.text(at, e, 3000, "mrkdwn", "plain_text")
	case "image":
		ck.length(at+"/alt_text", e["alt_text"], 1, 2000)
	case "button":
		ck.text(at+"/text", e["text"], 75, "plain_text")
		ck.length(at+"/value", e["value"], 0, 2000)
		ck.length(at+"/url", e["url"], 0, 3000)
		if style, ok := e["style"]; ok && style != "primary" && style != "danger" {
			ck.wrong(at+"/style", "must be one of: primary, danger")
		}
	case "feedback_buttons":
		for _, name := range []string{"positive_button", "negative_button"} {
			button, _ := e[name].(map[string]any)
			ck.text(at+"/"+name+"/text", button["text"], 75, "plain_text")
			ck.length(at+"/"+name+"/value", button["value"], 1, 2000)
		}
	case "static_select", "overflow", "radio_buttons", "checkboxes":
		ck.options(at, e)
	case "plain_text_input":
		ck.length(at+"/initial_value", e["initial_value"], 0, 3000)
	}
}

func (ck *checker) options(at string, e map[string]any) {
	most := map[any]int{"static_select": 100, "overflow": 5, "radio_buttons": 10, "checkboxes": 10}[e["type"]]
	options, _ := e["options"].([]any)
	if len(options) > most {
		ck.wrong(at+"/options", "no more than %d items allowed", most)
	}
	for i, o := range options {
		option, _ := o.(map[string]any)
		at := fmt.Sprintf("%s/options/%d", at, i)
		ck.text(at+"/text", option["text"], 75, "mrkdwn", "plain_text")
		ck.length(at+"/value", option["value"], 1, 150)
	}
}

// id checks a block_id or action_id: at most 255 characters, and used once. Two
// action_ids may be equal in different blocks, so they are told apart by their place.
func (ck *checker) id(at, name string, in map[string]any) {
	id, _ := in[name].(string)
	if id == "" {
		return
	}
	ck.length(at+"/"+name, id, 1, 255)
	scope := name + id
	if name == "action_id" {
		scope += strings.Join(strings.SplitN(at, "/", 4)[:3], "/")
	}
	if ck.ids[scope] {
		ck.wrong(at+"/"+name, "%s %q already exists", name, id)
	}
	ck.ids[scope] = true
}

// text checks a text object of one of these types, of 1 to most characters.
func (ck *checker) text(at string, v any, most int, types ...string) {
	object, ok := v.(map[string]any)
	if !ok {
		ck.wrong(at, "missing required field: text")
		return
	}
	if kind, _ := object["type"].(string); !slices.Contains(types, kind) {
		ck.wrong(at+"/type", "unsupported type: %s", kind)
		return
	}
	ck.length(at+"/text", object["text"], 1, most)
}

// length checks that v is text of least to most characters. Absence is text of none.
func (ck *checker) length(at string, v any, least, most int) {
	text, ok := v.(string)
	switch n := utf8.RuneCountInString(text); {
	case v != nil && !ok:
		ck.wrong(at, "must be a string")
	case n < least:
		ck.wrong(at, "must be more than %d characters", least-1)
	case n > most:
		ck.wrong(at, "must be less than %d characters", most+1)
	}
}
