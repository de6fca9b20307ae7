package chat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"footnote/rag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echoes is a Library whose answer to a question is the question.
type echoes struct {
	out   io.Writer
	asked []rag.Question
	votes []Vote
	// slow, if set, is closed when a question is being answered, which then
	// takes until it is cancelled.
	slow chan struct{}
}

func (e *echoes) Ask(ctx context.Context, q rag.Question) (rag.Answer, error) {
	e.asked = append(e.asked, q)
	a := rag.Answer{ID: fmt.Sprint(len(e.asked)), Verdict: rag.Answered,
		Sentences: []rag.CitedSentence{{Text: "You asked " + q.Text + ".", Citations: []int{1}, Support: rag.Quoted}}}
	switch q.Text {
	case "list documents":
		a.Verdict = rag.Chat
	case "break":
		return rag.Answer{}, errors.New("it broke")
	}
	a.Citations = []rag.Citation{{N: 1, DocID: "a.md", Line: 3}, {N: 2, DocID: "b.md", Line: 4}}
	if e.slow != nil {
		close(e.slow)
		e.slow = nil
		<-ctx.Done()
		fmt.Fprintln(e.out, "You asked (cancelled)")
		return a, ctx.Err()
	}
	fmt.Fprintln(e.out, "You asked "+q.Text+" [1].")
	return a, nil
}

func (e *echoes) Source(_ context.Context, a rag.Answer, n int) error {
	_, err := fmt.Fprintf(e.out, "source %d of %s\n", n, a.ID)
	return err
}

func (e *echoes) Open(_ context.Context, c rag.Citation) error {
	_, err := fmt.Fprintf(e.out, "/docs/%s:%d\n", c.DocID, c.Line)
	return err
}

func (e *echoes) Stats(_ context.Context, answers []rag.Answer) error {
	_, err := fmt.Fprintf(e.out, "%d answers\n", len(answers))
	return err
}

func (e *echoes) Vote(_ context.Context, v Vote) error {
	e.votes = append(e.votes, v)
	return nil
}

func newChat(in io.Reader, out io.Writer, interrupts <-chan os.Signal) (*Chat, *echoes) {
	lib := &echoes{out: out}
	return &Chat{
		Library: lib, Lines: NewPipe(in, out, true, interrupts), Out: out, Interrupts: interrupts,
		Markdown: func(q string, a rag.Answer) (string, error) {
			return "## " + q + "\n\n" + a.Sentences[0].Text + "\n\n", nil
		},
		Nearest: func(word string, list []string) string {
			for _, w := range list {
				if strings.HasPrefix(w, word[:3]) {
					return w
				}
			}
			return ""
		},
		Typo: func(word string, list []string) string {
			if i := slices.Index(list, strings.TrimSuffix(word, "x")); i >= 0 {
				return list[i]
			}
			return ""
		},
		Problem: func(err error) string { return "I could not answer: " + err.Error() + "." },
	}, lib
}

// talk types lines and returns what the conversation looked like.
func talk(t *testing.T, lines ...string) (string, *echoes) {
	t.Helper()
	var out strings.Builder
	c, lib := newChat(strings.NewReader(strings.Join(lines, "\n")+"\n"), &out, nil)
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String(), lib
}

