package duplicity

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// copyJournal notes, in the archive directory of the target, which files of a
// set were copied, with the hashes that its manifest will need. An encrypted
// file is another each time, so that without it everything would be copied
// again after a crash.
type copyJournal struct {
	file  *os.File
	files map[string]copiedFile
}

const copyJournalName = "varve-copy.journal"

// copiedSet is the journal's first line.
type copiedSet struct {
	Full       bool      `json:"full"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Protection string    `json:"protection"`
	// Source are the names and sizes of the files that are copied.
	Source []string `json:"source"`
}

// copiedFile is a further line.
type copiedFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	SHA1 []byte `json:"sha1"`
}

// is tells that the journal is of a set; nil is of none.
func (c *copiedSet) is(s *Set) bool {
	return c != nil && c.Full == s.Full && c.Start.Equal(s.Start) && c.End.Equal(s.End)
}

// begunCopy returns the set whose copying was begun and not ended, or nil.
func (a *Archive) begunCopy() (*copiedSet, error) {
	f, err := os.Open(a.cached(copyJournalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was copied: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadBytes('\n')
	c := &copiedSet{}
	if err != nil || json.Unmarshal(line, c) != nil {
		return nil, nil // it was cut before anything was copied
	}
	return c, nil
}

// openCopyJournal takes up the journal of the same set, or begins one.
func (a *Archive) openCopyJournal(from *Archive, s *Set) (*copyJournal, error) {
	head := copiedSet{Full: s.Full, Start: s.Start.UTC(), End: s.End.UTC(), Protection: a.codec.Protection}
	for n, f := range s.Volumes {
		head.Source = append(head.Source, fmt.Sprint(n, " ", from.naming.Format(f.Name), " ", f.Size))
	}
	slices.Sort(head.Source)
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	j := &copyJournal{files: map[string]copiedFile{}}
	path := a.cached(copyJournalName)
	keep, err := j.read(path, string(line))
	if err != nil {
		return nil, fmt.Errorf("reading what was copied: %w", err)
	}
	if j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("noting what is copied: %w", err)
	}
	err = j.file.Truncate(keep)
	if err == nil {
		_, err = j.file.Seek(keep, 0)
	}
	if err == nil && keep == 0 {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("noting what is copied: %w", err), j.file.Close())
	}
	return j, nil
}

// read returns how much of a journal counts: its whole lines, when its head is
// the one that is wanted.
func (j *copyJournal) read(path, head string) (keep int64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	line, err := r.ReadString('\n')
	if err != nil || line != head+"\n" {
		return 0, nil // another set's, or cut
	}
	keep = int64(len(line))
	for {
		line, err := r.ReadString('\n')
		var c copiedFile
		if err != nil || json.Unmarshal([]byte(line), &c) != nil {
			return keep, nil // what was cut counts for nothing
		}
		j.files[c.Name] = c
		keep += int64(len(line))
	}
}

// holds returns the hash of a file that was copied and is there.
func (j *copyJournal) holds(name string, there []storedName) ([]byte, bool) {
	c, ok := j.files[name]
	return c.SHA1, ok && slices.ContainsFunc(there, func(f storedName) bool { return f.Stored == name && f.Size == c.Size })
}

func (j *copyJournal) add(name string, size int64, sum []byte) error {
	line, err := json.Marshal(copiedFile{name, size, sum})
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("noting what is copied: %w", err)
	}
	return nil
}

// done forgets a set that is whole.
func (j *copyJournal) done() error {
	if err := os.Remove(j.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("noting what is copied: %w", err)
	}
	return nil
}

func (j *copyJournal) close() error { return j.file.Close() }
