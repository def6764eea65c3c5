package restore

import (
	"fmt"

	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// putOther restores a link, a pipe or a device. One that is there already gets
// only the attributes that differ.
func (w *Writer) putOther(at *spot, e *repository.Entry) error {
	if !w.isNode(at, e) {
		return w.putNode(at, e)
	}
	item := &openItem{fd: -1, dir: at.folder.fd, name: at.name, link: e.Type == repository.Symlink, is: at.is, there: true}
	w.isInexact(w.alter(at, e, item, func() bool { return w.describe(e, w.owner(e), item) }))
	return nil
}

// isNode tells that what is at a spot is the link, the pipe or the device.
func (w *Writer) isNode(at *spot, e *repository.Entry) bool {
	if at.is == nil || at.is.Nlink != 1 || !w.root && int(at.is.Uid) != w.uid {
		return false
	}
	device := uint64(at.is.Rdev)
	sameDevice := unix.Major(device) == e.Major && unix.Minor(device) == e.Minor
	switch at.is.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target := make([]byte, len(e.Target)+1)
		n, err := unix.Readlinkat(at.folder.fd, at.name, target)
		return e.Type == repository.Symlink && err == nil && string(target[:n]) == e.Target
	case unix.S_IFIFO:
		return e.Type == repository.FIFO
	case unix.S_IFCHR:
		return e.Type == repository.CharDevice && sameDevice
	case unix.S_IFBLK:
		return e.Type == repository.BlockDevice && sameDevice
	}
	return false
}

// putNode makes a link, a pipe or a device.
func (w *Writer) putNode(at *spot, e *repository.Entry) error {
	temp := w.tempName()
	if err := w.makeNode(at, temp, e); err != nil {
		return err
	}
	flawed := w.describe(e, w.owner(e), &openItem{fd: -1, dir: at.folder.fd, name: temp, link: e.Type == repository.Symlink})
	if err := w.commit(at, temp); err != nil {
		return err
	}
	w.isInexact(flawed)
	return nil
}

func (w *Writer) makeNode(at *spot, temp string, e *repository.Entry) error {
	switch e.Type {
	case repository.Symlink:
		if err := unix.Symlinkat(e.Target, at.folder.fd, temp); err != nil {
			return fmt.Errorf("making the link: %w", err)
		}
	case repository.FIFO:
		if err := w.mknod(at, temp, unix.S_IFIFO|0o600, 0); err != nil {
			return fmt.Errorf("making the pipe: %w", err)
		}
	case repository.CharDevice, repository.BlockDevice:
		return w.makeDevice(at, temp, e)
	default:
		return fmt.Errorf("%w: an item of unknown type", ErrUnsafePath)
	}
	return nil
}

func (w *Writer) makeDevice(at *spot, temp string, e *repository.Entry) error {
	if w.options.NoDevices || !w.root {
		return ErrDevice
	}
	mode := uint32(unix.S_IFCHR | 0o600)
	if e.Type == repository.BlockDevice {
		mode = unix.S_IFBLK | 0o600
	}
	if err := w.mknod(at, temp, mode, unix.Mkdev(e.Major, e.Minor)); err != nil {
		return fmt.Errorf("making the device: %w", err)
	}
	return nil
}
