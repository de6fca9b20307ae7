package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"footnote/bot/show"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/text"
)

// Progress of what is quick is not shown, so that nothing flickers; where
// nothing may be redrawn, a line now and then must do.
const (
	showAfter = 500 * time.Millisecond
	lineEvery = 15 * time.Second
)

// asking is the phase of an evaluation: Done and Total are questions.
const asking = rag.Embedding + 1

// A meter shows how far a sync or an evaluation is, on standard error.
type meter struct {
	out    io.Writer
	redraw bool

	mu      sync.Mutex
	phase   rag.Phase
	began   time.Time // of the phase
	from    int       // Done when it began
	shownAt time.Time // of the last line
	bar     *progressbar.ProgressBar
	ended   bool
}

func (p *program) meter() *meter {
	return &meter{out: p.stderr, redraw: isTerminal(p.stderr) && !p.cfg.Plain && p.getenv("TERM") != "dumb"}
}

// show takes one step.
func (m *meter) show(p rag.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	now := time.Now()
	if p.Phase != m.phase || m.began.IsZero() {
		m.clear()
		m.phase, m.began, m.shownAt, m.from = p.Phase, now, now, p.Done
		if m.redraw {
			m.bar = newBar(m.out, p) // it takes the rate from now on
		}
	}
	switch {
	case now.Sub(m.began) < showAfter:
	case m.redraw:
		m.bar.Describe(m.line(p, now))
		_ = m.bar.Set(p.Done) // a bar that cannot be drawn is no reason to stop
	case now.Sub(m.shownAt) >= lineEvery:
		m.shownAt = now
		fmt.Fprintln(m.out, m.line(p, now)+".")
	}
}

// newBar returns a bar that says what it counts. Rate and time left are put into
// its description: its own forget the time before the first step.
func newBar(out io.Writer, p rag.Progress) *progressbar.ProgressBar {
	total := -1
	if p.Phase != rag.Reading {
		total = p.Total
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(out), progressbar.OptionUseANSICodes(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(20), progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionSpinnerType(14))
}

// line is progress in words: "Vectors: 64 of 2386 passages, 6.1 a second, about
// 6m20s left".
func (m *meter) line(p rag.Progress, now time.Time) string {
	if p.Phase == rag.Reading {
		return "Reading: " + show.Count(p.Done, "file")
	}
	s := fmt.Sprintf("Vectors: %d of %s", p.Done, show.Count(p.Total, "passage"))
	if p.Phase == asking {
		s = fmt.Sprintf("Asked: %d of %s", p.Done, show.Count(p.Total, "question"))
	}
	if rate := float64(p.Done-m.from) / now.Sub(m.began).Seconds(); rate > 0 {
		left := time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second)).Round(time.Second)
		s += fmt.Sprintf(", %.1f a second, about %s left", rate, left)
	}
	return s
}

// end takes the bar off the screen. Nothing is shown afterwards.
func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	m.ended = true
}

func (m *meter) clear() {
	if m.bar != nil {
		_ = m.bar.Clear()
		_ = m.bar.Exit()
		m.bar = nil
	}
}

// isTerminal tells whether somebody watches.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// width returns the columns of a terminal, 0 if they are not known.
func width(f any) int {
	if file, ok := f.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// tell writes a message to standard error, wrapped if somebody watches.
func (p *program) tell(format string, args ...any) {
	said := show.Line(fmt.Sprintf(format, args...)) + "\n"
	if columns := width(p.stderr); columns > 0 {
		said = show.Terminal{Width: columns}.Paragraph(said)
	}
	fmt.Fprint(p.stderr, said)
}

// terminal says how to show answers on standard output, with fixed words in the
// language of a text.
func (p *program) terminal(like string) (show.Terminal, error) {
	fixed, err := prompts.In(text.Language(like))
	t := show.Terminal{Out: p.stdout, Plain: p.cfg.Plain, Fixed: fixed}
	if isTerminal(p.stdout) {
		t.Width = width(p.stdout)
		t.Colour = !p.cfg.Plain && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
	}
	return t, err
}
