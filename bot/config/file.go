package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// loadFile fills what is not set yet from a YAML file. A file that need not be
// there may be missing.
func (c *Config) loadFile(path string, must bool) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %s", path, syntaxError(err))
	}
	if len(doc.Content) == 0 {
		return nil // empty, or comments only
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: settings are written as lines of \"key: value\"", path, root.Line)
	}
	return c.loadGroup(path, "", root, map[string]int{})
}

// loadGroup fills in the settings of a mapping. A group of keys has their common
// beginning as its own: "budget: {day: 5}" is "budget-day: 5". An underscore is as
// good as a hyphen.
func (c *Config) loadGroup(path, prefix string, group *yaml.Node, seen map[string]int) error {
	for i := 0; i+1 < len(group.Content); i += 2 {
		key, value := resolved(group.Content[i]), group.Content[i+1]
		name := prefix + strings.ReplaceAll(key.Value, "_", "-")
		if value.Kind == yaml.MappingNode && slices.ContainsFunc(c.settings, func(s *setting) bool { return strings.HasPrefix(s.name, name+"-") }) {
			if err := c.loadGroup(path, name+"-", value, seen); err != nil {
				return err
			}
			continue
		}
		if line, twice := seen[name]; twice {
			return fmt.Errorf("%s:%d: %s is set in line %d already", path, key.Line, name, line)
		}
		seen[name] = key.Line
		if err := c.loadKey(path, name, key.Line, value); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) loadKey(path, key string, line int, value *yaml.Node) error {
	var names []string
	for _, s := range c.settings {
		names = append(names, s.name)
		if s.name != key {
			continue
		}
		if s.load != nil {
			return s.load(path, value)
		}
		return s.fromNode(path, key, value)
	}
	return fmt.Errorf("%s:%d: %w", path, line, unknownKey(key, names))
}

func unknownKey(key string, names []string) error {
	hint := "; the keys are " + strings.Join(names, ", ")
	if strings.HasSuffix(key, "-key") || strings.HasSuffix(key, "-token") {
		hint = "; secrets are read from the environment only, such as FOOTNOTE_LLM_KEY"
	} else if near := Nearest(key, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("unknown key %q%s", key, hint)
}

// loadKeys sets the keys of a group that stand in it, and returns their lines.
func loadKeys(path, label string, group *yaml.Node, keys []*setting) (map[string]int, error) {
	var names []string
	for _, s := range keys {
		names = append(names, s.name)
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(group.Content); i += 2 {
		name, line := strings.ReplaceAll(resolved(group.Content[i]).Value, "_", "-"), group.Content[i].Line
		at := slices.Index(names, name)
		if at < 0 {
			return nil, fmt.Errorf("%s:%d: %s: %w", path, line, label, unknownKey(name, names))
		}
		if first, twice := lines[name]; twice {
			return nil, fmt.Errorf("%s:%d: %s: %s is set in line %d already", path, line, label, name, first)
		}
		lines[name] = line
		if err := keys[at].fromNode(path, label+": "+name, group.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// fromNode sets s from the value of its key, unless a flag or the environment
// has done so: a value of the wrong type is an error all the same. Errors call
// the key label.
func (s *setting) fromNode(path, label string, value *yaml.Node) error {
	value = resolved(value)
	nodes := []*yaml.Node{value}
	if s.list && value.Kind == yaml.SequenceNode {
		nodes = value.Content
		if len(nodes) == 0 && s.empty != "" {
			return fmt.Errorf("%s:%d: %s: [] %s", path, value.Line, label, s.empty)
		}
	}
	for _, n := range nodes {
		line := n.Line
		n = resolved(n)
		if s.group != nil && n.Kind == yaml.MappingNode {
			if err := s.group(path, n); err != nil {
				return err
			}
			continue
		}
		if n.Kind != yaml.ScalarNode || n.Tag != s.wants() && (s.other == "" || n.Tag != s.other) {
			return fmt.Errorf("%s:%d: %s must be %s, not %s", path, line, label, kindNames(s), shown(n))
		}
		if s.done {
			continue
		}
		if err := s.set(s.relative(filepath.Dir(path), n.Value)); err != nil {
			return fmt.Errorf("%s:%d: %s %w, not %s", path, line, label, err, shown(n))
		}
	}
	return nil
}

// wants is the tag of its YAML values.
func (s *setting) wants() string { return cmp.Or(s.tag, "!!str") }

// resolved returns the node that an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// relative returns the value of a path as seen from the working folder, where it
// is written relative to the file in dir.
func (s *setting) relative(dir, v string) string {
	switch {
	case s.list && s.path:
		name, path, named := strings.Cut(v, "=")
		if named && !strings.ContainsAny(name, `/\`) && path != "" && !rooted(path) {
			return name + "=" + filepath.Join(dir, path)
		}
	case !s.path:
		return v
	}
	if v == "" || rooted(v) {
		return v
	}
	return filepath.Join(dir, v)
}

func kindNames(s *setting) string {
	switch {
	case s.must != "":
		return s.must
	case s.tag == "!!bool":
		return "true or false"
	case s.tag == "!!int":
		return "a whole number"
	case s.kind == "TIME":
		return "a time such as 20s or 2m"
	case s.list:
		return "a folder or a list of folders"
	}
	return "a text"
}

// shown returns what stands in the file, for an error.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Value == "" {
		return "empty"
	}
	return fmt.Sprintf("%q", n.Value)
}

// syntaxError returns the library's words without its name, line first.
func syntaxError(err error) string {
	line := regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	m := line.FindStringSubmatch(err.Error())
	rest := line.ReplaceAllString(err.Error(), "")
	if len(m) == 2 && m[1] != "" {
		return "line " + m[1] + ": " + rest
	}
	return rest
}

// Nearest returns the word of list that is most like word, or nothing if none is
// alike.
func Nearest(word string, list []string) string {
	best, least := "", 2+len([]rune(word))/4
	for _, w := range list {
		if d := distance([]rune(strings.ToLower(word)), []rune(strings.ToLower(w))); d < least {
			best, least = w, d
		}
	}
	return best
}

// Typo returns the word of list that is word or one mistake away from it: capitals
// count, unlike for Nearest.
func Typo(word string, list []string) string {
	best, least := "", 2
	for _, w := range list {
		if d := distance([]rune(word), []rune(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to add, drop, change or swap with their neighbour
// to get from a to b.
func distance(a, b []rune) int {
	var before []int
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(prev[j]+cost, prev[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, prev = prev, row
	}
	return prev[len(b)]
}
