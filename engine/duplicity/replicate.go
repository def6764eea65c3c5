package duplicity

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
)

// CopyOptions say which versions are copied, and who hears of them.
type CopyOptions struct {
	// Before leaves out versions that are not older; zero means none.
	Before time.Time
	// DryRun only names what would be copied.
	DryRun bool
	// Total is told the bytes of all that is to be copied, Copied each version
	// that is there now, or would be.
	Total  func(bytes int64)
	Copied func(Version)
}

// CopyFrom brings the versions of another archive here that are not here yet,
// oldest first, decoded and encoded again as this archive's files are: what
// duplicity's replicate does (formats/duplicity.md section 16). Unlike that,
// manifests keep all that they say, and come last, so that duplicity restores
// and continues the copy, and that a version is there whole or not at all.
// Where it was stopped the next call goes on after the last file. Of a chain
// whose files are damaged the versions before are copied, and the error says
// so.
func (a *Archive) CopyFrom(ctx context.Context, from *Archive, o CopyOptions) (err error) {
	there, err := from.inventory(ctx)
	if err != nil {
		return err
	}
	inv, err := a.inventory(ctx)
	if err != nil && (!o.DryRun || !errors.Is(err, backends.ErrNotExist)) {
		return err
	}
	begun, err := a.begunCopy()
	if err != nil {
		return err
	}
	if o.DryRun {
		if inv == nil {
			inv = &inventory{}
		}
		for _, chain := range inv.lacking(there, begun, o.Before) {
			for _, v := range chain {
				o.Copied(v)
			}
		}
		return nil
	}
	if err := os.MkdirAll(a.cacheDir, 0o700); err != nil {
		return fmt.Errorf("making the archive directory: %w", err)
	}
	held, err := takeLock(a.cacheDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	return a.copyChains(ctx, from, inv, inv.lacking(there, begun, o.Before), o)
}

// lacking are the versions of another archive that are not here, by chains. Of
// one that was begun it is not known whether its manifest is whole.
func (inv *inventory) lacking(there *inventory, begun *copiedSet, before time.Time) (chains [][]Version) {
	for _, chain := range there.Chains {
		var lacking []Version
		for _, v := range versionsOf(chain) {
			s := v.set()
			if (before.IsZero() || s.End.Before(before)) && (begun.is(s) || !inv.holds(s)) {
				lacking = append(lacking, v)
			}
		}
		if len(lacking) > 0 {
			chains = append(chains, lacking)
		}
	}
	return chains
}

// set is the version's own set.
func (v *Version) set() *Set { return &v.sets[len(v.sets)-1] }

// holds reports that a set is here as duplicity's replicate sees it: with the
// same type, times and number of volumes.
func (inv *inventory) holds(s *Set) bool {
	volumes := map[int]bool{}
	for _, f := range inv.ofSet(filename.Name{Full: s.Full, Start: s.Start, End: s.End}) {
		if f.Name.Kind == filename.Volume {
			volumes[f.Name.Volume] = true
		}
	}
	return inv.complete(s.Full, s.Start, s.End) && len(volumes) == len(s.Volumes)
}

func (a *Archive) copyChains(ctx context.Context, from *Archive, inv *inventory, chains [][]Version, o CopyOptions) error {
	if len(chains) == 0 {
		return nil
	}
	if err := a.proveKey(ctx, inv); err != nil {
		return err
	}
	var total int64
	for _, chain := range chains {
		for _, v := range chain {
			total += v.Stored
		}
	}
	o.Total(total)
	var bad []error
	for _, chain := range chains {
		for _, v := range chain {
			err := a.copySet(ctx, from, inv, v.set())
			if isDamage(err) || errors.Is(err, ErrManifest) {
				bad = append(bad, fmt.Errorf("copying the version of %s: %w", local(v.Time), err))
				break // those after it build on it
			}
			if err != nil {
				return errors.Join(append(bad, err)...)
			}
			o.Copied(v)
		}
	}
	return errors.Join(bad...)
}

// copySet copies one set: volumes, signatures, and then the manifest.
func (a *Archive) copySet(ctx context.Context, from *Archive, inv *inventory, s *Set) error {
	m, err := from.manifestOf(ctx, s)
	if err != nil {
		return err
	}
	c, err := a.newSetCopy(from, inv, s)
	if err != nil {
		return err
	}
	err = c.run(ctx, m)
	return errors.Join(err, c.journal.close())
}

// setCopy copies one set.
type setCopy struct {
	to, from *Archive
	inv      *inventory // of the target, before
	set      *Set
	names    map[string]bool // of what was stored
	journal  *copyJournal
}

func (a *Archive) newSetCopy(from *Archive, inv *inventory, s *Set) (*setCopy, error) {
	j, err := a.openCopyJournal(from, s)
	if err != nil {
		return nil, err
	}
	return &setCopy{to: a, from: from, inv: inv, set: s, names: map[string]bool{}, journal: j}, nil
}

func (c *setCopy) run(ctx context.Context, m *manifest.Manifest) error {
	// A manifest that is there does not fit what comes now.
	for _, f := range c.stored() {
		if f.Name.Kind == filename.Manifest {
			if err := c.to.store.Delete(ctx, f.Stored); err != nil {
				return fmt.Errorf("removing %s: %w", f.Stored, err)
			}
		}
	}
	for i := range m.Volumes {
		if err := c.volume(ctx, &m.Volumes[i]); err != nil {
			return err
		}
	}
	if c.set.Signature.Stored != "" {
		if err := c.signatures(ctx); err != nil {
			return err
		}
	} else {
		c.to.watch.Notice("The version of " + local(c.set.End) + " has no signatures, so its copy has none.")
	}
	if err := c.clear(ctx); err != nil {
		return err
	}
	if err := c.manifest(ctx, m); err != nil {
		return err
	}
	return c.journal.done()
}

// stored are the files of the set that the target had before.
func (c *setCopy) stored() []storedName {
	return c.inv.ofSet(filename.Name{Full: c.set.Full, Start: c.set.Start, End: c.set.End})
}

// volume copies a volume, and notes its new hash.
func (c *setCopy) volume(ctx context.Context, v *manifest.Volume) error {
	f, ok := c.set.Volumes[v.Number]
	if !ok {
		return fmt.Errorf("%w: volume %d", ErrMissingVolume, v.Number)
	}
	name := c.name(f.Name)
	sum, err := c.once(ctx, name, func() (io.ReadCloser, error) {
		got, err := c.from.fetchVolume(ctx, f.Stored, v)
		if err != nil {
			return nil, err
		}
		return c.decoded(got, f)
	})
	if err != nil {
		return err
	}
	*v = manifest.Volume{Number: v.Number, Start: v.Start, End: v.End, SHA1: sum}
	c.to.watch.Handled(1, f.Size)
	return nil
}

// name is how a file of the set is called in the target.
func (c *setCopy) name(n filename.Name) filename.Name { return c.to.codec.mark(normal(n)) }

func (c *setCopy) signatures(ctx context.Context) error {
	f := c.set.Signature
	_, err := c.once(ctx, c.name(f.Name), func() (io.ReadCloser, error) {
		src, err := c.from.store.Get(ctx, f.Stored, 0, -1)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", f.Stored, err)
		}
		return c.decoded(src, f)
	})
	return err
}

