package tree

import (
	"io/fs"

	"github.com/varve-backup/varve/engine/repository"
)

// The bits of stat above the permissions.
const (
	setuid = 0o4000
	setgid = 0o2000
	sticky = 0o1000
)

// Mode returns the stored mode of an entry. restic stores the bits of Go's
// fs.FileMode, which are not those of stat: perm is rwx three times with setuid
// 04000, setgid 02000 and sticky 01000.
func Mode(t repository.Type, perm uint32) uint32 {
	m := typeBits(t) | fs.FileMode(perm)&fs.ModePerm
	if perm&setuid != 0 {
		m |= fs.ModeSetuid
	}
	if perm&setgid != 0 {
		m |= fs.ModeSetgid
	}
	if perm&sticky != 0 {
		m |= fs.ModeSticky
	}
	return uint32(m)
}

// Perm returns the twelve bits that Mode was given.
func Perm(mode uint32) uint32 {
	m := fs.FileMode(mode)
	perm := uint32(m.Perm())
	if m&fs.ModeSetuid != 0 {
		perm |= setuid
	}
	if m&fs.ModeSetgid != 0 {
		perm |= setgid
	}
	if m&fs.ModeSticky != 0 {
		perm |= sticky
	}
	return perm
}

// typeBits returns the bits of a mode that tell what an entry is.
func typeBits(t repository.Type) fs.FileMode {
	switch t {
	case repository.Dir:
		return fs.ModeDir
	case repository.Symlink:
		return fs.ModeSymlink
	case repository.FIFO:
		return fs.ModeNamedPipe
	case repository.CharDevice:
		return fs.ModeDevice | fs.ModeCharDevice
	case repository.BlockDevice:
		return fs.ModeDevice
	}
	return 0
}

// TypeOf returns restic's word for the type of an entry, "" for none.
func TypeOf(t repository.Type) Type {
	switch t {
	case repository.File:
		return File
	case repository.Dir:
		return Dir
	case repository.Symlink:
		return Symlink
	case repository.FIFO:
		return FIFO
	case repository.CharDevice:
		return CharDevice
	case repository.BlockDevice:
		return BlockDevice
	}
	return ""
}

// Entry returns the type of an entry, 0 for a socket and whatever else cannot
// be restored.
func (t Type) Entry() repository.Type {
	switch t {
	case File:
		return repository.File
	case Dir:
		return repository.Dir
	case Symlink:
		return repository.Symlink
	case FIFO:
		return repository.FIFO
	case CharDevice:
		return repository.CharDevice
	case BlockDevice:
		return repository.BlockDevice
	}
	return 0
}