func TestTalk(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"question", []string{"how long?"}, "> how long?\nYou asked how long? [1].\n\n> \n"},
		{"empty lines", []string{"", "   "}, "> \n>    \n> \n"},
		{"exit", []string{"exit", "never asked"}, "> exit\n"},
		{"exit as a word", []string{"exit strategy", "/bye"}, "> exit strategy\nYou asked exit strategy [1].\n\n> /bye\n"},
		{"several lines", []string{`"""one`, "two", `three"""`, "/quit"}, "> \"\"\"one\n. two\n. three\"\"\"\nYou asked one\ntwo\nthree [1].\n\n> /quit\n"},
		{"one fenced line", []string{`"""one"""`, "/quit"}, "> \"\"\"one\"\"\"\nYou asked one [1].\n\n> /quit\n"},
		{"unclosed", []string{`"""one`}, "> \"\"\"one\n. You asked one [1].\n\n> \n"},
		{"sources", []string{"/sources", "q", "/sources", "/sources 2", "/sources [1]", "/sources 9", "/sources x", "exit"},
			"> /sources\nNothing has been asked yet.\n> q\nYou asked q [1].\n\n> /sources\nsource 0 of 1\n> /sources 2\nsource 2 of 1\n> /sources [1]\nsource 1 of 1\n" +
				"> /sources 9\nThe last answer has the sources 1 to 2: write one of these numbers.\n> /sources x\nThe last answer has the sources 1 to 2: write one of these numbers.\n> exit\n"},
		{"open", []string{"q", "/open 2", "/open", "exit"},
			"> q\nYou asked q [1].\n\n> /open 2\n/docs/b.md:4\n> /open\nThe last answer has the sources 1 to 2: write one of these numbers.\n> exit\n"},
		{"a dot in front", []string{".sources 2", ".helpx", "exit"},
			"> .sources 2\nThere is no command .sources: did you mean /sources?\n> .helpx\nThere is no command .helpx: did you mean /help?\n> exit\n"},
		{"a dot in a question", []string{".NET version of footnote?", ".env file?", ".open?", ".open source or not", ".c files", "exit"},
			"> .NET version of footnote?\nYou asked .NET version of footnote? [1].\n\n> .env file?\nYou asked .env file? [1].\n\n" +
				"> .open?\nYou asked .open? [1].\n\n> .open source or not\nYou asked .open source or not [1].\n\n> .c files\nYou asked .c files [1].\n\n> exit\n"},
		{"unknown", []string{"/sorces", "/\x1b[2J", ".help", "exit"},
			"> /sorces\nThere is no command /sorces: did you mean /sources?\n> /[2J\nThere is no command /\\x1b[2J: did you mean /help?\n> .help\nThere is no command .help: did you mean /help?\n> exit\n"},
		{"a path is no command", []string{"/etc/passwd is what?", ".5 is what?", "exit"},
			"> /etc/passwd is what?\nYou asked /etc/passwd is what? [1].\n\n> .5 is what?\nYou asked .5 is what? [1].\n\n> exit\n"},
		{"error", []string{"break", "again", "exit"}, "> break\nI could not answer: it broke.\n\n> again\nYou asked again [1].\n\n> exit\n"},
		{"too long", []string{strings.Repeat("x", MaxQuestion+1), "exit"},
			"> " + strings.Repeat("x", MaxQuestion+1) + "\nThat is too long for a question: 32769 bytes of at most 32768.\n> exit\n"},
		{"help", []string{"/?", "exit"}, "> /?\n" + Help + "\n> exit\n"},
		{"vote too early", []string{"/good", "exit"}, "> /good\nNothing has been asked yet.\n> exit\n"},
		{"save nowhere", []string{"q", "/save none/talk.md", "exit"},
			"> q\nYou asked q [1].\n\n> /save none/talk.md\nThe conversation could not be saved: open none/talk.md: no such file or directory.\n> exit\n"},
		{"save nothing", []string{"/save", "/save talk.md", "exit"}, "> /save\nName a file: /save talk.md\n> /save talk.md\nNothing has been asked yet.\n> exit\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := talk(t, c.lines...)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHistoryOfTurns(t *testing.T) {
	_, lib := talk(t, "1", "2", "3", "4", "5", "6", "7", "break", "8", "/new", "9")
	if len(lib.asked) != 10 {
		t.Fatalf("asked %d questions", len(lib.asked))
	}
	eight := lib.asked[8]
	if len(eight.History) != maxTurns || eight.History[0].Question != "3" || eight.History[0].Answer != "You asked 3." || eight.History[4].Question != "7" {
		t.Errorf("history %v", eight.History)
	}
	if nine := lib.asked[9]; len(nine.History) != 0 || !nine.Scope.All {
		t.Errorf("after /new: %+v", nine)
	}
}

