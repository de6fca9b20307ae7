package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxEntries = 1000
	maxEntry   = 4 << 10 // bytes
)

// History is the lines typed before, oldest first, in a file that only its owner
// may read. Lines that begin with a space are not kept.
type History struct {
	path    string
	entries []string
}

// OpenHistory reads the history file, and makes it if there is none. A file with
// twice too many entries is cut to the latest.
func OpenHistory(path string) (*History, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open history: %w", err)
	}
	h := &History{path: path}
	for line := range strings.Lines(string(data)) {
		if entry := unescape(strings.TrimSuffix(line, "\n")); entry != "" {
			h.entries = append(h.entries, entry)
		}
	}
	tooMany := len(h.entries) >= 2*maxEntries
	h.entries = h.entries[max(0, len(h.entries)-maxEntries):]
	if tooMany {
		if err := h.rewrite(); err != nil {
			return nil, fmt.Errorf("shorten history: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	return h, nil
}

// rewrite replaces the file in one step.
func (h *History) rewrite() error {
	f, err := os.CreateTemp(filepath.Dir(h.path), ".history-*") // 0600
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range h.entries {
		b.WriteString(escape(e) + "\n")
	}
	_, err = f.WriteString(b.String())
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), h.path)
}

// Write adds a line. It implements readline.History, like the methods below.
func (h *History) Write(line string) (int, error) {
	if strings.HasPrefix(line, " ") || strings.TrimSpace(line) == "" || len(line) > maxEntry {
		return len(h.entries), nil
	}
	h.entries = append(h.entries, line)
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return len(h.entries), fmt.Errorf("write history: %w", err)
	}
	_, err = f.WriteString(escape(line) + "\n")
	return len(h.entries), errors.Join(err, f.Close())
}

// GetLine returns entry i, the oldest is 0.
func (h *History) GetLine(i int) (string, error) {
	if i < 0 || i >= len(h.entries) {
		return "", fmt.Errorf("the history has no line %d", i)
	}
	return h.entries[i], nil
}

// Len returns the number of entries.
func (h *History) Len() int { return len(h.entries) }

// Dump returns all entries.
func (h *History) Dump() any { return h.entries }

// An entry of several lines is one line of the file.
func escape(s string) string   { return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(s) }
func unescape(s string) string { return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(s) }