// decoded reads a stored file of the source.
func (c *setCopy) decoded(src io.ReadCloser, f storedName) (io.ReadCloser, error) {
	plain, err := c.from.codec.reader(bufio.NewReaderSize(src, 1<<16), f.Name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", f.Stored, damage(err)), src.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{plain, closers{plain, src}}, nil
}

// once stores a file, unless an earlier run did, and returns its hash.
func (c *setCopy) once(ctx context.Context, name filename.Name, open func() (io.ReadCloser, error)) ([]byte, error) {
	as := c.to.naming.Format(name)
	c.names[as] = true
	c.to.watch.Item(as)
	if sum, ok := c.journal.holds(as, c.stored()); ok {
		return sum, nil
	}
	plain, err := open()
	if err != nil {
		return nil, err
	}
	path, size, sum, err := c.to.encode(ctx, plain, name)
	if err := errors.Join(err, plain.Close()); err != nil {
		return nil, fmt.Errorf("copying to %s: %w", as, damage(err))
	}
	if err := c.to.storeFile(ctx, as, path, size); err != nil {
		return nil, err
	}
	return sum, c.journal.add(as, size, sum)
}

// encode writes what is stored under name into a temporary file.
func (a *Archive) encode(ctx context.Context, plain io.Reader, name filename.Name) (path string, size int64, sum []byte, err error) {
	dst, err := os.CreateTemp(a.tempDir, "varve-copy-*")
	if err != nil {
		return "", 0, nil, err
	}
	hash := sha1.New()
	out := bufio.NewWriterSize(io.MultiWriter(dst, hash), 1<<16)
	w, err := a.codec.writer(out, name)
	if err == nil {
		err = a.copyPlain(ctx, w, plain)
		err = errors.Join(err, w.Close(), out.Flush())
	}
	size, serr := dst.Seek(0, io.SeekCurrent)
	if err := errors.Join(err, serr, dst.Close()); err != nil {
		return "", 0, nil, errors.Join(err, os.Remove(dst.Name()))
	}
	return dst.Name(), size, hash.Sum(nil), nil
}

// copyPlain copies, and can be held up.
func (a *Archive) copyPlain(ctx context.Context, dst io.Writer, src io.Reader) error {
	buf := make([]byte, 1<<18)
	for {
		if err := a.watch.Wait(ctx); err != nil {
			return err
		}
		n, err := src.Read(buf)
		if _, werr := dst.Write(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// clear removes what an earlier attempt stored of the set under other names,
// and what of it the archive directory knows.
func (c *setCopy) clear(ctx context.Context) error {
	for _, f := range c.stored() {
		if c.names[f.Stored] || f.Name.Kind == filename.Manifest {
			continue
		}
		if err := c.to.store.Delete(ctx, f.Stored); err != nil {
			return fmt.Errorf("removing %s: %w", f.Stored, err)
		}
	}
	set := filename.Name{Kind: filename.Volume, Full: c.set.Full, Start: c.set.Start, End: c.set.End}
	return c.to.removeCached(c.to.localName(signatureName(set)), c.to.localName(manifestName(set)))
}

// manifest stores the manifest, with the list of files that the source's has.
func (c *setCopy) manifest(ctx context.Context, m *manifest.Manifest) error {
	src, err := c.from.store.Get(ctx, c.set.Manifest.Stored, 0, -1)
	if err != nil {
		return manifestError(ctx, c.set.Manifest.Stored, err)
	}
	plain, err := c.decoded(src, c.set.Manifest)
	if err != nil {
		return manifestError(ctx, c.set.Manifest.Stored, err)
	}
	name := c.name(c.set.Manifest.Name)
	out, in := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() { in.CloseWithError(rewriteManifest(in, plain, m)) })
	path, size, _, err := c.to.encode(ctx, out, name)
	_ = out.Close() // it ends the writing, also when encoding failed
	writing.Wait()
	if err := errors.Join(err, plain.Close()); err != nil {
		return manifestError(ctx, c.set.Manifest.Stored, err)
	}
	return c.to.storeFile(ctx, c.to.naming.Format(name), path, size)
}

// rewriteManifest writes a manifest as m says, and the list of files of an
// old one behind it.
func rewriteManifest(dst io.Writer, old io.Reader, m *manifest.Manifest) error {
	w := bufio.NewWriterSize(dst, 1<<16)
	if m.Hostname != "" || m.Localdir != "" {
		if err := manifest.WriteHeader(w, m.Hostname, m.Localdir); err != nil {
			return err
		}
	}
	for _, v := range m.Volumes {
		if err := manifest.WriteVolume(w, v); err != nil {
			return err
		}
	}
	if err := copyFileList(w, bufio.NewReaderSize(old, 1<<16)); err != nil {
		return err
	}
	return w.Flush()
}

// copyFileList copies the line that begins the list, and as many after it as
// it says. The rest is read to its end, where damage shows.
func copyFileList(w io.Writer, r *bufio.Reader) error {
	listed := 0
	whole := true // the line began with this piece
	for {
		piece, err := r.ReadSlice('\n')
		if count, ok := bytes.CutPrefix(piece, []byte("Filelist ")); ok && whole && listed == 0 {
			n, err := strconv.Atoi(string(bytes.TrimSpace(count)))
			if err == nil && n >= 0 {
				listed = n + 1
			}
		}
		if listed > 0 {
			if _, werr := w.Write(piece); werr != nil {
				return werr
			}
		}
		whole = err == nil
		if whole && listed > 0 {
			listed--
			if listed == 0 {
				listed = -1
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// Origin is the machine and the folder that a version is of, as its manifest
// says, "" when it does not.
func (a *Archive) Origin(ctx context.Context, v *Version) (host, dir string, err error) {
	m, err := a.manifestOf(ctx, v.set())
	if err != nil {
		return "", "", err
	}
	return m.Hostname, m.Localdir, nil
}
