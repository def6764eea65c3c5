package folder

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/net/webdav"

	"github.com/varve-backup/varve/engine/repository"
)

// newDAV tells what there is. Nothing but PROPFIND is given to it.
func (f *Folder) newDAV() http.Handler {
	return &webdav.Handler{Prefix: f.prefix(), FileSystem: described{f}, LockSystem: webdav.NewMemLS()}
}

// described implements webdav.FileSystem as far as PROPFIND needs it.
type described struct{ *Folder }

// Mkdir implements webdav.FileSystem.
func (described) Mkdir(context.Context, string, os.FileMode) error { return fs.ErrPermission }

// RemoveAll implements webdav.FileSystem.
func (described) RemoveAll(context.Context, string) error { return fs.ErrPermission }

// Rename implements webdav.FileSystem.
func (described) Rename(context.Context, string, string) error { return fs.ErrPermission }

// Stat implements webdav.FileSystem.
func (d described) Stat(ctx context.Context, name string) (os.FileInfo, error) {
	return d.info(ctx, pathOf(name))
}

// OpenFile implements webdav.FileSystem.
func (d described) OpenFile(ctx context.Context, name string, flag int, _ os.FileMode) (webdav.File, error) {
	if flag != os.O_RDONLY {
		return nil, fs.ErrPermission
	}
	i, err := d.info(ctx, pathOf(name))
	if err != nil {
		return nil, err
	}
	return &describedItem{d.Folder, ctx, i}, nil
}

// pathOf is the path in the version that a path below the address names.
func pathOf(name string) string { return strings.Trim(name, "/") }

// describedItem is an item of which nothing is read.
type describedItem struct {
	folder *Folder
	ctx    context.Context //nolint:containedctx // of one question
	is     *info
}

// Readdir implements http.File.
func (d *describedItem) Readdir(int) ([]os.FileInfo, error) {
	l, err := d.folder.folders.list(d.ctx, d.is.path)
	if err != nil {
		return nil, err
	}
	all := make([]os.FileInfo, 0, len(l.all))
	for i := range l.all {
		all = append(all, d.folder.infoOf(d.ctx, l.all[i]))
	}
	return all, nil
}

// Stat implements http.File.
func (d *describedItem) Stat() (os.FileInfo, error) { return d.is, nil }

// Close implements http.File.
func (d *describedItem) Close() error { return nil }

// Read implements http.File.
func (d *describedItem) Read([]byte) (int, error) { return 0, fs.ErrPermission }

// Seek implements http.File.
func (d *describedItem) Seek(int64, int) (int64, error) { return 0, fs.ErrPermission }

// Write implements webdav.File.
func (d *describedItem) Write([]byte) (int, error) { return 0, fs.ErrPermission }

// info says what an item is, as it is shown.
type info struct {
	path string
	// file is what is read: the item itself, or what the link leads to.
	file repository.Entry
	// text stands for a link that leads to no file of the version, "" otherwise.
	text string
}

// info finds an item.
func (f *Folder) info(ctx context.Context, p string) (*info, error) {
	e, err := f.folders.find(ctx, p)
	if err != nil {
		return nil, err
	}
	return f.infoOf(ctx, e), nil
}

// infoOf describes an item. There are no links in WebDAV: one that leads to a
// file of the version is shown as that file, any other as a text that says where
// it leads, so that a program that copies everything comes to an end.
func (f *Folder) infoOf(ctx context.Context, e repository.Entry) *info {
	i := &info{path: e.Path, file: e}
	if e.Type != repository.Symlink {
		return i
	}
	if file, ok := f.folders.behind(ctx, e, f.config.Root); ok {
		i.file = file
		return i
	}
	i.text = "This is a link to " + e.Target + "\n"
	return i
}

// Name implements os.FileInfo.
func (i *info) Name() string { return path.Base(i.path) }

// Size implements os.FileInfo.
func (i *info) Size() int64 {
	switch {
	case i.text != "":
		return int64(len(i.text))
	case i.file.Type == repository.Dir:
		return 0
	}
	return i.file.Size
}

// Mode implements os.FileInfo.
func (i *info) Mode() os.FileMode {
	if i.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// ModTime implements os.FileInfo. HTTP has four digits for years.
func (i *info) ModTime() time.Time {
	if y := i.file.ModTime.UTC().Year(); y < 1601 || y > 9999 {
		return time.Unix(0, 0)
	}
	return i.file.ModTime
}

// IsDir implements os.FileInfo.
func (i *info) IsDir() bool { return i.text == "" && i.file.Type == repository.Dir }

// Sys implements os.FileInfo.
func (i *info) Sys() any { return nil }

// ContentType implements webdav.ContentTyper: nothing is read for it.
func (i *info) ContentType(context.Context) (string, error) { return i.contentType(), nil }

func (i *info) contentType() string {
	if i.text != "" {
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(i.path)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// noLength is how the length of a file is told whose length is not known before
// it was read, as is so of what duplicity stored.
const noLength = "<D:getcontentlength>-1</D:getcontentlength>"

// without leaves noLength out of what is written: then there is no length,
// rather than a wrong one. Nothing else of an answer can look like it, since
// the answer is XML.
type without struct {
	http.ResponseWriter
	held []byte // the beginning of noLength, perhaps
}

// Write implements io.Writer.
func (w *without) Write(p []byte) (int, error) {
	all := bytes.ReplaceAll(append(w.held, p...), []byte(noLength), nil)
	keep := 0
	for n := min(len(noLength)-1, len(all)); n > 0; n-- {
		if bytes.HasSuffix(all, []byte(noLength[:n])) {
			keep = n
			break
		}
	}
	w.held = bytes.Clone(all[len(all)-keep:])
	if _, err := w.ResponseWriter.Write(all[:len(all)-keep]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// finish writes what was held back.
func (w *without) finish() error {
	_, err := io.Copy(w.ResponseWriter, bytes.NewReader(w.held))
	return err
}
