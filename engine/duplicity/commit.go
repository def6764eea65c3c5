package duplicity

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/engine/duplicity/deflate"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
)

// commit makes the set complete: signatures, then the manifest, whose arrival
// is the moment at which the version exists (formats/duplicity.md section 12).
// What the archive directory shall hold is ready before, so that a run that
// dies in between is finished by the next one.
func (r *run) commit(ctx context.Context, marks []volumeMark) error {
	if err := r.leftovers(ctx, len(marks)); err != nil {
		return err
	}
	if err := r.commitSignatures(ctx); err != nil {
		return fmt.Errorf("storing signatures: %w", err)
	}
	if err := r.commitManifest(ctx, marks); err != nil {
		return fmt.Errorf("storing the manifest: %w", err)
	}
	return r.archive.adoptFinals()
}

// commitSignatures compresses sigtar.part into the archive directory and
// stores it at the destination, reading it once.
func (r *run) commitSignatures(ctx context.Context) error {
	if err := r.signatures.finish(); err != nil {
		return err
	}
	name := r.archive.codec.mark(signatureName(r.set))
	if name.Compressed {
		return r.commitSameSignatures(ctx, name)
	}
	local, err := r.archive.createFinal(name)
	if err != nil {
		return err
	}
	remote, err := os.CreateTemp(r.archive.tempDir, "varve-signatures-*")
	if err != nil {
		return errors.Join(err, local.Close())
	}
	defer os.Remove(remote.Name())
	err = r.splitSignatures(local, remote, name)
	size, serr := remote.Seek(0, io.SeekCurrent)
	if err := errors.Join(err, serr, local.Sync(), local.Close(), remote.Close()); err != nil {
		return err
	}
	return r.archive.storeFile(ctx, r.archive.naming.Format(name), remote.Name(), size)
}

// commitSameSignatures serves archives whose stored form is the cached one.
func (r *run) commitSameSignatures(ctx context.Context, name filename.Name) error {
	local, err := r.archive.createFinal(name)
	if err != nil {
		return err
	}
	err = r.splitSignatures(local, io.Discard, name)
	size, serr := local.Seek(0, io.SeekCurrent)
	if err := errors.Join(err, serr, local.Sync(), local.Close()); err != nil {
		return err
	}
	return r.archive.putFile(ctx, r.archive.naming.Format(name), local.Name(), size)
}

// splitSignatures writes sigtar.part gzipped to local and, as the codec wants
// it, to remote.
func (r *run) splitSignatures(local, remote io.Writer, name filename.Name) error {
	src, err := os.Open(r.signatures.file.Name())
	if err != nil {
		return err
	}
	defer src.Close()
	gz, err := deflate.NewGzipWriter(local, deflate.DefaultLevel)
	if err != nil {
		return err
	}
	layers := []io.WriteCloser{gz}
	if remote != io.Discard {
		stored, err := r.archive.codec.writer(remote, name)
		if err != nil {
			return errors.Join(err, gz.Close())
		}
		layers = append(layers, stored)
	}
	writers := make([]io.Writer, len(layers))
	for i, l := range layers {
		writers[i] = l
	}
	_, err = io.Copy(io.MultiWriter(writers...), bufio.NewReaderSize(src, 1<<18))
	for _, l := range layers {
		err = errors.Join(err, l.Close())
	}
	return err
}

// commitManifest writes the manifest into the archive directory, and then
// stores it.
func (r *run) commitManifest(ctx context.Context, marks []volumeMark) error {
	if _, err := r.list.flush(); err != nil {
		return err
	}
	name := r.archive.codec.mark(manifestName(r.set))
	local, err := r.archive.createFinal(name)
	if err != nil {
		return err
	}
	err = r.writeManifest(local, marks)
	if err := errors.Join(err, local.Sync(), local.Close()); err != nil {
		return err
	}
	temp, size, err := r.archive.encodeFile(local.Name(), name)
	if err != nil {
		return err
	}
	if err := r.journal.journal.manifest(size); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return r.archive.storeFile(ctx, r.archive.naming.Format(name), temp, size)
}

// writeManifest writes the whole manifest: head, volumes, list of files.
func (r *run) writeManifest(dst io.Writer, marks []volumeMark) error {
	w := bufio.NewWriterSize(dst, 1<<16)
	if err := manifest.WriteHeader(w, r.archive.host, r.options.SourceName); err != nil {
		return err
	}
	for _, m := range marks {
		if err := manifest.WriteVolume(w, m.volume()); err != nil {
			return err
		}
	}
	if err := manifest.WriteListHead(w, r.list.count); err != nil {
		return err
	}
	if _, err := io.Copy(w, io.NewSectionReader(r.list.file, 0, r.list.size)); err != nil {
		return err
	}
	return w.Flush()
}

// volume is the mark as the manifest shows it.
func (m *volumeMark) volume() manifest.Volume {
	return manifest.Volume{Number: m.Number, Start: m.First, End: m.Last, SHA1: m.SHA1}
}

// createFinal makes the file that becomes the cached copy of name.
func (a *Archive) createFinal(name filename.Name) (*os.File, error) {
	return os.OpenFile(a.cached(finalPrefix+a.localName(name)), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
}

// encodeFile writes what is stored under name for a plain file into a
// temporary one.
func (a *Archive) encodeFile(path string, name filename.Name) (temp string, size int64, err error) {
	src, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer src.Close()
	dst, err := os.CreateTemp(a.tempDir, "varve-manifest-*")
	if err != nil {
		return "", 0, err
	}
	w, err := a.codec.writer(dst, name)
	if err == nil {
		_, err = io.Copy(w, src)
		err = errors.Join(err, w.Close())
	}
	size, serr := dst.Seek(0, io.SeekCurrent)
	if err := errors.Join(err, serr, dst.Close()); err != nil {
		return "", 0, errors.Join(err, os.Remove(dst.Name()))
	}
	return dst.Name(), size, nil
}
