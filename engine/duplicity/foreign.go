package duplicity

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
)

// foreignRun looks for a run of duplicity's that was interrupted
// (formats/duplicity.md section 13), and describes the part of it that can be
// continued: volumes that are whole, up to one that ends between items. Of
// the open item, duplicity's files do not tell enough to go on inside it.
func (a *Archive) foreignRun(ctx context.Context, inv *inventory) (*runHeader, []volumeMark, error) {
	set, ok, err := a.partialSet()
	if err != nil || !ok {
		return nil, nil, err
	}
	header := &runHeader{Full: set.Full, Start: set.Start, Time: set.End}
	m, err := a.readPart(set)
	if err != nil {
		return nil, nil, err
	}
	header.Root = pathText(m.Localdir)
	marks, err := a.wholeVolumes(ctx, inv.ofSet(set), m)
	if err != nil || len(marks) == 0 {
		return header, nil, err
	}
	whole, err := a.keepSignatures(set, &marks[len(marks)-1])
	if err != nil || !whole {
		return header, nil, err
	}
	return header, marks, nil
}

// partialSet finds the set whose manifest is unfinished.
func (a *Archive) partialSet() (filename.Name, bool, error) {
	entries, err := os.ReadDir(a.cacheDir)
	if errors.Is(err, fs.ErrNotExist) {
		return filename.Name{}, false, nil
	}
	for _, e := range entries {
		if n, ok := a.naming.Parse(e.Name()); ok && n.Partial && n.Kind == filename.Manifest {
			n.Kind, n.Partial = filename.Volume, false
			return n, true, err
		}
	}
	return filename.Name{}, false, err
}

// readPart reads manifest.part; one that does not parse names no volumes.
func (a *Archive) readPart(set filename.Name) (*manifest.Manifest, error) {
	b, err := os.ReadFile(a.cached(a.partName(manifestName(set))))
	if err != nil {
		return nil, fmt.Errorf("reading what an interrupted run left: %w", err)
	}
	m, err := manifest.Read(bytes.NewReader(b))
	if err != nil {
		return &manifest.Manifest{}, nil //nolint:nilerr // as if it were empty
	}
	return m, nil
}

// wholeVolumes returns the volumes from 1 on that are proved whole, up to the
// last one that ends between items. The last one at the destination is never
// among them: it may have been cut.
func (a *Archive) wholeVolumes(ctx context.Context, files []storedName, m *manifest.Manifest) ([]volumeMark, error) {
	stored := map[int]storedName{}
	for _, f := range files {
		if f.Name.Kind == filename.Volume {
			stored[f.Name.Volume] = f
		}
	}
	var marks []volumeMark
	whole := 0
	for i, v := range m.Volumes {
		f, ok := stored[v.Number]
		if !ok || v.Number != i+1 || v.Number >= len(stored) {
			break
		}
		file, err := a.fetchVolume(ctx, f.Stored, &v)
		if isDamage(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
		marks = append(marks, volumeMark{Number: v.Number, First: v.Start, Last: v.End, SHA1: v.SHA1, Size: f.Size})
		if v.End.Block < 0 {
			whole = len(marks)
		}
	}
	return marks[:whole], nil
}

// keepSignatures cuts sigtar.part down to the items up to the end of the last
// volume that is kept, and begins the list of files with them. It reports
// whether the signatures reach that far.
func (a *Archive) keepSignatures(set filename.Name, last *volumeMark) (bool, error) {
	path := a.cached(a.partName(signatureName(set)))
	aside := a.cached(asideName)
	if err := os.Rename(path, aside); err != nil {
		return false, nil // without signatures the run starts over
	}
	defer os.Remove(aside)
	old, err := os.Open(aside)
	if err != nil {
		return false, err
	}
	defer old.Close()
	sig, err := openGrowingTar(path, 0)
	if err != nil {
		return false, err
	}
	list, err := openGrowingList(a.cached(listName), 0)
	if err != nil {
		return false, errors.Join(err, sig.file.Close())
	}
	reached, err := copySignatures(sig, list, tarstream.NewReader(bufio.NewReaderSize(old, 1<<16)), last.Last.Path)
	if err == nil {
		last.Signatures, err = sig.flush()
	}
	if err == nil {
		last.List, err = list.flush()
	}
	return reached, errors.Join(err, sig.file.Close(), list.file.Close())
}

func copySignatures(sig *growingTar, list *growingList, src *tarstream.Reader, last string) (reached bool, err error) {
	for {
		h, err := src.Next()
		if err != nil || repository.Compare(h.Entry.Path, last) > 0 {
			// The end of what was flushed may lie inside a member.
			return reached, nil //nolint:nilerr // see above
		}
		data, err := io.ReadAll(src)
		if err != nil {
			return reached, nil //nolint:nilerr // see above
		}
		if err := sig.tar.WriteMember(h, data); err != nil {
			return false, err
		}
		if err := listSignature(list, h); err != nil {
			return false, err
		}
		reached = h.Entry.Path == last
	}
}

// listSignature adds an item of the signatures to the list of files. Whether
// a changed file was new is not known any more.
func listSignature(list *growingList, h *tarstream.Header) error {
	switch h.Kind {
	case tarstream.Signature:
		return list.add(manifest.New, h.Entry.Path)
	case tarstream.Deleted:
		return list.add(manifest.Deleted, h.Entry.Path)
	}
	return nil
}
