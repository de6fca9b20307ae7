package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"
)

// A Root is a folder of documents. Name is empty if it is the only one and has
// not been named: IDs are then plain paths.
type Root struct {
	Name, Dir string
	URL       string // template of a link to a document, see Link; empty if there is none
}

// addDocs adds one [NAME=]DIR. The first one replaces the default.
func (c *Config) addDocs(v string) error {
	name, dir, named := strings.Cut(v, "=")
	if !named || strings.ContainsAny(name, `/\`) { // ./a=b is a folder
		name, dir = "", v
	}
	switch {
	case dir == "":
		return errors.New("must name a folder")
	case named && name == "" && dir != v:
		return errors.New("must have a name before the =")
	case !isRootName(name):
		return errors.New("must have a name that is printable and does not begin with a dot")
	}
	c.addRoot(Root{Name: name, Dir: dir})
	return nil
}

func isRootName(name string) bool {
	return !strings.HasPrefix(name, ".") && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// addRoot adds a root, the first one in place of the default.
func (c *Config) addRoot(r Root) {
	if s := c.setting("docs"); !s.begun {
		c.Docs, s.begun = nil, true
	}
	c.Docs = append(c.Docs, r)
}

func (c *Config) docsText() string {
	var all []string
	for _, r := range c.Docs {
		if r.Name != "" {
			r.Dir = r.Name + "=" + r.Dir
		}
		all = append(all, r.Dir)
	}
	return strings.Join(all, " ")
}

// rooted tells whether a path does not depend on the folder that it is seen from.
func rooted(path string) bool {
	return filepath.IsAbs(path) || path == "~" || strings.HasPrefix(path, "~/")
}

// expanded returns path with the home folder for a leading ~: shells do not do
// that behind NAME=, nor in a file.
func expanded(path, home string) string {
	if home == "" || filepath.IsAbs(path) || !rooted(path) {
		return path
	}
	return filepath.Join(home, path[1:])
}

// nameRoots makes folders absolute and names them, if there are several.
func (c *Config) nameRoots() error {
	taken := map[string]string{}
	for i, r := range c.Docs {
		dir, err := filepath.Abs(expanded(r.Dir, c.home))
		if err != nil {
			return fmt.Errorf("find %s: %w", r.Dir, err)
		}
		name := r.Name
		if name == "" && len(c.Docs) > 1 {
			name = strings.TrimLeft(filepath.Base(dir), `/\`)
			if name == "" {
				return fmt.Errorf("--docs %s has no name of its own: write --docs NAME=%s", r.Dir, r.Dir)
			}
		}
		if other, ok := taken[name]; ok {
			return fmt.Errorf("two folders are named %s (%s and %s): write --docs NAME=%s for one of them", name, other, dir, r.Dir)
		}
		taken[name] = dir
		c.Docs[i].Name, c.Docs[i].Dir = name, dir
	}
	return nil
}

// DefaultDB is where the index of roots is below a folder: a name that people
// recognise and 8 hex digits that tell roots apart.
func DefaultDB(below string, roots []Root) string {
	h := sha256.New()
	for _, r := range roots {
		fmt.Fprintf(h, "%d:%s%d:%s", len(r.Name), r.Name, len(r.Dir), r.Dir)
	}
	name := filepath.Base(roots[0].Dir)
	if roots[0].Name != "" {
		name = roots[0].Name
	}
	safe := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return '_'
	}, name)
	return filepath.Join(below, strings.TrimLeft(safe, ".")+"-"+hex.EncodeToString(h.Sum(nil))[:8])
}

// ErrNoPlace means that there is nowhere to keep the index.
var ErrNoPlace = errors.New("there is no folder for the index that can be written to: name one with --db DIR")

// Places are where the index may be, best first: --db, else below .footnote in
// the folder work, or below cache unless that is empty.
func (c *Config) Places(work, cache string) []string {
	if c.DB != "" {
		if dir, err := filepath.Abs(c.DB); err == nil {
			return []string{dir}
		}
		return []string{c.DB}
	}
	places := []string{DefaultDB(filepath.Join(work, ".footnote"), c.Docs)}
	if cache != "" {
		places = append(places, DefaultDB(filepath.Join(cache, "footnote"), c.Docs))
	}
	return places
}

// Place returns the first of Places that can be made. A folder named by --db is
// left to whoever opens it.
func (c *Config) Place(work, cache string) (string, error) {
	places := c.Places(work, cache)
	if c.DB != "" {
		return places[0], nil
	}
	own := filepath.Dir(places[0])
	for i, dir := range places {
		err := os.MkdirAll(dir, 0o700)
		switch {
		case err == nil && i == 0:
			return dir, ignoreInGit(own)
		case err == nil:
			return dir, nil
		case i == 0 && (errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist)):
			return "", fmt.Errorf("a file is in the way of the folder %s: move it, or name another folder with --db DIR", own)
		}
	}
	return "", ErrNoPlace
}

// ignoreInGit keeps the index out of the user's commits.
func ignoreInGit(own string) error {
	f, err := os.OpenFile(filepath.Join(own, ".gitignore"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil // there is one, or it is not for us to make
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close())
}
