package prompts

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

//go:embed *.tmpl
var builtin embed.FS

// Load returns the built-in templates, with the files of the same names in dir
// in place of them; dir may be empty. A template that cannot be used, for an
// unknown variable or a syntax error, is an error that names its line.
func Load(dir string) (*Templates, error) {
	if err := onlyOurs(dir); err != nil {
		return nil, err
	}
	var t Templates
	var err error
	sample := Answer{Marker: "marker", Sources: []Source{{N: 1, Text: "source"}}, History: []Turn{{"before", "answer"}}, Language: "en", Question: "question"}
	full, err := sample.vars()
	if err != nil {
		return nil, err
	}
	if t.answer, err = load(dir, "answer.tmpl", full, answerVars{}); err != nil {
		return nil, err
	}
	again, err := Rewrite{History: sample.History, Question: "question", Language: "en", Documents: []string{"de"}}.vars()
	if err != nil {
		return nil, err
	}
	if t.rewrite, err = load(dir, "rewrite.tmpl", again, rewriteVars{}); err != nil {
		return nil, err
	}
	support := Support{Sources: sample.Sources, Claim: "claim"}.vars()
	if t.support, err = load(dir, "judge_support.tmpl", support, supportVars{}); err != nil {
		return nil, err
	}
	correct := Correct{Question: "question", References: []string{"reference"}, Reply: "reply"}.vars()
	if t.correct, err = load(dir, "judge_correct.tmpl", correct, correctVars{}); err != nil {
		return nil, err
	}
	return &t, nil
}

// parts are the templates that each file defines.
var parts = [...]string{"system", "user"}

// onlyOurs refuses a folder with a template that would never be used.
func onlyOurs(dir string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the folder of prompts: %w", err)
	}
	ours, err := builtin.ReadDir(".")
	if err != nil {
		return err
	}
	var names []string
	for _, e := range ours {
		names = append(names, e.Name())
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmpl") && !slices.Contains(names, e.Name()) {
			return fmt.Errorf("%s: there is no such prompt; rename it to one of %s, or remove it", filepath.Join(dir, e.Name()), strings.Join(names, ", "))
		}
	}
	return nil
}

// load parses and tries one template: with every variable set, and with none.
func load(dir, file string, full, empty any) (*template.Template, error) {
	path, raw := file, []byte(nil)
	err := os.ErrNotExist
	if dir != "" {
		path = filepath.Join(dir, file)
		raw, err = os.ReadFile(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		path = file
		raw, err = builtin.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read a prompt: %w", err)
	}
	t, err := template.New(path).Parse(string(raw))
	if err != nil {
		return nil, placed(err)
	}
	names := variables(full)
	for _, part := range parts {
		if t.Lookup(part) == nil {
			return nil, fmt.Errorf("%s: it has no {{define %q}} ... {{end}}; it needs %s", path, part, strings.Join(parts[:], " and "))
		}
	}
	for _, d := range t.Templates() {
		if err := known(d.Tree, d.Root, names); err != nil {
			return nil, err
		}
	}
	if _, _, err := render(t, empty); err != nil {
		return nil, err
	}
	_, user, err := render(t, full)
	if err != nil {
		return nil, err
	}
	for _, must := range []string{"Question", "Sources", "Claim", "References", "Reply"} {
		if v := reflect.ValueOf(full).FieldByName(must); v.IsValid() && !shows(user, v) {
			return nil, fmt.Errorf("%s: its \"user\" part does not show .%s; put it in", path, must)
		}
	}
	return t, nil
}

// shows tells whether a string, or each of a list of strings, stands in s.
func shows(s string, v reflect.Value) bool {
	if list, ok := v.Interface().([]string); ok {
		return !slices.ContainsFunc(list, func(line string) bool { return !strings.Contains(s, line) })
	}
	return strings.Contains(s, v.String())
}

// variables returns the names of the fields of a struct.
func variables(v any) []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		names = append(names, "."+f.Name)
	}
	return names
}

// known refuses variables that there are not, in branches too that no sample
// takes.
func known(tree *parse.Tree, n parse.Node, names []string) error {
	var idents []string
	switch n := n.(type) {
	case *parse.FieldNode:
		idents = n.Ident
	case *parse.VariableNode:
		idents = n.Ident[1:]
	case *parse.ChainNode:
		idents = n.Field
	}
	for _, ident := range idents {
		if !slices.Contains(names, "."+ident) {
			where, _ := tree.ErrorContext(n)
			return fmt.Errorf("%s: there is no variable .%s; there are %s", withoutColumn(where), ident, strings.Join(names, ", "))
		}
	}
	for _, child := range children(n) {
		if err := known(tree, child, names); err != nil {
			return err
		}
	}
	return nil
}

// children returns the nodes that a node of a template holds.
func children(n parse.Node) []parse.Node {
	switch n := n.(type) {
	case *parse.ListNode:
		return n.Nodes
	case *parse.ActionNode:
		return []parse.Node{n.Pipe}
	case *parse.CommandNode:
		return n.Args
	case *parse.ChainNode:
		return []parse.Node{n.Node}
	case *parse.PipeNode:
		var out []parse.Node
		for _, c := range n.Cmds {
			out = append(out, c)
		}
		return out
	case *parse.TemplateNode:
		if n.Pipe != nil {
			return []parse.Node{n.Pipe}
		}
	case *parse.IfNode:
		return branches(n.BranchNode)
	case *parse.RangeNode:
		return branches(n.BranchNode)
	case *parse.WithNode:
		return branches(n.BranchNode)
	}
	return nil
}

func branches(b parse.BranchNode) []parse.Node {
	out := []parse.Node{b.Pipe, b.List}
	if b.ElseList != nil {
		out = append(out, b.ElseList)
	}
	return out
}

// placed begins an error of a template with its file and line.
func placed(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "template: "))
}

func withoutColumn(where string) string {
	if i := strings.LastIndexByte(where, ':'); strings.Count(where, ":") > 1 && i > 0 {
		return where[:i]
	}
	return where
}
