package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/pinfile"
	"github.com/varve-backup/varve/engine/mirror"
)

var (
	// ErrCopyOfNothing: there is no version to copy.
	ErrCopyOfNothing = errors.New("the source holds no version")
	// ErrNoCopy: the destination holds what is of no copy of the source.
	ErrNoCopy = errors.New("the destination holds something else")
)

// kinship tells whether a place may be made equal to an archive: it is empty,
// or holds an older or unfinished copy of it, and nothing that would be lost.
type kinship struct {
	src, dst backends.Store
	known    bool
}

// configFile is what deduplicated archives are told apart by, as it holds a
// random id, and the sealing of it is random too.
const configFile = "config"

// mostConfig bounds how much of such a file is read.
const mostConfig = 64 << 10

func (k *kinship) vet(ctx context.Context, from, there []backends.Object) error {
	here := map[string]int64{}
	versions := 0
	for _, o := range from {
		here[o.Name] = o.Size
		if isVersion(o.Name) {
			versions++
		}
	}
	if versions == 0 {
		return ErrCopyOfNothing
	}
	_, deduplicated := here[configFile]
	shared, told := 0, false
	for _, o := range there {
		size, both := here[o.Name]
		switch {
		case !both && !isOfFormat(o.Name, deduplicated):
			return fmt.Errorf("%w: %q is not of this archive", ErrNoCopy, o.Name)
		case both && o.Name == configFile:
			told = true
		case both && size == o.Size:
			shared++
		}
	}
	switch {
	case told:
		return k.compareConfigs(ctx)
	case len(there) > 0 && shared == 0 && !k.known:
		return fmt.Errorf("%w: none of its %d files is at the source", ErrNoCopy, len(there))
	}
	return nil
}

// compareConfigs refuses another archive of the same format.
func (k *kinship) compareConfigs(ctx context.Context) error {
	ours, err := k.read(ctx, k.src)
	if err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	theirs, err := k.read(ctx, k.dst)
	if err != nil {
		return fmt.Errorf("the destination: %w", err)
	}
	if !bytes.Equal(ours, theirs) {
		return fmt.Errorf("%w: another archive", ErrNoCopy)
	}
	return nil
}

func (*kinship) read(ctx context.Context, s backends.Store) ([]byte, error) {
	in, err := s.Get(ctx, configFile, 0, -1)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(in, mostConfig))
	return text, errors.Join(err, in.Close())
}

// isVersion tells the file that makes a version one.
func isVersion(name string) bool {
	if folder, base := path.Split(name); folder == "snapshots/" {
		return isHash(base)
	}
	n, ok := filename.Naming{}.Parse(name)
	return ok && n.Kind == filename.Manifest && !n.Partial
}

// isOfFormat tells the names that a format has.
func isOfFormat(name string, deduplicated bool) bool {
	if _, _, aside := mirror.ParseAside(name); aside {
		return true // it stays
	}
	if !deduplicated {
		_, ok := filename.Naming{}.Parse(name)
		_, pin := pinfile.ParseName(name)
		return ok || pin
	}
	folder, base := path.Split(name)
	top, _, _ := strings.Cut(folder, "/")
	switch top {
	case "data", "index", "keys", "snapshots", "locks":
		return isHash(base)
	}
	return name == configFile
}

// isHash tells the name of a file of a deduplicated archive.
func isHash(base string) bool {
	const digits = 64
	return len(base) == digits && strings.Trim(base, "0123456789abcdef") == ""
}
