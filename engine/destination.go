package engine

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/secret"
)

var (
	errNoPassphrase = errors.New("a passphrase is needed and none was given")
	errInvalid      = errors.New("the request is not valid")
)

// openArchive opens a destination: what it holds says in which format. writing
// makes its folder when it is missing, and an empty one is given the format
// that d asks for.
func (e *Engine) openArchive(ctx context.Context, d Destination, watch repository.Observer, writing bool) (archive, error) {
	store, err := e.openPlace(ctx, d.URL, e.reach(d, writing))
	if err != nil {
		return nil, err
	}
	store = &teller{store, watch}
	a, err := e.openStore(ctx, d, store, watch, writing)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return a, nil
}

func (e *Engine) openStore(ctx context.Context, d Destination, store backends.Store, watch repository.Observer, writing bool) (archive, error) {
	there, err := restic.Exists(ctx, store)
	if err != nil {
		return nil, err
	}
	volumes := e.openVolumes(ctx, d, store, watch)
	if there {
		return e.openDeduplicated(ctx, d, store, watch, false)
	}
	if d.Format != Deduplicated || !writing {
		return volumes, nil
	}
	versions, err := volumes.versions(ctx)
	if err != nil {
		return nil, err
	}
	if len(versions) > 0 && d.AnyFormat {
		return volumes, nil
	}
	if len(versions) > 0 {
		return nil, fmt.Errorf("%w: there is an archive of volumes at the destination already", errInvalid)
	}
	return e.openDeduplicated(ctx, d, store, watch, true)
}

// cacheDir is the archive directory of a destination: duplicity's rule, the
// hash of the URL as it was typed.
func (e *Engine) cacheDir(d Destination) string {
	base := d.ArchiveDir
	if base == "" {
		base = e.config.ArchiveDir
	}
	name := d.Name
	if name == "" {
		sum := md5.Sum([]byte(d.URL))
		name = hex.EncodeToString(sum[:])
	}
	return filepath.Join(base, name)
}

func naming(p Prefixes) filename.Naming {
	return filename.Naming{
		Prefix: p.All, ArchivePrefix: p.Archive, ManifestPrefix: p.Manifest, SignaturePrefix: p.Signature,
		TimeSeparator: p.TimeSeparator,
	}
}

// codec prepares how files are stored and read. Keys and passphrases are
// looked for when the first file needs them; isNew is asked then.
func (e *Engine) codec(ctx context.Context, d Destination, isNew func() bool) *duplicity.Codec {
	c := d.Encryption
	passphrase := sync.OnceValues(func() (string, error) { return e.passphrase(ctx, d, isNew) })
	decrypter := sync.OnceValues(func() (*openpgp.Decrypter, error) {
		config, err := decryptConfig(d, passphrase)
		if err != nil {
			return nil, err
		}
		return openpgp.NewDecrypter(ctx, config)
	})
	return &duplicity.Codec{
		Encrypted:  c.Mode != EncryptNone,
		Compressed: !c.NoCompression,
		Decrypter:  decrypter,
		Encrypter: func(continues bool) (*openpgp.Encrypter, error) {
			config, err := e.encryptConfig(d, passphrase)
			if err == nil && continues && c.Mode == EncryptPassphrase {
				config.Like, err = decrypter()
			}
			if err != nil {
				return nil, err
			}
			return openpgp.NewEncrypter(ctx, config)
		},
		Protection: protection(c),
		CanRead:    c.Mode == EncryptPassphrase,
	}
}

// protection names mode and keys; no secret is in it.
func protection(c Encryption) string {
	switch c.Mode {
	case EncryptNone:
		return "none"
	case EncryptPassphrase:
		return strings.Join([]string{"passphrase", c.SignKey}, " ")
	}
	return fmt.Sprintf("keys %q hidden %q sign %q", c.Recipients, c.HiddenRecipients, c.SignKey)
}

// passphrase returns the destination's passphrase, asking for it if nobody
// gave one.
// isNew tells that the archive is about to be created.
func (e *Engine) passphrase(ctx context.Context, d Destination, isNew func() bool) (string, error) {
	if !d.Encryption.Passphrase.IsEmpty() {
		return d.Encryption.Passphrase.Reveal(), nil
	}
	return e.ask(ctx, PassphraseQuestion{URL: address.Display(d.URL), New: isNew()})
}

func (e *Engine) ask(ctx context.Context, q PassphraseQuestion) (string, error) {
	if e.config.Questions.Passphrase == nil {
		return "", errNoPassphrase
	}
	answer, err := e.config.Questions.Passphrase(ctx, q)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoPassphrase, err)
	}
	if answer.IsEmpty() {
		return "", errNoPassphrase
	}
	return answer.Reveal(), nil
}

func (e *Engine) encryptConfig(d Destination, passphrase func() (string, error)) (openpgp.EncryptConfig, error) {
	c := d.Encryption
	config := openpgp.EncryptConfig{
		Recipients: c.Recipients, HiddenRecipients: c.HiddenRecipients, SignKey: c.SignKey,
		Compress: !c.NoCompression, Now: e.config.Now,
	}
	var err error
	if c.Mode == EncryptPassphrase {
		if config.Passphrase, err = passphrase(); err != nil {
			return config, err
		}
	}
	if c.SignKey != "" {
		config.SignPassphrase = signPassphrase(c).Reveal()
	}
	return config, nil
}

// signPassphrase falls back on the other one, as duplicity does for a signing
// key that is also a recipient.
func signPassphrase(c Encryption) secret.Text {
	if c.SignPassphrase.IsEmpty() {
		return c.Passphrase
	}
	return c.SignPassphrase
}

// decryptConfig tries the passphrase for the message and for secret keys.
// With keys it may be that none is needed.
func decryptConfig(d Destination, passphrase func() (string, error)) (openpgp.DecryptConfig, error) {
	config := openpgp.DecryptConfig{SignKey: d.Encryption.SignKey}
	if d.Encryption.Mode == EncryptPassphrase {
		p, err := passphrase()
		if err != nil {
			return config, err
		}
		config.Passphrases = []string{p}
		return config, nil
	}
	for _, p := range []secret.Text{d.Encryption.Passphrase, d.Encryption.SignPassphrase} {
		if !p.IsEmpty() {
			config.Passphrases = append(config.Passphrases, p.Reveal())
		}
	}
	return config, nil
}
