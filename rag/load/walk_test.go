//go:build unix

package load

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"footnote/rag"

	"github.com/google/go-cmp/cmp"
)

// write makes the files below dir. A name that ends in / is a folder, and
// content "-> x" makes a link to x.
func write(t *testing.T, dir string, files ...[2]string) {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, f[0])
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, ok := strings.CutPrefix(f[1], "-> "); ok {
			err = errors.Join(err, os.Symlink(target, path))
		} else if strings.HasSuffix(f[0], "/") {
			err = errors.Join(err, os.MkdirAll(path, 0o755))
		} else {
			err = errors.Join(err, os.WriteFile(path, []byte(f[1]), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// read returns, file by file, the ID and the first block or the refusal.
func read(t *testing.T, root Root) []string {
	t.Helper()
	var got []string
	for f, err := range Dir(t.Context(), root) {
		var folder *rag.FolderError
		if errors.As(err, &folder) {
			got = append(got, folder.Prefix+"* "+err.Error())
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		d, err := f.Read(t.Context())
		var refused *rag.RefusedError
		switch {
		case errors.As(err, &refused):
			got = append(got, f.ID+": "+refused.Reason)
		case err != nil:
			t.Fatal(err)
		case d.ID != f.ID:
			t.Errorf("file %s is document %s", f.ID, d.ID)
		default:
			span := d.Blocks[0].Span
			got = append(got, f.ID+" = "+d.Text[span.Start:span.End])
		}
	}
	return got
}

func TestDir(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, elsewhere, [2]string{"secret.txt", "secret"})
	write(t, dir,
		[2]string{"a.txt", "a"}, [2]string{"A.TXT", "capital"},
		[2]string{"b.png", "x"}, [2]string{"LICENSE", "x"}, [2]string{"c.tar.GZ", "x"},
		[2]string{".hidden.txt", "x"}, [2]string{".git/x.txt", "x"}, [2]string{".footnote/x.txt", "x"},
		[2]string{"dir.md/inside.md", "inside"}, [2]string{"empty/", ""},
		[2]string{"deep/er/file.markdown", "deep"},
		[2]string{"caf\xe9.txt", "x"}, [2]string{"new\nline/x.txt", "x"}, [2]string{"ünï 日本.txt", "fine"},
		[2]string{"link.txt", "-> a.txt"},
		[2]string{"link-abs.txt", "-> " + filepath.Join(dir, "a.txt")},
		[2]string{"link-broken.txt", "-> nowhere.txt"},
		[2]string{"link-dir", "-> deep"},
		[2]string{"link-hidden.txt", "-> .hidden.txt"},
		[2]string{"link-hidden-dir", "-> .git"},
		[2]string{"link-hidden-dir2", "-> .git"},
		[2]string{"link-loop.txt", "-> link-loop.txt"},
		[2]string{"link-other-kind.txt", "-> LICENSE"},
		[2]string{"link-out.txt", "-> " + filepath.Join(elsewhere, "secret.txt")},
		[2]string{"link-out-dir", "-> " + elsewhere},
		[2]string{"deep/up", "-> .."},
	)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"A.TXT = capital",
		"LICENSE: no reader for files without an extension",
		"a.txt = a",
		"b.png: no reader for .png files",
		"c.tar.GZ: no reader for .gz files",
		`"caf\xe9.txt": its name holds control characters or is not UTF-8`,
		"deep/er/file.markdown = deep",
		"deep/up: a link to the whole folder, which is read itself",
		"dir.md/inside.md = inside",
		"link-abs.txt: a link to a.txt, which is read itself",
		"link-broken.txt: a link that leads nowhere",
		"link-dir: a link to the folder deep, which is read itself",
		"link-hidden-dir/x.txt = x",
		"link-hidden-dir2: a link to the folder .git, which is read itself",
		"link-hidden.txt = x",
		"link-loop.txt: a link that leads nowhere",
		"link-other-kind.txt = x",
		"link-out-dir: a link to outside its folder",
		"link-out.txt: a link to outside its folder",
		"link.txt: a link to a.txt, which is read itself",
		`"new\nline/x.txt": its name holds control characters or is not UTF-8`,
		"pipe.txt: not a regular file",
		"ünï 日本.txt = fine",
	}
	if diff := cmp.Diff(want, read(t, Root{Dir: dir})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Folders mounted by Kubernetes are links into a hidden folder.
func TestMountedConfig(t *testing.T) {
	dir := t.TempDir()
	write(t, dir,
		[2]string{"..2026_03_02/a.md", "a"},
		[2]string{"..data", "-> ..2026_03_02"},
		[2]string{"a.md", "-> ..data/a.md"},
	)
	if diff := cmp.Diff([]string{"hr/a.md = a"}, read(t, Root{Name: "hr", Dir: dir})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRoots(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, [2]string{"docs/x/a.md", "a"}, [2]string{"link", "-> docs"}, [2]string{"a link.md", "-> docs/x/a.md"})
	for _, tt := range []struct {
		root Root
		want []string
	}{
		{Root{Dir: dir + "/docs/"}, []string{"x/a.md = a"}},
		{Root{Name: "hr", Dir: dir + "/docs"}, []string{"hr/x/a.md = a"}},
		{Root{Dir: dir + "/link"}, []string{"x/a.md = a"}},
		{Root{Dir: dir + "/docs/x/a.md"}, []string{"a.md = a"}},
		{Root{Name: "hr", Dir: dir + "/a link.md"}, []string{"hr/a link.md = a"}},
		{Root{Name: "hr", Dir: "not/there"}, []string{"hr/* read folder not/there: no such file or directory"}},
		{Root{Dir: ""}, nil},
	} {
		if tt.root.Dir == "" {
			t.Chdir(dir + "/docs/x")
			tt.want = []string{"a.md = a"}
		}
		if diff := cmp.Diff(tt.want, read(t, tt.root)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", tt.root, diff)
		}
	}
}

func TestStateIsSet(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, [2]string{"a.md", "four"})
	when := time.Date(2026, 3, 2, 1, 2, 3, 4, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "a.md"), when, when); err != nil {
		t.Fatal(err)
	}
	for f, err := range Dir(t.Context(), Root{Dir: dir}) {
		if err != nil || f.Size != 4 || !f.ModTime.Equal(when) {
			t.Errorf("%+v, %v", f.FileState, err)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root can read everything")
	}
	dir := t.TempDir()
	write(t, dir, [2]string{"a.md", "a"}, [2]string{"b/c.md", "c"}, [2]string{"d.md", "d"})
	for _, name := range []string{"a.md", "b"} {
		path := filepath.Join(dir, name)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, 0o755) }) // or TempDir cannot be removed
	}
	want := []string{"a.md: permission denied", "b/* read folder b/: permission denied", "d.md = d"}
	if diff := cmp.Diff(want, read(t, Root{Dir: dir})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A file may be another by the time it is read.
func TestChangedSinceListed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(path string) error
		want   string
	}{
		{"gone", os.Remove, "it vanished while being read"},
		{"folder", func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o755)) }, "not a regular file"},
		{"pipe", func(p string) error { return errors.Join(os.Remove(p), syscall.Mkfifo(p, 0o644)) }, "not a regular file"},
		{"link out", func(p string) error { return errors.Join(os.Remove(p), os.Symlink("/etc/hosts", p)) }, "path escapes from parent"},
		{"large", func(p string) error { return os.Truncate(p, 100<<20) }, "a file of 100 MB; files are limited to 64 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, [2]string{"a.md", "a"})
			for f, err := range Dir(t.Context(), Root{Dir: dir}) {
				if err != nil {
					t.Fatal(err)
				}
				if err := tt.change(filepath.Join(dir, "a.md")); err != nil {
					t.Fatal(err)
				}
				var refused *rag.RefusedError
				if _, err := f.Read(t.Context()); !errors.As(err, &refused) || refused.Reason != tt.want {
					t.Errorf("got %v, want %s", err, tt.want)
				}
			}
		})
	}
}