// TestHistoryWithoutChat has a follow-up refer to what was asked of documents.
func TestHistoryWithoutChat(t *testing.T) {
	_, lib := talk(t, "1", "2", "3", "4", "5", "list documents", "and when?")
	var got []string
	for _, turn := range lib.asked[6].History {
		got = append(got, turn.Question)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVote(t *testing.T) {
	_, lib := talk(t, "q", "/good", "/bad  it is 12 weeks ")
	want := []Vote{{"1", "q", rag.Answered, true, ""}, {"1", "q", rag.Answered, false, "it is 12 weeks"}}
	if diff := cmp.Diff(want, lib.votes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my talk.md")
	got, _ := talk(t, "one", "two", "/save "+path, "/save "+path)
	if !strings.Contains(got, "Written to "+path) || !strings.Contains(got, path+" exists already, and nothing was written") {
		t.Errorf("got %s", got)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(text), "\n\n## one\n\nYou asked one.\n\n## two\n\nYou asked two.\n\n") {
		t.Errorf("saved %q", text)
	}
}

func TestNotes(t *testing.T) {
	var out strings.Builder
	c, _ := newChat(strings.NewReader("q\n"), &out, nil)
	notes := []string{"one file 100 % odd"}
	c.Notes = func() []string { n := notes; notes = nil; return n }
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "one file 100 % odd\n> q\nYou asked q [1].\n\n> \n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// typing is a conversation in step with a test, through pipes.
type typing struct {
	t          *testing.T
	in         *io.PipeWriter
	out        *bufio.Reader
	lib        *echoes
	interrupts chan os.Signal
	done       chan error
}

func begin(t *testing.T, ctx context.Context, prepare func(*echoes)) *typing {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ty := &typing{t: t, in: inW, out: bufio.NewReader(outR), interrupts: make(chan os.Signal, 1), done: make(chan error, 1)}
	c, lib := newChat(inR, outW, ty.interrupts)
	ty.lib = lib
	prepare(lib)
	go func() {
		err := c.Run(ctx)
		outW.Close()
		ty.done <- err
	}()
	t.Cleanup(func() { inW.Close(); outR.Close() })
	return ty
}

// typed types s: what is not read, expect will miss.
func (ty *typing) typed(s string) { go io.WriteString(ty.in, s) }

func (ty *typing) expect(want string) {
	ty.t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(ty.out, got); err != nil || string(got) != want {
		ty.t.Fatalf("got %q, want %q (%v)", got[:n], want, err)
	}
}

func TestInterruptAnswer(t *testing.T) {
	slow := make(chan struct{})
	ty := begin(t, t.Context(), func(e *echoes) { e.slow = slow })
	ty.expect("> ")
	ty.typed("q\n")
	ty.expect("q\n")
	<-slow
	ty.interrupts <- os.Interrupt
	ty.expect("You asked (cancelled)\n\n> ")
	ty.typed("/sources\n/good\nnext\n/stats\n")
	ty.expect("/sources\nsource 0 of 1\n> /good\nNoted. Thank you.\n> next\nYou asked next [1].\n\n> /stats\n2 answers\n> ")
	if len(ty.lib.votes) != 1 || ty.lib.votes[0].AnswerID != "1" {
		t.Errorf("votes %v", ty.lib.votes)
	}
	if h := ty.lib.asked[1].History; len(h) != 1 || h[0].Question != "q" || len(h[0].Docs) != 2 {
		t.Errorf("history %v", h)
	}
	ty.typed("exit\n")
	ty.expect("exit\n")
	if err := <-ty.done; err != nil {
		t.Error(err)
	}
}

func TestInterruptPrompt(t *testing.T) {
	ty := begin(t, t.Context(), func(*echoes) {})
	ty.expect("> ")
	ty.interrupts <- os.Interrupt
	ty.expect("\nTo leave, press Ctrl-D, type /exit, or press Ctrl-C again.\n> ")
	ty.typed("q\n")
	ty.expect("q\nYou asked q [1].\n\n> ")
	ty.interrupts <- os.Interrupt
	ty.expect("\nTo leave, press Ctrl-D, type /exit, or press Ctrl-C again.\n> ")
	ty.interrupts <- os.Interrupt
	ty.expect("\n")
	if err := <-ty.done; err != nil {
		t.Error(err)
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ty := begin(t, ctx, func(*echoes) {})
	ty.expect("> ")
	cancel()
	if err := <-ty.done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHistoryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "footnote", "history")
	open := func() *History {
		t.Helper()
		h, err := OpenHistory(path)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	write := func(h *History, lines ...string) {
		t.Helper()
		for _, l := range lines {
			if _, err := h.Write(l); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(open(), "one", " secret", `back\slash \n`, "two\nlines", "", strings.Repeat("x", maxEntry+1))
	h := open()
	if diff := cmp.Diff([]string{"one", `back\slash \n`, "two\nlines"}, h.Dump()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if last, err := h.GetLine(2); err != nil || last != "two\nlines" {
		t.Errorf("GetLine: %q, %v", last, err)
	}
	for _, i := range []int{-1, 3} {
		if _, err := h.GetLine(i); err == nil {
			t.Errorf("line %d is no error", i)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxEntries {
		h.entries = append(h.entries, fmt.Sprint(i))
	}
	if err := h.rewrite(); err != nil {
		t.Fatal(err)
	}
	h = open()
	if first, _ := h.GetLine(0); h.Len() != maxEntries || first != fmt.Sprint(maxEntries) {
		t.Errorf("kept %d lines from %q", h.Len(), first)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if h = open(); h.Len() != maxEntries {
		t.Errorf("the file holds %d lines", h.Len())
	}
}

func TestHistoryFileNotWritable(t *testing.T) {
	if _, err := OpenHistory("/proc/footnote/history"); !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOENT) {
		t.Errorf("got %v", err)
	}
}

func TestPasteIsPrintable(t *testing.T) {
	if got, want := printable("a\tb\x1b[201~\x03\nc\u009b"), "a b[201~\nc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
