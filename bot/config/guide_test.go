package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGuideChannels keeps the page about Slack's channels true: its examples load,
// and its table has every key with its default.
func TestGuideChannels(t *testing.T) {
	b, err := os.ReadFile("../../seeds/guide/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(b), -1)
	if len(examples) != 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, m := range examples {
		if _, err := loaded(t, nil, nil, m[1]); err != nil {
			t.Error(err)
		}
	}
	got := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]+) \\|").FindAllStringSubmatch(string(b), -1) {
		got[m[1]] = strings.Trim(m[2], "`")
	}
	want := map[string]string{}
	c := openChannel()
	for _, s := range c.settings() {
		want[s.name] = s.String()
		switch s.name {
		case "folders":
			want[s.name] = "all documents"
		case "users", "groups":
			want[s.name] = "everybody"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys in channels.md (-program +guide):\n%s", diff)
	}
}
