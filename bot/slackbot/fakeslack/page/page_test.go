package page

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"footnote/bot/slackbot/fakeslack/workspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a served page and the workspace behind it.
type site struct {
	*httptest.Server
	t        *testing.T
	w        *workspace.Workspace
	ada, ben string
	channel  string
}

func newSite(t *testing.T) *site {
	t.Helper()
	w, err := workspace.New(workspace.Options{Clock: workspace.NewClock(time.Unix(1_800_000_000, 0))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	s := &site{Server: httptest.NewServer(New(w)), t: t, w: w}
	t.Cleanup(s.Close)
	s.ada, s.ben = w.AddUser(workspace.User{Name: "ada"}), w.AddUser(workspace.User{Name: "ben"})
	s.channel = w.AddChannel(workspace.Channel{Name: "help", Members: []string{s.ada, s.ben, workspace.BotUserID}})
	return s
}

// do does something as ada and returns the status and what the page says.
func (s *site) do(d deed) (int, string) {
	s.t.Helper()
	d.User = s.ada
	body, err := json.Marshal(d)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.Client().Post(s.URL+"/page/do", "application/json", strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// see returns what a user sees first.
func (s *site) see(user string) view {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/page/state?user="+user, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.Client().Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	var v view
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &v); err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestTypedTextIsCarriedAsSlackDoes(t *testing.T) {
	for typed, want := range map[string]string{
		"@footnote where?":     "<@" + workspace.BotUserID + "> where?",
		"a < b & c > d":        "a &lt; b &amp; c &gt; d",
		"<@U0FAKEBOT01> faked": "&lt;@U0FAKEBOT01&gt; faked",
		"@here all":            "<!here> all",
		"mail@nobody.example":  "mail@nobody.example",
	} {
		s := newSite(t)
		if status, text := s.do(deed{Do: "say", Channel: s.channel, Text: typed}); status != http.StatusNoContent {
			t.Fatalf("%q: %d %s", typed, status, text)
		}
		if got := s.w.Messages(s.channel)[0].Text; got != want {
			t.Errorf("%q is carried as %q, want %q", typed, got, want)
		}
	}
}

func TestEachSeesTheirOwn(t *testing.T) {
	s := newSite(t)
	s.do(deed{Do: "say", Channel: s.channel, Text: "@footnote where?"})
	form := "token=" + s.w.BotToken() + "&channel=" + s.channel + "&user=" + s.ada + "&text=psst"
	response, err := http.Post(s.w.URL()+"chat.postEphemeral", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if got := s.see(s.ada).Messages[s.channel]; len(got) != 2 || got[1].Only != s.ada {
		t.Errorf("ada sees %v", got)
	}
	if got := s.see(s.ben).Messages[s.channel]; len(got) != 1 {
		t.Errorf("ben sees %v", got)
	}
	if got := s.see("U0NOBODY").Channels; got != nil {
		t.Errorf("a stranger sees %v", got)
	}
}

func TestWhatGoesWrongIsSaid(t *testing.T) {
	s := newSite(t)
	for _, test := range []struct {
		d    deed
		want string
	}{
		{deed{Do: "say", Channel: s.channel, Text: "/ask x"}, "no socket"},
		{deed{Do: "say", Channel: s.channel, Thread: "1.000001", Text: "/ask x"}, "threads"},
		{deed{Do: "say", Channel: "C0NONE", Text: "x"}, "no channel"},
		{deed{Do: "fly"}, "fly"},
	} {
		if status, text := s.do(test.d); status != http.StatusUnprocessableEntity || !strings.Contains(text, test.want) {
			t.Errorf("%+v: %d %q, want %q", test.d, status, text, test.want)
		}
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	s := newSite(t)
	for _, test := range []struct {
		name, host, site string
		want             int
	}{
		{"own", "", "same-origin", http.StatusNoContent},
		{"another site's page", "", "cross-site", http.StatusForbidden},
		{"a name that points here", "evil.example", "same-origin", http.StatusForbidden},
	} {
		body := `{"do":"say","user":"` + s.ada + `","channel":"` + s.channel + `","text":"x"}`
		request, err := http.NewRequest(http.MethodPost, s.URL+"/page/do", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Sec-Fetch-Site", test.site)
		request.Host = test.host
		response, err := s.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != test.want {
			t.Errorf("%s: status %d, want %d", test.name, response.StatusCode, test.want)
		}
	}
}

// sink matches the ways in which a script turns text into markup or code.
var sink = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc|createContextualFragment|javascript:`)

func TestPageHasNoMarkupSinks(t *testing.T) {
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if found := sink.Find(data); found != nil {
			t.Errorf("%s uses %s", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	response, err := s.Client().Get(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := response.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'; script-src 'self'") {
		t.Errorf("policy %q", got)
	}
}
