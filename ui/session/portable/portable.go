// Package portable reads and writes the one file that all set-up is carried in:
// JSON, which is sealed as an OpenPGP message when it holds secrets, so that gpg
// opens it too. Start with Write and Read.
package portable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/duplicity/openpgp"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
)

// Setup is all that a person has set up.
type Setup struct {
	// Made is when the file was written, and Machine, User and Home where.
	Made                time.Time
	Machine, User, Home string
	// Preferences are choices for the whole program, by name.
	Preferences map[string]string `json:",omitempty"`
	Jobs        []Job
}

// Job is one backup.
type Job struct {
	Name string
	// Folders are absolute paths, raw bytes.
	Folders    [][]byte
	Rules      []settings.Rule `json:",omitempty"`
	Place      Place
	Encryption settings.Encryption
	Recipients []string `json:",omitempty"`
	Retention  string   `json:",omitempty"`
	FullEvery  int      `json:",omitempty"`
	Timing     settings.Timing
	// CheckEvery is in days, CheckFor in minutes.
	CheckEvery, CheckFor int
	Copies               []Place `json:",omitempty"`
	// Passphrase is "" where it is not known, or not to be carried.
	Passphrase string `json:",omitempty"`
}

// Place is a destination.
type Place struct {
	URL string
	// Raw is the URL where that is no text: JSON has no other place for it.
	Raw     []byte            `json:",omitempty"`
	Options map[string]string `json:",omitempty"`
	// Members are what makes one of several destinations; URL is the address of
	// their list where it was written.
	Members []destination.Member `json:",omitempty"`
	// Logins open it, in an order that follows from all else; "" is not known.
	Logins []string `json:",omitempty"`
}

// At is a place with an address.
func At(url string) Place {
	if utf8.ValidString(url) {
		return Place{URL: url}
	}
	return Place{Raw: []byte(url)}
}

// envelope is the file before it is sealed.
type envelope struct {
	Varve   string // what, always kind
	Version int
	Setup   *Setup
}

const (
	kind    = "settings"
	version = 1
	// largest is more than any set-up has, in bytes; mostJobs more than anybody has.
	largest  = 32 << 20
	mostJobs = 10_000
)

// The errors of this package. Decide with errors.Is.
var (
	ErrForeign    = errors.New("the file is no export of settings")
	ErrNewer      = errors.New("the file was written by a newer version of Varve")
	ErrDamaged    = errors.New("the file is cut short or altered")
	ErrSealed     = errors.New("the file wants its passphrase")
	ErrPassphrase = errors.New("the passphrase is not that of the file")
)

// Write writes a set-up, sealed unless the passphrase is empty.
func Write(ctx context.Context, w io.Writer, s *Setup, passphrase string) error {
	text, err := json.MarshalIndent(envelope{kind, version, s}, "", " ")
	if err != nil {
		return err
	}
	if passphrase == "" {
		_, err := w.Write(append(text, '\n'))
		return err
	}
	seal, err := openpgp.NewEncrypter(ctx, openpgp.EncryptConfig{Passphrase: passphrase, Compress: true})
	if err != nil {
		return err
	}
	message, err := seal.Encrypt(w)
	if err != nil {
		return err
	}
	_, err = message.Write(text)
	return errors.Join(err, message.Close())
}

// Read reads a set-up, and refuses whatever is not whole and in order.
func Read(ctx context.Context, r io.Reader, passphrase string) (*Setup, error) {
	text, err := readAll(r)
	if err != nil {
		return nil, err
	}
	if isSealed(text) {
		if text, err = open(ctx, text, passphrase); err != nil {
			return nil, err
		}
	}
	return Parse(text)
}

// isSealed tells a message for a passphrase, which begins with a packet of kind
// 3, in the newer or the older form.
func isSealed(text []byte) bool {
	return len(text) > 0 && (text[0] == 0xc3 || text[0]&^3 == 0x8c)
}

func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err == nil && len(text) > largest {
		err = fmt.Errorf("%w: it is larger than %d bytes", ErrForeign, largest)
	}
	return text, err
}

func open(ctx context.Context, sealed []byte, passphrase string) ([]byte, error) {
	if passphrase == "" {
		return nil, ErrSealed
	}
	opener, err := openpgp.NewDecrypter(ctx, openpgp.DecryptConfig{Passphrases: []string{passphrase}})
	if err != nil {
		return nil, err
	}
	plain, err := opener.Decrypt(bytes.NewReader(sealed))
	if err != nil {
		return nil, opening(err)
	}
	text, err := readAll(plain)
	if err = errors.Join(err, plain.Close()); err != nil {
		return nil, opening(err)
	}
	return text, nil
}

// opening says why a sealed file did not open.
func opening(err error) error {
	switch {
	case errors.Is(err, openpgp.ErrWrongPassphrase):
		return ErrPassphrase
	case errors.Is(err, openpgp.ErrDamaged):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fmt.Errorf("%w: %w", ErrForeign, err)
}

// Parse reads what is not sealed.
func Parse(text []byte) (*Setup, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, ErrForeign
	}
	var head struct {
		Varve   string
		Version int
	}
	err := json.Unmarshal(text, &head)
	switch syntax := (*json.SyntaxError)(nil); {
	case errors.As(err, &syntax) && bytes.Contains(text, []byte(`"Varve"`)):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil, head.Varve != kind, head.Version < 1:
		return nil, ErrForeign
	case head.Version > version:
		return nil, ErrNewer
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if e.Setup == nil || len(e.Setup.Jobs) > mostJobs {
		return nil, ErrDamaged
	}
	for i := range e.Setup.Jobs {
		if err := e.Setup.Jobs[i].check(); err != nil {
			return nil, fmt.Errorf("%w: backup %d: %w", ErrDamaged, i+1, err)
		}
	}
	return e.Setup, nil
}

// check refuses what no window could have set up.
func (j *Job) check() error {
	switch {
	case j.Name == "" || strings.ContainsRune(j.Name, 0):
		return errors.New("it has no name")
	case len(j.Folders) == 0:
		return errors.New("it has no folders")
	case !slices.Contains([]settings.Encryption{settings.Passphrase, settings.Keys, settings.None}, j.Encryption):
		return fmt.Errorf("there is no protection %q", j.Encryption)
	case j.FullEvery < 0 || j.CheckEvery < 0 || j.CheckFor < 0:
		return errors.New("a number of days is below zero")
	}
	for _, f := range j.Folders {
		if folder := string(f); !filepath.IsAbs(folder) || filepath.Clean(folder) != folder || strings.ContainsRune(folder, 0) {
			return fmt.Errorf("%q is no folder", folder)
		}
	}
	if _, err := retention.Parse(j.Retention); err != nil {
		return err
	}
	if err := j.Place.check(); err != nil {
		return err
	}
	for i := range j.Copies {
		if err := j.Copies[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Place) check() error {
	if p.Raw != nil {
		p.URL = string(p.Raw)
	}
	path, local := strings.CutPrefix(p.URL, "file://")
	if local && (!filepath.IsAbs(path) || strings.ContainsRune(path, 0)) {
		return fmt.Errorf("%q is no destination", p.URL)
	}
	if !destination.IsURL(p.URL) {
		return fmt.Errorf("%q is no destination", p.URL)
	}
	if _, err := destination.Parse(p.URL); err != nil && !local {
		return err
	}
	if _, several := destination.SeveralPath(p.URL); several != (len(p.Members) > 0) {
		return errors.New("a list of destinations is missing, or belongs to none")
	}
	return nil
}
