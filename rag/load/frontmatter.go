package load

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"footnote/rag"

	"go.yaml.in/yaml/v3"
)

// maxFrontMatter is far above what people write between two --- lines.
const maxFrontMatter = 16 << 10

// frontMatter takes title, date and url from the YAML mapping between two ---
// lines at the very start. What is not such a mapping stays text, and what is no
// YAML is a paragraph.
func (b *builder) frontMatter() {
	body, end := delimited(b.doc.Text)
	fields, err := mapping(b.doc.Text[body.Start:body.End])
	if err != nil {
		b.drop(rag.Span{Start: 0, End: body.Start}, "rule")
		b.block(body, rag.Paragraph, "", nil)
		b.drop(rag.Span{Start: body.End, End: end}, "rule")
		b.from = end
	}
	if fields == nil {
		return
	}
	b.doc.Title = oneLine(fields["title"])
	if b.doc.Date = isoDate(fields["date"]); b.doc.Date != "" {
		b.doc.DateFrom = "front matter"
	}
	b.doc.URL = cmp.Or(webAddress(fields["url"]), webAddress(fields["link"]))
	b.drop(rag.Span{Start: 0, End: end}, "front matter")
	b.from = end
}

// delimited returns what is between the two --- lines at the start of text, and
// where the line after them starts. It returns 0 if there are none.
func delimited(text string) (body rag.Span, end int) {
	first, start := line(text, 0)
	if strings.TrimRight(text[:first], " \t") != "---" {
		return rag.Span{}, 0
	}
	for at := start; at < min(len(text), maxFrontMatter); {
		stop, next := line(text, at)
		if l := strings.TrimRight(text[at:stop], " \t"); l == "---" || l == "..." {
			return rag.Span{Start: start, End: at}, next
		}
		at = next
	}
	return rag.Span{}, 0
}

// mapping returns the plain values of a YAML mapping as written, by key in lower
// case. It returns nil if body is other YAML, and an error if it is none.
func mapping(body string) (map[string]string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(body), &doc); err != nil || len(doc.Content) == 0 {
		return nil, err
	}
	m := doc.Content[0]
	if m.Kind != yaml.MappingNode || len(m.Content) == 0 {
		return nil, nil
	}
	fields := map[string]string{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if key, value := m.Content[i], m.Content[i+1]; value.Kind == yaml.ScalarNode && value.Tag != "!!null" {
			fields[strings.ToLower(key.Value)] = value.Value
		}
	}
	return fields, nil
}

// isoDate returns the day of a date or timestamp as 2006-01-02, in its own time
// zone, or "" if s is neither.
func isoDate(s string) string {
	for _, layout := range []string{
		"2006-1-2", time.RFC3339, "2006-1-2T15:4:5", "2006-1-2 15:4:5", "2006-1-2 15:04",
		"2006-1-2 15:4:5 Z07:00", "2006-1-2 15:4:5 -0700", "2006-1-2 15:4:5 -07", "2006-1-2 15:4:5Z07:00",
	} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil && t.Year() > 0 {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}

// webAddress returns s if it is a whole http or https address, else "".
func webAddress(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}
