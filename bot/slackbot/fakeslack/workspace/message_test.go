package workspace

import (
	"strings"
	"testing"
)

func TestRichText(t *testing.T) {
	w := new(Workspace)
	got := string(asJSON(w.richText("<@U1> see <#C1|help>, <!here> <!subteam^S1> <https://a.example/?x=1&amp;y|the &lt;docs&gt;> 1 &lt; 2 <")[0]["elements"]))
	want := `[{"elements":[{"type":"user","user_id":"U1"},{"text":" see ","type":"text"},{"channel_id":"C1","type":"channel"},` +
		`{"text":", ","type":"text"},{"range":"here","type":"broadcast"},{"text":" ","type":"text"},{"type":"usergroup","usergroup_id":"S1"},` +
		`{"text":" ","type":"text"},{"text":"the \u003cdocs\u003e","type":"link","url":"https://a.example/?x=1\u0026y"},` +
		`{"text":" 1 \u003c 2 \u003c","type":"text"}],"type":"rich_text_section"}]`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FuzzRichText checks that text without tokens comes through whole, and that what was
// escaped never becomes a token.
func FuzzRichText(f *testing.F) {
	for _, seed := range []string{"a < b", "<@U1>", "&lt;!here&gt;", "<<@U1>>", "<https://x|y>", "é<"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd")
		if text == "" {
			return
		}
		section := (&Workspace{}).richText(Escape(text))[0]["elements"].([]any)[0].(Block)
		var all strings.Builder
		for _, e := range section["elements"].([]any) {
			if kind := e.(Block)["type"]; kind != "text" {
				t.Fatalf("%q became a %v", text, kind)
			}
			all.WriteString(e.(Block)["text"].(string))
		}
		if all.String() != text {
			t.Errorf("%q came through as %q", text, all.String())
		}
		(&Workspace{}).richText(text) // any text at all
	})
}
