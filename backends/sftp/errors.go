package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/pkg/sftp"

	"github.com/varve-backup/varve/backends"
)

// failed words an error of one object.
func failed(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", doing, shown(name), err)
}

// shown is a name that fits into a line.
func shown(name string) string {
	if oneLine(name) == name {
		return name
	}
	return fmt.Sprintf("%q", name)
}

// classified reports an error that says already what they mean.
func classified(err error) bool {
	if _, source := errors.AsType[*sourceError](err); source {
		return true
	}
	return backends.IsPermanent(err) || errors.Is(err, backends.ErrTemporary) || errors.Is(err, backends.ErrCorrupt)
}

// Codes of SFTP, version 3, that the library has no errors for.
const (
	codeFailure     = 4
	codeBadMessage  = 5 // OpenSSH says so to names that are too long
	codeUnsupported = 8
)

// class turns an error of a call about where into one of those that every
// store has.
func (s *Store) class(l *link, where string, err error) error {
	if err == nil || classified(err) {
		return err
	}
	status, answered := errors.AsType[*sftp.StatusError](err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return backends.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		return backends.ErrPermission
	case answered && status.Code == codeFailure:
		return s.why(l, where, err)
	case answered && status.Code == codeBadMessage:
		return fmt.Errorf("%w: %s", backends.ErrInvalidName, oneLine(err.Error()))
	case answered && status.Code == codeUnsupported:
		return fmt.Errorf("%w: %s", backends.ErrUnsupported, oneLine(err.Error()))
	}
	if lost := l.explain(err); classified(lost) {
		return lost
	}
	return fmt.Errorf("%w: %s", backends.ErrTemporary, oneLine(err.Error()))
}

// little is a rest of room that nothing fits into.
const little = 256 << 10

// why asks what is behind a failure that the protocol has no code for: a full
// disk, one that cannot be written to, or a folder in the way.
func (s *Store) why(l *link, where string, err error) error {
	text := oneLine(err.Error())
	if info, serr := request(l, func() (fs.FileInfo, error) { return l.files.Stat(where) }); serr == nil && info.IsDir() && where != s.dir {
		return fmt.Errorf("%w: there is a folder of that name", backends.ErrInvalidName)
	}
	if !has(l, "statvfs@openssh.com", "2") {
		return fmt.Errorf("%w: %s", backends.ErrTemporary, text)
	}
	for dir := path.Dir(where); ; dir = path.Dir(dir) {
		room, verr := request(l, func() (*sftp.StatVFS, error) { return l.files.StatVFS(dir) })
		const readOnly = 1
		switch {
		case verr != nil && dir != "/" && dir != ".":
			continue // not there yet
		case verr != nil:
		case room.Flag&readOnly != 0:
			return fmt.Errorf("%w: its file system is read-only", backends.ErrPermission)
		case room.Bavail*room.Frsize < little, room.Files > 0 && room.Favail == 0:
			return backends.ErrFull
		}
		return fmt.Errorf("%w: %s", backends.ErrTemporary, text)
	}
}
