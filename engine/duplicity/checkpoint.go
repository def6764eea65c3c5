package duplicity

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
)

// checkpoint is what an unfinished run leaves behind: our journal, and
// manifest.part for duplicity (formats/duplicity.md section 13).
type checkpoint struct {
	journal *journal
	part    *os.File
	// marks are all volumes that are durable. The uploader's goroutine adds
	// to it; others read it once that has ended.
	marks []volumeMark
}

// beginJournal records a run that continues after marks.
func (a *Archive) beginJournal(h runHeader, set filename.Name, o BackupOptions, marks []volumeMark) (*checkpoint, error) {
	j, err := createJournal(a.cacheDir, h)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{journal: j, marks: marks}
	for _, m := range marks {
		if err := j.volume(m); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	part := a.cached(a.partName(manifestName(set)))
	if c.part, err = os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("beginning the run's manifest: %w", err), c.close())
	}
	if err := writePart(c.part, a.host, o.SourceName, marks); err != nil {
		return nil, errors.Join(fmt.Errorf("beginning the run's manifest: %w", err), c.close())
	}
	return c, nil
}

func writePart(dst io.Writer, host, source string, marks []volumeMark) error {
	w := bufio.NewWriter(dst)
	if len(marks) > 0 {
		if err := manifest.WriteHeader(w, host, source); err != nil {
			return err
		}
	}
	for _, m := range marks {
		if err := manifest.WriteVolume(w, m.volume()); err != nil {
			return err
		}
	}
	return w.Flush()
}

// add records a volume that has become durable.
func (c *checkpoint) add(a *Archive, source string, m volumeMark) error {
	c.marks = append(c.marks, m)
	if err := c.journal.volume(m); err != nil {
		return err
	}
	if len(c.marks) == 1 {
		return writePart(c.part, a.host, source, c.marks)
	}
	return manifest.WriteVolume(c.part, m.volume())
}

func (c *checkpoint) close() error {
	err := c.journal.close()
	if c.part != nil {
		err = errors.Join(err, c.part.Close())
	}
	return err
}

// dropParts removes what a run that is complete, or given up, left in the
// archive directory.
func (a *Archive) dropParts(set filename.Name) error {
	return a.removeCached(journalName, listName, a.partName(signatureName(set)), a.partName(manifestName(set)))
}

func (a *Archive) removeCached(names ...string) error {
	var errs []error
	for _, n := range names {
		if err := os.Remove(a.cached(n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
