package transfer

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/varve-backup/varve/backends"
)

// Probe proves that something can be stored: it stores a little and takes it
// away. The name has no dot in front, which some servers refuse.
func Probe(ctx context.Context, s backends.Store) error {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	name := "varve-probe-" + hex.EncodeToString(b[:])
	if err := s.Put(ctx, name, backends.BytesSource("varve")); err != nil {
		return err
	}
	return s.Delete(ctx, name)
}
