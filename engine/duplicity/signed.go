package duplicity

import (
	"context"
	"io"

	"github.com/varve-backup/varve/engine/duplicity/librsync"
	"github.com/varve-backup/varve/engine/repository"
)

// Signed is a version as its signature archives describe it: every chosen item
// once, in order, with what its content can be compared by. No volume is
// needed for that. It is used by one goroutine.
type Signed struct {
	chain   *signatureChain
	paths   []string
	reached []bool // per path, whether an item of it was met
	item    *storedItem
}

// Signed opens the signatures of a version, which are fetched when the archive
// directory does not have them. No paths means everything.
func (a *Archive) Signed(ctx context.Context, v *Version, paths []string) (*Signed, error) {
	chain, err := a.catalogue(ctx, v)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		paths = []string{""}
	}
	return &Signed{chain: chain, paths: paths, reached: make([]bool, len(paths))}, nil
}

// Next returns the next item, nil at the end. It is valid until the next call.
func (s *Signed) Next(ctx context.Context) (*repository.Entry, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if s.item, err = s.chain.next(); err != nil || s.item == nil {
			return nil, err
		}
		wanted := false
		for i, p := range s.paths {
			if repository.Contains(p, s.item.Path) {
				s.reached[i], wanted = true, true
			}
		}
		if wanted {
			return &s.item.Entry, nil
		}
	}
}

// Describes tells whether src has the content of the item that Next returned.
// It is called once for an item.
func (s *Signed) Describes(src io.Reader) (bool, error) {
	signature, err := librsync.ReadSignature(s.item.signature)
	if err != nil {
		return false, err
	}
	return signature.Describes(src)
}

// Missing are the wanted paths that the version does not hold.
func (s *Signed) Missing() (missing []string) {
	for i, reached := range s.reached {
		if !reached {
			missing = append(missing, s.paths[i])
		}
	}
	return missing
}

// Close ends reading.
func (s *Signed) Close() error { return s.chain.Close() }
