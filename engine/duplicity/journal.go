package duplicity

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/manifest"
)

// journalName is the file in the archive directory that says how far an
// unfinished run came. duplicity ignores it: its own record, manifest.part
// and sigtar.part, is written beside it in duplicity's layout.
const journalName = "varve-run.jsonl"

// journal is the record of one run: a header line, then one line for every
// volume that is durable at the destination. It is only ever appended to, so
// a crash costs at most its last line.
type journal struct {
	file *os.File
}

// runHeader begins a journal.
type runHeader struct {
	Full  bool      `json:"full"`
	Start time.Time `json:"start,omitzero"` // of an incremental set: what it builds on
	Time  time.Time `json:"time"`
	// Protection is the encryption mode, so that a set is never continued
	// under another.
	Protection string   `json:"protection"`
	Root       pathText `json:"root"`
}

// volumeMark is one durable volume, and where the run stood at its end.
type volumeMark struct {
	Number int               `json:"n"`
	First  manifest.Position `json:"first"`
	Last   manifest.Position `json:"last"`
	SHA1   []byte            `json:"sha1"`
	Size   int64             `json:"size"`
	// Signatures and List are the lengths of sigtar.part and of the file
	// list that belong to items finished before the border.
	Signatures int64 `json:"sig"`
	List       int64 `json:"list"`
	// Open is the item that the border cuts, nil when it lies between items.
	Open *openItem `json:"open,omitempty"`
}

// manifestMark tells that the manifest is on its way, and how long it is: one
// that arrived in part would make a version that cannot be read.
type manifestMark struct {
	Size int64 `json:"manifest"`
}

// recordedRun is what the journal of an unfinished run says.
type recordedRun struct {
	header runHeader
	marks  []volumeMark
	// manifest is the length of its manifest, 0 when it was not yet stored.
	manifest int64
}

// openItem identifies what has been stored of an item that goes on in the
// next volume: a run may continue it only if the same bytes come again.
type openItem struct {
	Path    pathText  `json:"path"`
	ModTime time.Time `json:"mtime"`
	Size    int64     `json:"size"`
	Delta   bool      `json:"delta"`
	Chunks  int64     `json:"chunks"`
	SHA256  []byte    `json:"sha256"` // of all chunks so far
}

// pathText is a path, whose bytes may be no UTF-8, as JSON can hold it.
type pathText string

// MarshalText keeps every byte.
func (p pathText) MarshalText() ([]byte, error) {
	return []byte(base64.StdEncoding.EncodeToString([]byte(p))), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *pathText) UnmarshalText(b []byte) error {
	path, err := base64.StdEncoding.DecodeString(string(b))
	*p = pathText(path)
	return err
}

// createJournal begins the journal of a new run in dir.
func createJournal(dir string, h runHeader) (*journal, error) {
	f, err := os.OpenFile(filepath.Join(dir, journalName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("beginning the run's journal: %w", err)
	}
	j := &journal{f}
	if err := j.append(h); err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

// volume records that a volume is durable.
func (j *journal) volume(v volumeMark) error { return j.append(v) }

// manifest records that the manifest is about to be stored.
func (j *journal) manifest(size int64) error { return j.append(manifestMark{size}) }

func (j *journal) append(line any) error {
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("writing the run's journal: %w", err)
	}
	if _, err := j.file.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("writing the run's journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("writing the run's journal: %w", err)
	}
	return nil
}

func (j *journal) close() error { return j.file.Close() }

// readJournal returns what an unfinished run recorded in dir. A run that left
// no readable header yields nil; a torn last line is dropped.
func readJournal(dir string) (*recordedRun, error) {
	f, err := os.Open(filepath.Join(dir, journalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseJournal(f)
}

func parseJournal(r io.Reader) (*recordedRun, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	run := &recordedRun{}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &run.header) != nil || run.header.Time.IsZero() {
		return nil, lines.Err()
	}
	for lines.Scan() {
		var v struct {
			volumeMark
			manifestMark
		}
		if json.Unmarshal(lines.Bytes(), &v) != nil {
			break
		}
		if v.Number == 0 && v.manifestMark.Size > 0 {
			run.manifest = v.manifestMark.Size
			break
		}
		if v.Number != len(run.marks)+1 || v.Signatures < 0 || v.List < 0 {
			break
		}
		run.marks = append(run.marks, v.volumeMark)
	}
	return run, nil //nolint:nilerr // what was cut counts for nothing
}
