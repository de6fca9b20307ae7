package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gofrs/flock"
)

// A lineFile is a file of JSON objects that grows by one line at a time, so that a
// process that is killed loses only the line that it was at.
type lineFile struct {
	file *os.File
	path string
	size int64        // of whole lines
	lock *flock.Flock // nil for a temporary file
}

// openLines opens a file of lines, or makes one; force empties it. Nobody else may
// open it until it is closed.
func openLines(path string, force bool) (*lineFile, error) {
	lock, err := lockLines(path)
	if err != nil {
		return nil, err
	}
	mode := os.O_RDWR | os.O_CREATE
	if force {
		mode |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o600)
	if err != nil {
		return nil, errors.Join(noticef("%s cannot be written: %w", path, cause(err)), unlock(lock))
	}
	return &lineFile{file: file, path: path, lock: lock}, nil
}

// lockLines takes the lock of a file. It is a file of its own beside it, since
// sorting puts another file in the place of the first.
func lockLines(path string) (*flock.Flock, error) {
	for {
		lock := flock.New(path+".lock", flock.SetPermissions(0o600))
		ok, err := lock.TryLock()
		if err != nil {
			return nil, noticef("%s cannot be written: %w", path, cause(err))
		}
		if !ok {
			return nil, noticef("another footnote process is writing %s: wait until it is done, or name another file with --out", path)
		}
		// Who had the lock may have removed its file after it was opened here.
		ours, err := lock.Stat()
		there, gone := os.Stat(lock.Path())
		if err == nil && gone == nil && os.SameFile(ours, there) {
			return lock, nil
		}
		if err := errors.Join(err, lock.Unlock()); err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}

// unlock removes the lock's file, where an open file can be, and then the lock.
func unlock(lock *flock.Flock) error {
	_ = os.Remove(lock.Path())
	return lock.Unlock()
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

func (l *lineFile) close() error {
	err := l.file.Close()
	if l.lock != nil {
		err = errors.Join(err, unlock(l.lock))
	}
	return err
}

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
