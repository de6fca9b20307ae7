package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag"
)

// Dir yields the files below root, folder by folder in the order of their
// names. Hidden files and folders, whose names begin with a dot, are passed
// over. A root that is a file is a folder of that file alone.
//
// Links are followed only to what lies below root and is not read under its own
// name, such as a file in a hidden folder: a link is no way to a file outside
// that somebody who may only add documents could not read. So each folder is
// read once, and links cannot go round in circles. Other links are refused.
//
// Every error is a *rag.FolderError: the walk goes on after a folder that cannot
// be read, and ends at a root that cannot be or when ctx does.
func Dir(ctx context.Context, root Root) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		w := &walk{ctx: ctx, yield: yield, seen: map[string]bool{}}
		if root.Name != "" {
			w.prefix = root.Name + "/"
		}
		if err := w.start(root.Dir); err != nil {
			w.fail(w.prefix, root.Dir, err)
		}
	}
}

// walk is one walk of a root. Paths below the root are slash-separated. Two go
// together: name, as the user sees it, and real, with all links resolved.
type walk struct {
	ctx    context.Context // of this walk only
	yield  func(File, error) bool
	prefix string   // of IDs: "" or "NAME/"
	dir    string   // the root, all links resolved
	root   *os.Root // keeps every read below dir
	seen   map[string]bool
}

func (w *walk) start(given string) error {
	dir, err := filepath.Abs(given)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		w.dir = filepath.Dir(dir)
		w.file(filepath.Base(given), filepath.Base(dir), info)
		return nil
	}
	w.dir = dir
	if w.root, err = os.OpenRoot(dir); err != nil {
		return err
	}
	defer w.root.Close()
	w.folder("", ".")
	return nil
}

// folder yields what is in a folder. It returns false to end the walk.
func (w *walk) folder(name, real string) bool {
	w.seen[real] = true
	entries, err := w.entries(real)
	if err != nil && !w.fail(w.folderPrefix(name), w.folderPrefix(name), err) {
		return false
	}
	for _, e := range entries {
		if err := w.ctx.Err(); err != nil {
			w.fail(w.prefix, w.prefix, err)
			return false
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if !w.entry(path.Join(name, e.Name()), path.Join(real, e.Name())) {
			return false
		}
	}
	return true
}

// entries returns what could be read of a folder, and why the rest could not.
func (w *walk) entries(real string) ([]fs.DirEntry, error) {
	f, err := w.root.Open(real)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (w *walk) entry(name, real string) bool {
	info, err := w.root.Lstat(real)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true // gone since the folder was listed
	case err != nil:
		return w.refuse(name, refused("%s", reason(err)))
	case info.IsDir():
		return w.folder(name, real)
	case info.Mode()&fs.ModeSymlink != 0:
		return w.link(name, real)
	}
	return w.file(name, real, info)
}

func (w *walk) link(name, real string) bool {
	target, err := filepath.EvalSymlinks(filepath.Join(w.dir, filepath.FromSlash(real)))
	if err != nil {
		return w.refuse(name, refused("a link that leads nowhere"))
	}
	rel, err := filepath.Rel(w.dir, target)
	if err != nil || !filepath.IsLocal(rel) {
		return w.refuse(name, refused("a link to outside its folder"))
	}
	rel = filepath.ToSlash(rel)
	info, err := w.root.Stat(rel)
	switch {
	case err != nil:
		return w.refuse(name, refused("a link that leads nowhere"))
	case rel == ".":
		return w.refuse(name, refused("a link to the whole folder, which is read itself"))
	case info.IsDir() && (w.seen[rel] || visible(rel)):
		return w.refuse(name, refused("a link to the folder %s, which is read itself", printable(rel)))
	case info.IsDir():
		return w.folder(name, rel)
	case visible(rel) && formatOf(rel) != nil:
		return w.refuse(name, refused("a link to %s, which is read itself", printable(rel)))
	}
	return w.file(name, rel, info)
}

// visible tells whether the walk comes to this path without following links.
func visible(real string) bool {
	return !strings.HasPrefix(real, ".") && !strings.Contains(real, "/.")
}

func (w *walk) file(name, real string, info fs.FileInfo) bool {
	f := File{FileState: rag.FileState{ID: w.id(name), Size: info.Size(), ModTime: info.ModTime()}}
	parse := formatOf(name)
	switch {
	case printable(name) != name:
		return w.refuse(name, refused("its name holds control characters or is not UTF-8"))
	case !info.Mode().IsRegular():
		return w.refuse(name, refused("not a regular file"))
	case parse == nil && path.Ext(name) == "":
		f.Read = refuse(refused("no reader for files without an extension"))
	case parse == nil:
		f.Read = refuse(refused("no reader for %s files", strings.ToLower(path.Ext(name))))
	default:
		dir := w.dir
		f.Read = func(ctx context.Context) (rag.Document, error) {
			if err := ctx.Err(); err != nil {
				return rag.Document{}, err
			}
			text, err := readText(dir, filepath.FromSlash(real))
			if err != nil {
				return rag.Document{}, err
			}
			return document(f.ID, text, parse)
		}
	}
	return w.yield(f, nil)
}

// refuse yields a file that Read refuses.
func (w *walk) refuse(name string, err error) bool {
	return w.yield(File{FileState: rag.FileState{ID: w.id(name)}, Read: refuse(err)}, nil)
}

func refuse(err error) func(context.Context) (rag.Document, error) {
	return func(context.Context) (rag.Document, error) { return rag.Document{}, err }
}

// fail yields a folder that could not be read. Shown is how it is named.
func (w *walk) fail(prefix, shown string, err error) bool {
	return w.yield(File{}, &rag.FolderError{Prefix: prefix, Err: fmt.Errorf("read folder %s: %w", cmp.Or(shown, "."), cause(err))})
}

func (w *walk) id(name string) string { return w.prefix + printable(name) }

func (w *walk) folderPrefix(name string) string {
	if name == "" {
		return w.prefix
	}
	return w.id(name) + "/"
}

// printable returns name, in quotes with escapes if it would break a line of
// output.
func printable(name string) string {
	bad := func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) }
	if utf8.ValidString(name) && !strings.ContainsFunc(name, bad) {
		return name
	}
	return strconv.Quote(name)
}

// cause returns the error below the operation and path that package os names.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// reason says why a file could not be read, in words for the user.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, fs.ErrNotExist):
		return "it vanished while being read"
	}
	return cause(err).Error()
}
