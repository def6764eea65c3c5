package mediafire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// upload sends a file into a folder, where it takes the place of one with the
// same name when MediaFire has put it together.
func (s *Store) upload(ctx context.Context, folder, name string, src backends.Source) error {
	dir, err := os.MkdirTemp("", "varve-mediafire-")
	if err != nil {
		return &transfer.SourceError{Err: err}
	}
	defer os.RemoveAll(dir)
	// The sum of all of it comes first, so that it is read twice.
	path := filepath.Join(dir, "object")
	if err := transfer.Spool(ctx, path, src); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return &transfer.SourceError{Err: err}
	}
	defer f.Close()
	sum, err := sumOf(f)
	if err != nil {
		return err
	}
	u := &sending{store: s, file: f, folder: folder, name: name, size: src.Size(), sum: sum}
	return u.run(ctx)
}

func sumOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", &transfer.SourceError{Err: err}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sending is an upload.
type sending struct {
	store        *Store
	file         *os.File
	folder, name string
	size         int64
	sum          string
}

// most bounds the pieces that MediaFire may ask for.
const most = 100_000

func (u *sending) run(ctx context.Context) error {
	r, err := u.store.client.call(ctx, "upload/check.php", url.Values{
		"filename": {u.name}, "size": {strconv.FormatInt(u.size, 10)}, "hash": {u.sum}, "folder_key": {u.folder}, "resumable": {"yes"},
	})
	if err != nil {
		return err
	}
	units, unitSize := int64(r.Resumable.Units), int64(r.Resumable.Size)
	switch {
	case r.StorageExceeded == "yes":
		return fmt.Errorf("%w: MediaFire has no room for %d bytes", backends.ErrFull, u.size)
	case u.size == 0:
		units, unitSize = 1, 1
	case units < 1 || units > most || unitSize < 1 || (u.size+unitSize-1)/unitSize != units:
		return fmt.Errorf("%w: MediaFire wants %d pieces of %d bytes for %d", backends.ErrTemporary, units, unitSize, u.size)
	}
	key := ""
	for i := range units {
		r, err := u.unit(ctx, i, unitSize)
		if err != nil {
			return err
		}
		if r.Upload.Key != "" {
			key = r.Upload.Key
		}
	}
	if key == "" {
		return fmt.Errorf("%w: MediaFire did not say what became of the upload", backends.ErrTemporary)
	}
	return u.wait(ctx, key)
}

// unit sends one piece.
func (u *sending) unit(ctx context.Context, i, unitSize int64) (*reply, error) {
	size := min(unitSize, u.size-i*unitSize)
	sum, err := sumOf(io.NewSectionReader(u.file, i*unitSize, size))
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	for name, value := range map[string]string{
		"x-filename": url.PathEscape(u.name), "x-filesize": strconv.FormatInt(u.size, 10), "x-filehash": u.sum,
		"x-unit-id": strconv.FormatInt(i, 10), "x-unit-hash": sum, "x-unit-size": strconv.FormatInt(size, 10),
	} {
		header.Set(name, value)
	}
	return u.store.client.within(ctx, func(token string) (*reply, error) {
		values := url.Values{"session_token": {token}, "folder_key": {u.folder}, "action_on_duplicate": {"replace"}}
		body := io.Reader(io.NewSectionReader(u.file, i*unitSize, size))
		if size == 0 {
			body = http.NoBody
		}
		return u.store.client.send(ctx, "upload/resumable.php", values, &unit{body: body, size: size, header: header})
	})
}

// An upload is asked about until it is done: often at first.
const (
	firstWait   = 50 * time.Millisecond
	longestWait = 5 * time.Second
	mostAsked   = 200 // some fifteen minutes
	done        = 99
)

// wait waits until MediaFire has put a file together.
func (u *sending) wait(ctx context.Context, key string) error {
	pause := firstWait
	for range mostAsked {
		r, err := u.store.client.call(ctx, "upload/poll_upload.php", url.Values{"key": {key}})
		if err != nil {
			return err
		}
		switch {
		case r.Upload.Result != 0 || r.Upload.FileError != "" && r.Upload.FileError != "0":
			return fmt.Errorf("%w: MediaFire could not put the file together (%s)", uploadClass(r.Upload.FileError), oneLine(r.Upload.FileError))
		case r.Upload.Status == done && (r.Upload.QuickKey == "" || int64(r.Upload.Size) != u.size):
			return fmt.Errorf("%w: it holds %d bytes instead of %d", backends.ErrCorrupt, r.Upload.Size, u.size)
		case r.Upload.Status == done:
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		pause = min(2*pause, longestWait)
	}
	return fmt.Errorf("%w: MediaFire is still putting the file together", backends.ErrTemporary)
}

// uploadClass is what a number of a failed upload means.
func uploadClass(number string) error {
	switch number {
	case "1": // larger than MediaFire takes
		return backends.ErrTooLarge
	case "14":
		return backends.ErrFull
	}
	return backends.ErrTemporary
}
