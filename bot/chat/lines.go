package chat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Pipe reads lines as they come, without any editing: from a pipe or a file, or
// from a terminal where nothing may be redrawn.
type Pipe struct {
	in         *bufio.Reader
	out        io.Writer
	echo       bool
	interrupts <-chan os.Signal
	pending    chan result // a read that an interrupt has left under way
}

type result struct {
	line string
	err  error
}

// NewPipe returns a Pipe from in to out. With echo, what is read is shown after
// the prompt, so that the output reads as a conversation.
func NewPipe(in io.Reader, out io.Writer, echo bool, interrupts <-chan os.Signal) *Pipe {
	return &Pipe{in: bufio.NewReader(in), out: out, echo: echo, interrupts: interrupts}
}

// Read implements Lines. The goroutine that waits for the line ends with it:
// after an interrupt, the next Read takes it over.
func (p *Pipe) Read(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(p.out, prompt)
	if p.pending == nil {
		p.pending = make(chan result, 1)
		go func(to chan<- result) {
			line, err := p.in.ReadString('\n')
			to <- result{line, err}
		}(p.pending)
	}
	select {
	case r := <-p.pending:
		p.pending = nil
		line := strings.TrimRight(r.line, "\r\n")
		if errors.Is(r.err, io.EOF) && line != "" {
			r.err = nil
		}
		if p.echo && r.err == nil {
			fmt.Fprintln(p.out, strings.Map(visible, line))
		}
		return line, r.err
	case <-p.interrupts:
		fmt.Fprintln(p.out)
		return "", ErrInterrupt
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// visible drops control characters from what is echoed.
func visible(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return -1
	}
	return r
}
