package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends"
)

// A folder is known again by a marker: a small file in it with an id that no
// other has. What a folder was known by when something was stored there last is
// remembered on this machine. So a mount point without its drive is no empty
// folder, and another drive at the same place is not taken for the right one.
//
// The file system alone would not do: FAT, exFAT, NTFS and XFS are told apart
// by the number of the device, which changes from one time to the next. It only
// counts where the marker is missing.

// markerName is neither listed nor stored. Other programs that keep backups in
// the folder, duplicity and restic, take no notice of it.
const markerName = ".varve-destination"

// markerText is what a person who opens the file should know.
const markerText = "Varve keeps backups in this folder, and knows the drive again by this file.\n" + markerKey + "%s\n"

const (
	markerKey  = "id: "
	markerSize = 16      // bytes of an id
	markerMost = 1 << 10 // bytes of the file that are read
)

// identity is what a folder was known by. The zero value is a folder that is
// not known.
type identity struct {
	Folder     string   `json:"folder"`
	Marker     string   `json:"marker"`
	FileSystem [2]int32 `json:"fileSystem"`
}

// identityFile is where the identity of a folder is remembered.
func identityFile(state, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(state, hex.EncodeToString(sum[:16])+".json")
}

// recall returns what is remembered of a folder. What cannot be read is as good
// as nothing: a backup must not stop over it, and the next Put replaces it.
func (o *Options) recall(dir string) (known identity) {
	if o.State == "" {
		return identity{}
	}
	text, err := os.ReadFile(identityFile(o.State, dir))
	if err != nil || json.Unmarshal(text, &known) != nil || known.Folder != dir {
		return identity{}
	}
	return known
}

// remember makes what a folder is known by durable.
func (o *Options) remember(known identity) error {
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.State, 0o700); err != nil {
		return err
	}
	temp, err := writeTemp(o.State, text)
	if err == nil {
		err = errors.Join(os.Rename(temp, identityFile(o.State, known.Folder)), syncFolder(o.State))
	}
	return err
}

// recognise refuses a folder on another drive than the one that is known.
func (o *Options) recognise(dir string, on fileSystem) error {
	known := o.recall(dir)
	if known.Marker == "" {
		return nil
	}
	marker, err := readMarker(dir)
	if err != nil {
		return err
	}
	return known.check(marker, on.id)
}

// recogniseMissing is recognise for a folder that is not there: if its drive is,
// it may be made anew.
func (o *Options) recogniseMissing(dir string) error {
	known := o.recall(dir)
	if known.Marker == "" {
		return nil
	}
	above := filepath.Dir(dir)
	var st unix.Statfs_t
	for errors.Is(unix.Statfs(above, &st), fs.ErrNotExist) {
		above = filepath.Dir(above)
	}
	return known.check("", st.Fsid)
}

// check tells whether the drive is the one that is known. marker is empty where
// there is none, or no folder.
func (known *identity) check(marker string, on unix.Fsid) error {
	switch {
	case known.Marker == "" || known.Marker == marker:
		return nil
	case marker != "":
		return fmt.Errorf("%w: another drive is connected than the one that was there before (the option %s is for drives that take turns)", backends.ErrOffline, anyDrive)
	case known.FileSystem == on.Val:
		return nil // the drive is there, and somebody emptied the folder
	}
	return fmt.Errorf("%w: its drive is not connected; what is there now does not have the file %s", backends.ErrOffline, markerName)
}

// readMarker returns the id of a folder, or "" where it has none.
func readMarker(dir string) (string, error) {
	f, err := os.OpenFile(filepath.Join(dir, markerName), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, markerMost))
	if err := errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return parseMarker(string(text)), nil
}

// parseMarker finds the id, in a file that may have been edited or torn.
func parseMarker(text string) string {
	for line := range strings.Lines(text) {
		id, found := strings.CutPrefix(strings.TrimRight(line, "\r\n"), markerKey)
		if b, err := hex.DecodeString(id); found && err == nil && len(b) == markerSize {
			return hex.EncodeToString(b)
		}
	}
	return ""
}

// makeMarker gives a folder an id, unless another program is faster. Anybody who
// reaches the folder may read it.
func makeMarker(dir string) error {
	id := make([]byte, markerSize)
	rand.Read(id)
	temp, err := writeTemp(dir, fmt.Appendf(nil, markerText, hex.EncodeToString(id)))
	if err != nil {
		return err
	}
	_ = os.Chmod(temp, 0o644) // FAT has no such thing
	path := filepath.Join(dir, markerName)
	if os.Link(temp, path) != nil {
		// FAT has no links either, and a torn marker may be in the way.
		if marker, rerr := readMarker(dir); rerr != nil || marker == "" {
			return errors.Join(os.Rename(temp, path), syncFolder(dir))
		}
	}
	return errors.Join(os.Remove(temp), syncFolder(dir))
}

// writeTemp makes a temporary file with a durable content.
func writeTemp(dir string, text []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, tempPrefix+"*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// mark makes the folder one that is known again, when something is stored there
// for the first time. A drive that takes no marker is as good without: what was
// stored counts, and the next Put tries again.
func (s *Store) mark() {
	s.marking.Lock()
	defer s.marking.Unlock()
	if s.marked || s.options.State == "" || s.options.Trial {
		return
	}
	marker, err := readMarker(s.dir)
	if err == nil && marker == "" {
		if err = makeMarker(s.dir); err == nil {
			marker, err = readMarker(s.dir)
		}
	}
	s.marked = err == nil && s.options.remember(identity{s.dir, marker, s.on.id.Val}) == nil
}
