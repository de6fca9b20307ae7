package main

import (
	"context"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// openerFails is how soon a desktop says that it cannot open something. Some wait
// for the window to be closed.
const openerFails = 2 * time.Second

// opener returns the command that opens a file or an address as a double click
// would; empty without a desktop.
func opener(goos string, getenv func(string) string) []string {
	switch {
	case goos == "darwin":
		return []string{"open"}
	case goos == "windows": // start is cmd's, and would read & in an address
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		return []string{"xdg-open"}
	}
	return nil
}

// openOnDesktop opens a file or a web address.
func (p *program) openOnDesktop(ctx context.Context, target string) error {
	command := opener(runtime.GOOS, p.getenv)
	if command == nil {
		return noticef("There is no desktop to open it on")
	}
	if !webAddress(target) {
		abs, err := filepath.Abs(target) // no option of the command's begins with a slash
		if err != nil {
			return noticef("It cannot be opened: %v", err)
		}
		target = abs
	}
	cmd := exec.Command(command[0], append(command[1:], target)...)
	if err := cmd.Start(); err != nil {
		return noticef("It cannot be opened: %v", cause(err))
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return noticef("It could not be opened: %s ended with %v", command[0], err)
		}
	case <-ctx.Done():
	case <-time.After(openerFails):
	}
	return nil
}

// webAddress tells whether a link, which may be from a document, leads to the web and
// nowhere else.
func webAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
