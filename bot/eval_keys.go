package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// keys reads single keys: from a terminal as they are pressed, else the letters of a
// pipe, spaces and line breaks passed over.
type keys struct {
	in   *bufio.Reader
	file io.Reader // under in
}

// interruptKey and endKey are what Ctrl-C and Ctrl-D send where the terminal does
// not act on them.
const (
	interruptKey = 3
	endKey       = 4
)

// key returns the next key, in lower case.
func (k *keys) key(ctx context.Context) (rune, error) {
	restore, err := k.raw()
	if err != nil {
		return 0, err
	}
	defer restore()
	key, err := await(ctx, func() (rune, error) {
		for {
			r, _, err := k.in.ReadRune()
			if err != nil || !unicode.IsSpace(r) {
				return r, err
			}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case key == interruptKey:
		return 0, context.Canceled
	case key == endKey:
		return 0, io.EOF
	}
	return unicode.ToLower(key), nil
}

// line returns the next line that is not blank, without the space around it.
func (k *keys) line(ctx context.Context) (string, error) {
	return await(ctx, func() (string, error) {
		for {
			line, err := k.in.ReadString('\n')
			if line = strings.TrimSpace(line); line != "" || err != nil || isTerminal(k.file) {
				return line, err
			}
		}
	})
}

// raw has the terminal, if it is one, hand over each key at once.
func (k *keys) raw() (restore func(), err error) {
	if !isTerminal(k.file) {
		return func() {}, nil
	}
	fd := int(k.file.(*os.File).Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, before) }, nil
}

// await reads until ctx ends. Then the process ends too, and the goroutine that
// still waits for somebody to type with it.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := read()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
