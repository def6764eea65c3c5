package duplicity

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
)

// signatureStrength is how many bytes of each MD4 sum are kept, as duplicity
// does.
const signatureStrength = 8

// epoch is the time that makes the next run look at an item again.
var epoch = time.Unix(0, 0)

// run is one attempt at writing a set. What it has written outlives it: the
// volumes at the destination, and in the archive directory sigtar.part, the
// file list and the journal.
type run struct {
	archive *Archive
	options BackupOptions
	watch   repository.Observer
	tree    items
	compare *comparison
	set     filename.Name // kind, times and encoding of the set

	volumes    *volumeWriter
	uploads    *uploader
	journal    *checkpoint // nil in a dry run
	signatures *growingTar
	list       *growingList

	resume *resumePoint
	open   *itemProgress // the item that a border would cut now
	// unread are items that could not be looked at: what older versions hold
	// of them and of everything below stays.
	unread   []string
	unreadMu sync.Mutex

	signature bytes.Buffer
	piece     [chunkSize]byte
	counts    Counts
}

// Counts is what a backup found, in items and bytes of the source.
type Counts struct {
	Items, Files, Bytes     int64
	Added, Changed, Deleted int64
	Stored                  int64
	Volumes                 int
}

// record adds a finished item to the signatures, the file list and the counts.
func (r *run) record(h *tarstream.Header, signature []byte, change repository.Change) error {
	return r.recordAs(h, signature, change, h.Entry.Type == repository.File)
}

func (r *run) recordAs(h *tarstream.Header, signature []byte, change repository.Change, isFile bool) error {
	if err := r.signatures.tar.WriteMember(h, signature); err != nil {
		return fmt.Errorf("writing signatures: %w", err)
	}
	if isFile {
		if err := r.list.add(manifestChange(change), h.Entry.Path); err != nil {
			return fmt.Errorf("writing the list of files: %w", err)
		}
	}
	r.note(h.Entry.Path, change)
	return nil
}

// note counts and reports a change.
func (r *run) note(path string, change repository.Change) {
	switch change {
	case repository.Added:
		r.counts.Added++
	case repository.Modified:
		r.counts.Changed++
	case repository.Deleted:
		r.counts.Deleted++
	}
	r.watch.Changed(path, change)
}

func manifestChange(c repository.Change) manifest.Change {
	switch c {
	case repository.Added:
		return manifest.New
	case repository.Modified:
		return manifest.Changed
	}
	return manifest.Deleted
}

// sealed receives each volume at its border and hands it to the uploader
// together with where the run stands.
func (r *run) sealed(ctx context.Context, v *sealedVolume) error {
	m := volumeMark{Number: v.number, First: v.first, Last: v.last, SHA1: v.sha1, Size: v.size}
	if r.open != nil {
		m.Open = r.open.at()
	}
	var err error
	if m.Signatures, err = r.signatures.flush(); err != nil {
		return errors.Join(fmt.Errorf("writing signatures: %w", err), os.Remove(v.path))
	}
	if m.List, err = r.list.flush(); err != nil {
		return errors.Join(fmt.Errorf("writing the list of files: %w", err), os.Remove(v.path))
	}
	r.counts.Volumes++
	r.counts.Stored += v.size
	return r.uploads.put(ctx, v, m)
}

// growingTar is sigtar.part: a tar stream in a file that only grows, so that
// an interrupted run can cut it back to its last border.
type growingTar struct {
	file *os.File
	buf  *bufio.Writer
	tar  *tarstream.Writer
	size int64
}

func openGrowingTar(path string, keep int64) (*growingTar, error) {
	f, err := openGrowing(path, keep)
	if err != nil {
		return nil, err
	}
	g := &growingTar{file: f, buf: bufio.NewWriterSize(f, 1<<16), size: keep}
	g.tar = tarstream.NewWriter(g)
	return g, nil
}

// Write counts what the tar writer lets go.
func (g *growingTar) Write(p []byte) (int, error) {
	n, err := g.buf.Write(p)
	g.size += int64(n)
	return n, err
}

// flush returns the length of the whole members written so far.
func (g *growingTar) flush() (int64, error) { return g.size, g.buf.Flush() }

// finish writes the end marker of the tar stream.
func (g *growingTar) finish() error {
	if err := g.tar.Close(true); err != nil {
		return err
	}
	return g.buf.Flush()
}

// growingList is the file list of the manifest to be, in its final form.
type growingList struct {
	file  *os.File
	buf   *bufio.Writer
	size  int64
	count int
}

func openGrowingList(path string, keep int64) (*growingList, error) {
	f, err := openGrowing(path, keep)
	if err != nil {
		return nil, err
	}
	g := &growingList{file: f, buf: bufio.NewWriter(f), size: keep}
	if g.count, err = countLines(io.NewSectionReader(f, 0, keep)); err != nil {
		f.Close()
		return nil, err
	}
	return g, nil
}

func (g *growingList) add(c manifest.Change, path string) error {
	n, err := manifest.WriteListLine(g.buf, c, path)
	g.size += int64(n)
	g.count++
	return err
}

func (g *growingList) flush() (int64, error) { return g.size, g.buf.Flush() }

// openGrowing opens a file, made if needed, and cuts it to keep bytes.
func openGrowing(path string, keep int64) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < keep {
		err = fmt.Errorf("%w: %s is shorter than the run's journal says", ErrDamaged, path)
	}
	if err == nil {
		err = f.Truncate(keep)
	}
	if err == nil {
		_, err = f.Seek(keep, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func countLines(r io.Reader) (int, error) {
	buf := make([]byte, 1<<16)
	lines := 0
	for {
		n, err := r.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
	}
}
