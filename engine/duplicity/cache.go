package duplicity

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/deflate"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
)

// manifestOf reads a set's manifest, from the archive directory if it is
// there.
func (a *Archive) manifestOf(ctx context.Context, set *Set) (*manifest.Manifest, error) {
	f, err := os.Open(a.cached(a.localName(set.Manifest.Name)))
	if errors.Is(err, fs.ErrNotExist) {
		return a.fetchManifest(ctx, set)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a manifest: %w", err)
	}
	defer f.Close()
	m, err := manifest.Read(bufio.NewReaderSize(f, 1<<16))
	if err != nil || len(m.Volumes) == 0 {
		// A bad copy in the archive directory is worth nothing; the stored
		// one decides.
		return a.fetchManifest(ctx, set)
	}
	return m, nil
}

// fetchManifest reads a set's manifest at the destination.
func (a *Archive) fetchManifest(ctx context.Context, set *Set) (*manifest.Manifest, error) {
	name := set.Manifest.Stored
	src, err := a.store.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, manifestError(ctx, name, err)
	}
	defer src.Close()
	plain, err := a.codec.reader(bufio.NewReaderSize(src, 1<<16), set.Manifest.Name)
	if err != nil {
		return nil, manifestError(ctx, name, err)
	}
	m, err := manifest.Read(bufio.NewReaderSize(plain, 1<<16))
	if err == nil {
		_, err = io.Copy(io.Discard, plain)
	}
	if err == nil && len(m.Volumes) == 0 {
		err = errors.New("it names no volume")
	}
	if err := errors.Join(err, plain.Close()); err != nil {
		return nil, manifestError(ctx, name, err)
	}
	return m, nil
}

// manifestError calls everything that is wrong with the bytes ErrManifest,
// and leaves what is wrong with the way to them. What was stopped says nothing of
// the bytes, whatever the cause is called.
func manifestError(ctx context.Context, name string, err error) error {
	err = damage(err)
	if ctx.Err() != nil {
		return fmt.Errorf("reading %s: %w", name, context.Cause(ctx))
	}
	if isDamage(err) || errors.Is(err, backends.ErrNotExist) || !isOutside(err) {
		return fmt.Errorf("reading %s: %w: %w", name, ErrManifest, err)
	}
	return fmt.Errorf("reading %s: %w", name, err)
}

// syncCache makes the archive directory hold what this run needs and nothing
// that the destination does not know (formats/duplicity.md section 11).
func (a *Archive) syncCache(ctx context.Context, inv *inventory, needed []storedName) error {
	if err := a.dropStrangers(inv); err != nil {
		return fmt.Errorf("cleaning the archive directory: %w", err)
	}
	return a.fetchSignatures(ctx, needed)
}

// fetchSignatures brings missing signature archives into the archive
// directory. Each appears there whole or not at all, so that no lock is
// needed to read them.
func (a *Archive) fetchSignatures(ctx context.Context, needed []storedName) error {
	if err := os.MkdirAll(a.cacheDir, 0o700); err != nil {
		return fmt.Errorf("making the archive directory: %w", err)
	}
	for _, f := range needed {
		if f.Stored == "" {
			return ErrNoSignatures
		}
		if _, err := os.Stat(a.cached(a.localName(f.Name))); err == nil {
			continue
		}
		if err := a.fetchSignature(ctx, f); err != nil {
			return fmt.Errorf("reading %s: %w", f.Stored, damage(err))
		}
	}
	return nil
}

func (a *Archive) fetchSignature(ctx context.Context, f storedName) error {
	src, err := a.store.Get(ctx, f.Stored, 0, -1)
	if err != nil {
		return err
	}
	defer src.Close()
	plain, err := a.codec.reader(bufio.NewReaderSize(src, 1<<16), f.Name)
	if err != nil {
		return err
	}
	err = a.arrive(ctx, a.localName(f.Name), plain)
	return errors.Join(err, plain.Close())
}

// arrive gzips what comes into the archive directory under a name that it
// gets at the end.
func (a *Archive) arrive(ctx context.Context, name string, plain io.Reader) error {
	dst, err := os.CreateTemp(a.cacheDir, arrivePrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(dst.Name())
	gz, err := deflate.NewGzipWriter(dst, deflate.DefaultLevel)
	if err != nil {
		return errors.Join(err, dst.Close())
	}
	_, err = copyObserved(ctx, a, gz, plain)
	if err := errors.Join(err, gz.Close(), dst.Sync(), dst.Close()); err != nil {
		return err
	}
	return os.Rename(dst.Name(), a.cached(name))
}

// dropStrangers removes cached files whose counterpart at the destination is
// gone: someone else has deleted those versions.
func (a *Archive) dropStrangers(inv *inventory) error {
	entries, err := os.ReadDir(a.cacheDir)
	if err != nil {
		return err
	}
	known := map[filename.Name]bool{}
	for _, f := range inv.stored {
		known[normal(f.Name)] = true
	}
	for _, e := range entries {
		n, ok := a.naming.Parse(e.Name())
		if !ok || n.Partial || n.Kind != filename.Signature && n.Kind != filename.Manifest || known[normal(n)] {
			continue
		}
		if err := a.removeCached(e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// adoptFinished completes the archive directory after a run that died when
// its version was already complete at the destination.
func (a *Archive) adoptFinished(ctx context.Context) error {
	run, err := readJournal(a.cacheDir)
	if err != nil || run == nil {
		return err
	}
	set := filename.Name{Kind: filename.Volume, Full: run.header.Full, Start: run.header.Start, End: run.header.Time}
	inv, err := a.inventory(ctx)
	if errors.Is(err, backends.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range inv.ofSet(set) {
		if f.Name.Kind != filename.Manifest {
			continue
		}
		if run.manifest > 0 && f.Size != run.manifest {
			// It arrived in part, so the run goes on and stores it again.
			if err := a.store.Delete(ctx, f.Stored); err != nil {
				return fmt.Errorf("removing the part of %s that arrived: %w", f.Stored, err)
			}
			return nil
		}
		return errors.Join(a.adoptFinals(), a.dropParts(set))
	}
	return nil
}

// isOutside tells that what failed is the way to the stored bytes, or the
// person, and not the bytes.
func isOutside(err error) bool {
	for _, e := range []error{
		backends.ErrOffline, backends.ErrTemporary, backends.ErrPermission, backends.ErrFull,
		openpgp.ErrWrongPassphrase, openpgp.ErrNoSecretKey, openpgp.ErrNoGnuPG, openpgp.ErrSigner,
		context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// adoptFinals gives the prepared files of a complete run their names.
func (a *Archive) adoptFinals() error {
	entries, err := os.ReadDir(a.cacheDir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if name, ok := strings.CutPrefix(e.Name(), finalPrefix); ok {
			errs = append(errs, os.Rename(a.cached(e.Name()), a.cached(name)))
		}
	}
	return errors.Join(errs...)
}
