package engine

import (
	"context"

	"github.com/varve-backup/varve/engine/duplicity/openpgp"
)

// PublicKey is an OpenPGP key that backups can be encrypted for.
type PublicKey = openpgp.Key

// PublicKeys lists the OpenPGP keys in the person's keyring of gpg that can be
// used.
func (e *Engine) PublicKeys(ctx context.Context) ([]PublicKey, error) {
	keys, err := openpgp.Keys(ctx, "")
	return keys, classify(ctx, "listing OpenPGP keys", err)
}
