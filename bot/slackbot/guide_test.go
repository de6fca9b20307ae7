package slackbot

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGuide holds that the user's guide has what the bot says when it does not answer,
// and nothing that it does not say.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile("../../seeds/guide/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "## What do the bot's refusals mean?\n")
	if !found {
		t.Fatal("slack.md has no list of refusals")
	}
	fixed, err := fixedFor("Who?")
	if err != nil {
		t.Fatal(err)
	}
	said := []string{refusedUnlisted, refusedPerson, refusedGuest, refusedShared, refusedUnknown, fixed.Slack.Limited, busyAll, busyYou}
	var entries []string
	for _, m := range regexp.MustCompile(`(?m)^- "([^"]+)" means`).FindAllStringSubmatch(section, -1) {
		entries = append(entries, m[1])
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, m[1]) }) {
			t.Errorf("the bot never says %q", m[1])
		}
	}
	for _, s := range said {
		if !slices.ContainsFunc(entries, func(entry string) bool { return strings.HasPrefix(s, entry) }) {
			t.Errorf("slack.md does not explain %q", s)
		}
	}
}
