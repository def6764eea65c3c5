package duplicity

import (
	"context"
	"errors"
	"io"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// CopyFile writes a stored file to out: a manifest, a volume or signatures. It
// reports false for one that is not there, that belongs to no version, or that
// is not whole, as the manifest and the content say; then nothing in out counts.
func (a *Archive) CopyFile(ctx context.Context, name string, out io.Writer) (whole bool, err error) {
	inv, err := a.inventory(ctx)
	if err != nil {
		return false, err
	}
	c := &checker{Archive: a, files: map[string]checkedFile{}}
	lists := map[string]bool{} // manifests, and whether they can be read
	c.report = func(f Finding) { lists[f.File] = false }
	for _, chain := range inv.Chains {
		for i := range chain {
			lists[chain[i].Manifest.Stored] = true
			if err := c.set(ctx, chain, i); err != nil {
				return false, err
			}
		}
	}
	f, isData := c.files[name]
	if !isData && !lists[name] {
		return false, nil
	}
	src, err := a.store.Get(ctx, name, 0, -1)
	if errors.Is(err, backends.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	copied := io.TeeReader(src, out) // what is proved is what is copied
	if isData {
		bad := c.proveFrom(ctx, &f, copied)
		if ctx.Err() != nil || bad != nil && isOutside(bad) {
			return false, errors.Join(bad, context.Cause(ctx))
		}
		if bad != nil {
			return false, nil
		}
	}
	_, err = io.Copy(io.Discard, copied) // what lies behind the content
	return err == nil, err
}

// missingName is the name that a volume has which is not there: that of the
// manifest with other words, and compressed as the signatures are.
func (a *Archive) missingName(set *Set, number int) string {
	name := set.Manifest.Name
	name.Kind, name.Volume, name.Compressed = filename.Volume, number, set.Signature.Name.Compressed
	return a.naming.Format(name)
}
