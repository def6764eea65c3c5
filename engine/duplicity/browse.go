package duplicity

import (
	"context"
	"errors"
)

// Browse reads the catalogue of a version from its signature archives, which
// are fetched when the archive directory does not have them.
func (a *Archive) Browse(ctx context.Context, v *Version) (*Listing, error) {
	chain, err := a.catalogue(ctx, v)
	if err != nil {
		return nil, err
	}
	l, err := newListing(a.tempDir, chain.entries())
	if err != nil {
		return nil, errors.Join(err, chain.Close())
	}
	return l, chain.Close()
}

// CachedTotals counts the files and bytes of a version below paths from what
// is in the archive directory. known is false when the size of one is not
// recorded.
func (a *Archive) CachedTotals(ctx context.Context, v *Version, paths []string) (files, bytes int64, known bool, err error) {
	chain, err := a.openSignatures(v.signatures())
	if err != nil {
		return 0, 0, false, err
	}
	defer chain.Close()
	known = true
	for e, err := range chain.entries() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return 0, 0, false, err
		}
		if !isFileBelow(e, paths) {
			continue
		}
		files++
		if e.Size < 0 {
			known = false
			continue
		}
		bytes += e.Size
	}
	return files, bytes, known, nil
}

// catalogue opens the signatures of a version.
func (a *Archive) catalogue(ctx context.Context, v *Version) (*signatureChain, error) {
	files := v.signatures()
	if err := a.fetchSignatures(ctx, files); err != nil {
		return nil, err
	}
	return a.openSignatures(files)
}

// signatures are the signature archives that describe the version.
func (v *Version) signatures() (files []storedName) {
	for i := range v.sets {
		files = append(files, v.sets[i].Signature)
	}
	return files
}
