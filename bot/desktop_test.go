package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestOpener(t *testing.T) {
	for _, c := range []struct {
		goos, name, value string
		want              []string
	}{
		{"linux", "DISPLAY", ":0", []string{"xdg-open"}},
		{"freebsd", "WAYLAND_DISPLAY", "wayland-0", []string{"xdg-open"}},
		{"linux", "DISPLAY", "", nil},
		{"darwin", "", "", []string{"open"}},
		{"windows", "", "", []string{"rundll32", "url.dll,FileProtocolHandler"}},
	} {
		getenv := func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		}
		if got := opener(c.goos, getenv); !slices.Equal(got, c.want) {
			t.Errorf("%s with %s=%s: %q", c.goos, c.name, c.value, got)
		}
	}
}

// TestOpenOnDesktop has a desktop that notes what it opens.
func TestOpenOnDesktop(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the desktop is xdg-open's")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	p := &program{getenv: func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] }}
	script := "#!/bin/sh\n" + `[ "$1" = https://broken.example ] && exit 3` + "\n" + `echo "$1" > ` + filepath.Join(dir, "opened") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"https://example.com/a?b=1&c=2", "-x.md"} {
		if err := p.openOnDesktop(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "opened"))
		if err != nil {
			t.Fatal(err)
		}
		if s := strings.TrimSpace(string(got)); s != target && (s[0] != '/' || filepath.Base(s) != target) {
			t.Errorf("%s: opened %s", target, s)
		}
	}
	if err := p.openOnDesktop(t.Context(), "https://broken.example"); err == nil || !strings.Contains(err.Error(), "xdg-open ended with exit status 3") {
		t.Errorf("a desktop that fails: %v", err)
	}
	p.getenv = func(string) string { return "" }
	if err := p.openOnDesktop(t.Context(), "a.md"); err == nil || !strings.Contains(err.Error(), "no desktop") {
		t.Errorf("no desktop: %v", err)
	}
}

func TestWebAddress(t *testing.T) {
	for link, want := range map[string]bool{"https://example.com/a": true, "http://x": true, "": false, "file:///etc/passwd": false,
		"javascript:alert(1)": false, "https:": false, "-x": false, "smb://host/x": false} {
		if webAddress(link) != want {
			t.Errorf("%q: %v", link, !want)
		}
	}
}