// A walk that was cancelled must not look like a folder with fewer files.
func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, [2]string{"a.md", "a"}, [2]string{"b/c.md", "c"}, [2]string{"b/d.md", "d"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n := 0
	for f, err := range Dir(ctx, Root{Name: "hr", Dir: dir}) {
		n++
		last = err
		cancel()
		if err == nil {
			if _, err := f.Read(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("read: %v", err)
			}
		}
	}
	var folder *rag.FolderError
	if n != 2 || !errors.Is(last, context.Canceled) || !errors.As(last, &folder) || folder.Prefix != "hr/" {
		t.Errorf("walk ended after %d with %v", n, last)
	}
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, [2]string{"a.md", "a"}, [2]string{"b/c.md", "c"}, [2]string{"d.md", "d"})
	for range Dir(t.Context(), Root{Dir: dir}) {
		break // the iterator must not yield again
	}
}

func TestDeepPath(t *testing.T) {
	dir := t.TempDir()
	const depth = 60 // beyond 4,096 bytes, the longest path the system takes at once
	name := strings.Repeat("long", 20)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	path := ""
	for range depth {
		path = filepath.Join(path, name)
		if err := root.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := root.WriteFile(filepath.Join(path, "a.md"), []byte("deep"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := read(t, Root{Dir: dir})
	if want := []string{filepath.Join(path, "a.md") + " = deep"}; !cmp.Equal(want, got) {
		t.Errorf("got %d files", len(got))
	}
}
