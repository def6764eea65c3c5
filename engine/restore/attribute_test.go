package restore

import (
	"errors"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

func TestAttributes(t *testing.T) {
	target := t.TempDir() + "/new"
	f, d, pipe := file("file", "x"), dir("dir"), item{entry: repository.Entry{Path: "pipe", Type: repository.FIFO, Mode: 0o600}}
	f.entry.Mode = 0o400
	f.entry.Xattrs = []repository.Xattr{{Name: "user.a", Value: []byte("\x00\xff")}, {Name: "user.b"}}
	d.entry.Xattrs = f.entry.Xattrs
	pipe.entry.Xattrs = f.entry.Xattrs[:1]
	var r report
	counts, _ := restoreAll(t, target, Options{Watch: r.watch()}, d, f, pipe)
	var buf [16]byte
	n, err := unix.Lgetxattr(target+"/file", "user.a", buf[:])
	switch {
	case errors.Is(err, unix.ENOTSUP):
		if counts.Inexact != 3 || len(r.problems) != 1 || len(r.notices) != 1 {
			t.Errorf("without attributes: got %+v, %v, %q", counts, r.problems, r.notices)
		}
		return
	case err != nil || string(buf[:n]) != "\x00\xff":
		t.Errorf("got %q, %v", buf[:max(n, 0)], err)
	}
	if _, err := unix.Lgetxattr(target+"/dir", "user.b", buf[:]); err != nil {
		t.Errorf("folder: %v", err)
	}
	if counts.Inexact != 1 || r.problems["pipe"] != repository.Inexact || len(r.problems) != 1 {
		t.Errorf("got %+v, %v, want the pipe inexact", counts, r.problems)
	}
}
