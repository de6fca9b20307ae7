package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// A lineFile is a file of JSON objects that grows by one line at a time, so that a
// process that is killed loses only the line that it was at.
type lineFile struct {
	file *os.File
	path string
	size int64 // of whole lines
}

// openLines opens a file of lines, or makes one; force empties it.
func openLines(path string, force bool) (*lineFile, error) {
	mode := os.O_RDWR | os.O_CREATE
	if force {
		mode |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o600)
	if err != nil {
		return nil, noticef("%s cannot be written: %w", path, cause(err))
	}
	return &lineFile{file: file, path: path}, nil
}

// read calls f with each line, which begins at l.size. A last line that was cut off
// when a process ended is dropped; one that only lacks its line feed gets it. What
// else the file holds is left to f to complain about, and stays.
func (l *lineFile) read(f func(n int, line []byte) error) error {
	return eachLine(l.file, func(n int, line []byte, whole bool) error {
		if !whole && cutOff(line) {
			return l.file.Truncate(l.size)
		}
		added := 0
		if !whole {
			line, added = append(line, '\n'), 1
		}
		if err := f(n, line); err != nil {
			return err
		}
		l.size += int64(len(line))
		if _, err := l.file.WriteAt(line[len(line)-added:], l.size-int64(added)); err != nil {
			return noticef("%s cannot be written: %w", l.path, cause(err))
		}
		return nil
	})
}

// cutOff tells whether a line without end is the beginning of one that was written
// by add: those begin with their id.
func cutOff(line []byte) bool {
	begin := []byte(`{"id":`)
	return !json.Valid(line) && (bytes.HasPrefix(line, begin) || bytes.HasPrefix(begin, line))
}

// add writes a line with its line feed. Where it cannot be written, what was before
// stays whole, and the error says then what to do.
func (l *lineFile) add(line []byte, then string) error {
	if _, err := l.file.WriteAt(line, l.size); err != nil {
		err = noticef("%s cannot be written: %w; %s", l.path, cause(err), then)
		return errors.Join(err, l.file.Truncate(l.size))
	}
	l.size += int64(len(line))
	return nil
}

func (l *lineFile) close() error { return l.file.Close() }

// eachLine calls f with each line, its line feed included; whole is false for a last
// one without.
func eachLine(in io.Reader, f func(n int, line []byte, whole bool) error) error {
	lines := bufio.NewReader(in)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("read results: %w", err)
		}
		if len(line) > 0 {
			if failed := f(n, line, err == nil); failed != nil {
				return failed
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}
