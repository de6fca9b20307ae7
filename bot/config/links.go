package config

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Link returns the address of a place in a document: URL with its holes filled.
// The path is that of the document below the root, with slashes. A line or page
// that is not known (0) is the first. Without a template, there is no link.
func (r Root) Link(path string, line, page int) string {
	elements := strings.Split(path, "/")
	for i, e := range elements {
		elements[i] = percentEncoded(e)
	}
	return strings.NewReplacer("{path}", strings.Join(elements, "/"),
		"{line}", strconv.Itoa(max(line, 1)), "{page}", strconv.Itoa(max(page, 1))).Replace(r.URL)
}

// percentEncoded leaves only RFC 3986's unreserved characters as they are: the
// result can stand in a path, a query or a fragment, and in any markup.
func percentEncoded(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// loadRoot adds a root that is written as a group of keys: dir, name and url.
func (c *Config) loadRoot(path string, group *yaml.Node) error {
	docs := c.setting("docs")
	var r Root
	keys := []*setting{words(&r.Dir, "dir", "DIR", ""), words(&r.Name, "name", "NAME", ""), words(&r.URL, "url", "URL", "")}
	lines, err := loadKeys(path, "docs", group, keys)
	if err != nil {
		return err
	}
	wrong := func(key, format string, args ...any) error {
		line := group.Line
		if n, ok := lines[key]; ok {
			line = n
		}
		return fmt.Errorf("%s:%d: docs: %s", path, line, fmt.Sprintf(format, args...))
	}
	switch _, linked := lines["url"]; {
	case r.Dir == "":
		return wrong("dir", "dir must name a folder")
	case !isRootName(r.Name) || strings.ContainsAny(r.Name, `/\`):
		return wrong("name", "name must be printable, without slashes, and not begin with a dot; not %q", r.Name)
	case linked:
		info, err := os.Stat(expanded(r.Dir, c.home))
		isFile := err == nil && !info.IsDir()
		if err := checkTemplate(r.URL, isFile); err != nil {
			return wrong("url", "url %v", err)
		}
	}
	if !docs.done {
		c.addRoot(r)
	}
	return nil
}

// holes of a template, and what looks like one.
func holes() []string { return []string{"{path}", "{line}", "{page}"} }

// checkTemplate tells what is wrong with the template of a root's links.
func checkTemplate(t string, isFile bool) error {
	for _, hole := range regexp.MustCompile(`\{[^{}]*\}?|\}`).FindAllString(t, -1) {
		if !slices.Contains(holes(), hole) {
			hint := "the holes are " + strings.Join(holes(), ", ") + "; a brace of the address itself is %7B or %7D"
			if near := Nearest(hole, holes()); near != "" {
				hint = "did you mean " + near + "?"
			}
			return fmt.Errorf("has an unknown hole %s: %s", hole, hint)
		}
	}
	if i := strings.IndexFunc(t, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("<>|\"\\`", r) }); i >= 0 {
		return fmt.Errorf("has the character %q, which must be percent-encoded in an address", []rune(t[i:])[0])
	}
	u, err := url.Parse(t[:len(t)-len(behindHost(t))])
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("must begin with https:// or http:// and a host, without holes; not %q", t)
	case u.User != nil:
		return fmt.Errorf("must have no user name and password: everybody who reads an answer would see them")
	case !isFile && !strings.Contains(t, "{path}"):
		return fmt.Errorf("must have the hole {path}, else all documents have the same address")
	}
	return nil
}

// behindHost returns the part of an address behind its host.
func behindHost(t string) string {
	_, rest, _ := strings.Cut(t, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}
