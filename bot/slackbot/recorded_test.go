package slackbot

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/bot/config"
)

var recordings = flag.String("recorded", "../../../shared/slack/recorded", "folder of recorded payloads")

// A recording is one payload that Slack sent, and to whom.
type recording struct {
	name    string // "file step"
	kind    string // of envelope
	payload json.RawMessage
	me      self
}

func recorded(t *testing.T) []recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(*recordings, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recorded payloads in %s; name a folder with -recorded", *recordings)
	}
	var all []recording
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		me := self{User: "U00FAKEBOT01", Bot: "B00FAKEBOT01"}
		steps := map[string]json.RawMessage{}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for i, p := range list {
				steps[fmt.Sprintf("%02d", i)] = p
			}
		} else if err := json.Unmarshal(raw, &steps); err != nil {
			t.Fatal(err)
		}
		var id string
		if json.Unmarshal(steps["botUserId"], &id) == nil {
			me.User = id
		}
		for _, step := range slices.Sorted(maps.Keys(steps)) {
			if kind, payload := envelopeOf(steps[step]); kind != "" {
				all = append(all, recording{strings.TrimSuffix(filepath.Base(file), ".json") + " " + step, kind, payload, me})
			}
		}
	}
	return all
}

// envelopeOf tells in which kind of envelope a payload comes; empty for what is none.
// Some were recorded as the forms of the HTTP variant.
func envelopeOf(raw json.RawMessage) (kind string, payload json.RawMessage) {
	var p struct {
		Type, Command string
		Payload       string
	}
	if json.Unmarshal(raw, &p) != nil {
		return "", nil
	}
	switch {
	case p.Type == "event_callback":
		return eventsAPI, raw
	case p.Command != "":
		return slashCommand, raw
	case p.Type != "":
		return interactive, raw
	}
	return "", nil
}

// decided says in a line what becomes of a recording.
func decided(r recording, rules config.Slack, known bool) string {
	switch h := decode(r.kind, r.payload, r.me).(type) {
	case asked:
		if why := admit(rules, h, func() bool { return known }); why != "" {
			return "ignored: " + why
		}
		return fmt.Sprintf("answer %s: %q", h.Via, h.Text)
	case ignored:
		return "ignored: " + h.Why
	case clicked:
		return "button " + h.Action
	default:
		return fmt.Sprintf("%T", h)
	}
}

func TestRecorded(t *testing.T) {
	got, open := map[string]string{}, map[string]string{}
	everything := config.Slack{Listed: true, Default: &config.Channel{All: true, AutoReply: config.AutoReplyAll, FollowUps: true}}
	for _, r := range recorded(t) {
		got[r.name] = decided(r, config.Slack{}, true)
		open[r.name] = decided(r, everything, true)
	}
	for name, d := range got {
		if open[name] == d {
			delete(open, name)
		}
	}
	if diff := cmp.Diff(decisions, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(decisionsWhereOptedIn, open); diff != "" {
		t.Errorf("where auto-reply and follow-ups are on (-want +got):\n%s", diff)
	}
}
