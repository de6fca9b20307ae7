package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// open returns openChannel with changes.
func open(change func(*Channel)) Channel {
	c := openChannel()
	change(&c)
	return c
}

func TestChannels(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       Slack
	}{
		{"none", "", Slack{Retention: 90 * day}},
		{"null", "channels:\n", Slack{Listed: true, Channels: map[string]Channel{}, File: DefaultFile, Retention: 90 * day}},
		{"empty", "channels: {}\nretention: 0\n", Slack{Listed: true, Channels: map[string]Channel{}, File: DefaultFile}},
		{"all keys", `
channels:
  C0123ABCD:
    folders: [handbook, ./faq/]
    auto-reply: questions
    follow-ups: true
    model: false
    ephemeral: true
    streaming: false
    users: [U01, W02]
    groups: [S01]
    external: true
    guests: false
`, Slack{Listed: true, File: DefaultFile, Retention: 90 * day, Channels: map[string]Channel{"C0123ABCD": {
			Folders: []string{"handbook", "faq"}, AutoReply: AutoReplyQuestions, FollowUps: true, Ephemeral: true,
			Users: []string{"U01", "W02"}, Groups: []string{"S01"}, External: true, Line: 4}}}},
		{"underscores, an alias, dm and default", "channels:\n  G01: &hr\n    folders: hr\n    auto_reply: off\n  C02: *hr\n  dm: {model: false}\n  default: {}\nretention: 2w\n",
			Slack{Listed: true, File: DefaultFile, Retention: 14 * day,
				Channels: map[string]Channel{
					"G01": open(func(c *Channel) { c.All, c.Folders, c.Line = false, []string{"hr"}, 3 }),
					"C02": open(func(c *Channel) { c.All, c.Folders, c.Line = false, []string{"hr"}, 3 }),
				},
				Direct:  new(open(func(c *Channel) { c.Model = false })),
				Default: new(openChannel())}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := loaded(t, nil, nil, c.yaml)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Slack); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChannelFor(t *testing.T) {
	const own = "  C01: {folders: own}\n"
	for _, c := range []struct {
		name, yaml, id string
		direct         bool
		want           string // the folder; "all" or "refused"
	}{
		{"no list", "", "C09", false, "all"},
		{"no list, direct", "", "D09", true, "all"},
		{"empty list", "channels:\n", "C09", false, "refused"},
		{"empty list, direct", "channels:\n", "D09", true, "refused"},
		{"listed", "channels:\n" + own, "C01", false, "own"},
		{"not listed", "channels:\n" + own, "C09", false, "refused"},
		{"not listed, direct", "channels:\n" + own, "D09", true, "refused"},
		{"dm is not default", "channels:\n  dm: {folders: dm}\n", "C09", false, "refused"},
		{"a channel is not called dm", "channels:\n  dm: {folders: dm}\n", "dm", false, "refused"},
		{"dm", "channels:\n  dm: {folders: dm}\n  default: {folders: rest}\n", "D09", true, "dm"},
		{"a direct conversation is no channel", "channels:\n" + own + "  dm: {folders: dm}\n", "C01", true, "dm"},
		{"a direct conversation is never a channel", "channels:\n" + own, "C01", true, "refused"},
		{"default", "channels:\n" + own + "  default: {folders: rest}\n", "C09", false, "rest"},
		{"default, direct", "channels:\n" + own + "  default: {folders: rest}\n", "D09", true, "rest"},
		{"default, but listed", "channels:\n" + own + "  default: {folders: rest}\n", "C01", false, "own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := loaded(t, nil, nil, c.yaml)
			if err != nil {
				t.Fatal(err)
			}
			ch, ok := cfg.Slack.For(c.id, c.direct)
			got := strings.Join(ch.Folders, " ")
			switch {
			case !ok:
				got = "refused"
				if diff := cmp.Diff(Channel{}, ch); diff != "" {
					t.Errorf("refused with %s", diff)
				}
			case ch.All:
				got += "all"
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestChannelErrors(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"a list", "channels: [C01]\n", `footnote.yaml:1: channels must be a group of channel IDs, not a list`},
		{"a text", "channels: C01\n", `footnote.yaml:1: channels must be a group of channel IDs, not "C01"`},
		{"a name", "channels:\n  general: {}\n", `footnote.yaml:2: channels: "general" is not a channel's ID, such as C0123ABCD: names can change hands; Slack shows the ID at the end of the channel's details`},
		{"a name with its mark", "channels:\n  \"#general\": {}\n", `footnote.yaml:2: channels: "#general" is not a channel's ID`},
		{"small letters", "channels:\n  c0123abcd: {}\n", `footnote.yaml:2: channels: "c0123abcd" is not a channel's ID`},
		{"a direct conversation", "channels:\n  D01: {}\n", `footnote.yaml:2: channels: D01 is one person's conversation with the bot: the key dm is for all of those`},
		{"a user", "channels:\n  U01: {}\n", `footnote.yaml:2: channels: U01 is not a channel: users: [...] and groups: [...] below a channel say who may ask there`},
		{"a misspelt default", "channels:\n  defualt: {}\n", `footnote.yaml:2: channels: unknown key "defualt"; did you mean "default"?`},
		{"settings without a channel", "channels:\n  auto_reply: all\n", `footnote.yaml:2: channels: auto_reply belongs below the ID of a channel, below dm or below default`},
		{"a comment for a name", "channels:\n  #general:\n    folders: [faq]\n", `footnote.yaml:3: channels: folders belongs below the ID of a channel`},
		{"no settings", "channels:\n  C01:\n", `footnote.yaml:2: channels: C01 has no settings: write C01: {} to answer there from all documents, or remove it`},
		{"default without settings", "channels:\n  default:\n", `footnote.yaml:2: channels: default has no settings`},
		{"a switch for settings", "channels:\n  dm: false\n", `footnote.yaml:2: channels: dm must be a group of keys, not "false"`},
		{"a channel twice", "channels:\n  C01: {}\n  C02: {}\n  C01: {}\n", `footnote.yaml:4: channels: C01 is set in line 2 already`},
		{"a key twice", "channels:\n  C01:\n    auto-reply: all\n    auto_reply: all\n", `footnote.yaml:4: channels: C01: auto-reply is set in line 3 already`},
		{"the list twice", "channels: {}\nchannels: {}\n", `footnote.yaml:2: channels is set in line 1 already`},
		{"unknown key", "channels:\n  C01:\n    folder: [faq]\n", `footnote.yaml:3: channels: C01: unknown key "folder"; did you mean "folders"?`},
		{"unlike any key", "channels:\n  C01: {colour: blue}\n", `footnote.yaml:2: channels: C01: unknown key "colour"; the keys are folders, auto-reply,`},
		{"merged", "channels:\n  C01: &a {}\n  C02: {<<: *a}\n", `footnote.yaml:3: channels: C02: unknown key "<<"`},
		{"no folder", "channels:\n  C01:\n    folders: []\n", `footnote.yaml:3: channels: C01: folders: [] would answer from nothing; remove the key or the channel`},
		{"empty folders", "channels:\n  C01:\n    folders:\n", `footnote.yaml:3: channels: C01: folders must be a folder or a list of folders, not empty`},
		{"all folders", "channels:\n  C01:\n    folders: [a, /]\n", `footnote.yaml:3: channels: C01: folders must name a folder of documents, such as hr/, not "/"`},
		{"a folder outside", "channels:\n  C01:\n    folders:\n      - a\n      - ../b\n", `footnote.yaml:5: channels: C01: folders must name a folder of documents, such as hr/, not "../b"`},
		{"auto-reply", "channels:\n  C01: {auto-reply: always}\n", `footnote.yaml:2: channels: C01: auto-reply must be off, questions or all, not "always"`},
		{"auto-reply as a switch", "channels:\n  C01: {auto-reply: true}\n", `footnote.yaml:2: channels: C01: auto-reply must be off, questions or all, not "true"`},
		{"auto-reply in dm", "channels:\n  dm:\n    model: false\n    auto-reply: all\n", `footnote.yaml:4: channels: dm: auto-reply has no meaning here, where every message is for the bot: remove it`},
		{"follow-ups in dm", "channels:\n  dm: {follow-ups: false}\n", `footnote.yaml:2: channels: dm: follow-ups has no meaning here`},
		{"a number for a switch", "channels:\n  C01: {model: 1}\n", `footnote.yaml:2: channels: C01: model must be true or false, not "1"`},
		{"a user's name", "channels:\n  C01: {users: [\"@maria\"]}\n", `footnote.yaml:2: channels: C01: users must be a list of user IDs, such as U0123ABCD (in Slack, the menu of a person's profile copies the member ID), not "@maria"`},
		{"a group for a user", "channels:\n  C01: {users: [S01]}\n", `footnote.yaml:2: channels: C01: users must be a list of user IDs, such as U0123ABCD`},
		{"a user for a group", "channels:\n  C01: {groups: [U01]}\n", `footnote.yaml:2: channels: C01: groups must be a list of user group IDs, such as S0123ABCD (in Slack, the menu of a user group copies its ID), not "U01"`},
		{"nobody", "channels:\n  C01: {users: []}\n", `footnote.yaml:2: channels: C01: users: [] would let nobody ask; remove the key or the channel`},
		{"empty users", "channels:\n  C01: {users: }\n", `footnote.yaml:2: channels: C01: users must be a list of user IDs, such as U0123ABCD, not empty`},
		{"no groups", "channels:\n  C01: {groups: []}\n", `footnote.yaml:2: channels: C01: groups: [] would let nobody ask; remove the key or the channel`},
		{"retention without a unit", "retention: 90\n", `footnote.yaml:1: retention must be a time such as 90d, 12w or 36h, or 0, not "90"`},
		{"retention in months", "retention: 3m\n", `footnote.yaml:1: retention must be a time such as 90d, 12w or 36h, or 0, not "3m"`},
		{"retention of two units", "retention: 1w2d\n", `footnote.yaml:1: retention must be a time such as`},
		{"negative retention", "retention: -1d\n", `footnote.yaml:1: retention must be a time such as`},
		{"endless retention", "retention: 36501d\n", `footnote.yaml:1: retention must be a time such as`},
		{"retention of the wrong type", "retention: true\n", `footnote.yaml:1: retention must be a time such as 90d, 12w or 36h, or 0, not "true"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loaded(t, nil, nil, c.yaml)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestChannelsVariable(t *testing.T) {
	const want = `FOOTNOTE_CHANNELS: can be set in footnote.yaml only`
	if _, err := loaded(t, nil, map[string]string{"FOOTNOTE_CHANNELS": "C01"}, ""); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestRetention(t *testing.T) {
	for v, want := range map[string]time.Duration{"90d": 90 * day, "12w": 84 * day, "36h": 36 * time.Hour, "0": 0, "0d": 0, "36500d": 36500 * day} {
		c := New()
		s := c.setting("retention")
		if err := s.Set(v); err != nil || c.Slack.Retention != want {
			t.Errorf("%s: %v, %v", v, c.Slack.Retention, err)
		}
		again := New()
		if err := again.setting("retention").Set(s.String()); err != nil || again.Slack.Retention != want {
			t.Errorf("%s is shown as %s: %v, %v", v, s, again.Slack.Retention, err)
		}
	}
	for _, v := range []string{"", "d", "h", "dh", "5dd", "1.5d", "9223372036854775808d", "4000000000w", "+1d", " 1d"} {
		if err := New().setting("retention").Set(v); err == nil {
			t.Errorf("%q is a time", v)
		}
	}
}
