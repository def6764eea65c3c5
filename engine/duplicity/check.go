package duplicity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/collection"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/reread"
	"github.com/varve-backup/varve/engine/zone"
)

// Finding is one thing that a check found.
type Finding struct {
	Severity repository.Severity
	// Text is one sentence or two.
	Text string
	// File is the stored file that is meant, "" for none.
	File string
	// Versions are those that are not whole for it, oldest first.
	Versions []time.Time
	// Err is the cause, if there was one.
	Err error
}

// Checked is how much Check looked at.
type Checked struct {
	Versions, Volumes int
	// FilesRead and BytesRead were read to the last byte.
	FilesRead int
	BytesRead int64
	// Fresh is how much of volumes and signatures was read to the last byte
	// lately, this time included.
	Fresh reread.Fresh
}

// recordName is the record of what was read, in the archive directory. It looks
// like nothing of duplicity's, which passes over it.
const recordName = "varve-reread"

// Check proves what is stored, and tells report of everything that is wrong,
// from one goroutine: that every version has all its files, by the names and the
// manifests, and as much of the volumes and signatures as the plan says, by
// reading them. It changes nothing. The error says why Check itself could not go
// on, never what it found.
func (a *Archive) Check(ctx context.Context, plan reread.Plan, report func(Finding)) (Checked, error) {
	if err := plan.Validate(); err != nil {
		return Checked{}, err
	}
	inv, err := a.inventory(ctx)
	if err != nil {
		return Checked{}, err
	}
	c := &checker{Archive: a, report: report, files: map[string]checkedFile{}}
	c.leftovers(inv.Collection)
	for _, chain := range inv.Chains {
		for i := range chain {
			if err := c.set(ctx, chain, i); err != nil {
				return c.result, err
			}
		}
	}
	return c.result, c.read(ctx, plan)
}

// checker is one call of Check.
type checker struct {
	*Archive
	report func(Finding)
	result Checked
	// files are those that can be read, by their names.
	files map[string]checkedFile
}

// checkedFile is a volume or a signature archive.
type checkedFile struct {
	storedName
	volume *manifest.Volume // nil for signatures
	// versions need it.
	versions []time.Time
}

// leftovers tells of what belongs to no version.
func (c *checker) leftovers(all *collection.Collection) {
	for i := range all.Orphaned {
		t := all.Orphaned[i].End
		c.report(Finding{Severity: repository.Lost, Versions: []time.Time{t}, Text: fmt.Sprintf(
			"The version of %s builds on one that is not there: it cannot be restored.", moment(t))})
	}
	for i := range all.Incomplete {
		c.report(Finding{Severity: repository.Hint, Text: fmt.Sprintf(
			"An unfinished run of %s left %d volumes. The next run goes on with them, or cleanup removes them.", moment(all.Incomplete[i].End), len(all.Incomplete[i].Volumes))})
	}
	for _, f := range all.Leftover {
		c.report(Finding{Severity: repository.Hint, File: f.Stored, Text: fmt.Sprintf("The signatures %s belong to no version. cleanup removes them.", f.Stored)})
	}
}

// set looks whether everything of a version is there.
func (c *checker) set(ctx context.Context, chain collection.Chain, i int) error {
	set := &chain[i]
	c.result.Versions++
	needed := timesOf(chain[i:])
	if set.Signature.Stored == "" {
		c.report(Finding{Severity: repository.Damaged, Text: fmt.Sprintf(
			"The version of %s has no signatures: everything can be restored, and the next backup begins anew.", moment(set.End))})
	} else {
		c.files[set.Signature.Stored] = checkedFile{set.Signature, nil, nil}
	}
	m, err := c.storedManifest(ctx, set)
	if errors.Is(err, ErrManifest) {
		c.report(Finding{Severity: repository.Lost, File: set.Manifest.Stored, Versions: needed, Err: err, Text: fmt.Sprintf(
			"The list of the volumes of %s, %s, cannot be read: %s cannot be restored.", moment(set.End), set.Manifest.Stored, named(needed))})
		return nil
	}
	if err != nil {
		return err
	}
	for j := range m.Volumes {
		c.volume(set, &m.Volumes[j], needed)
	}
	for _, n := range slices.Sorted(volumesBeyond(set, m)) {
		f := set.Volumes[n]
		c.report(Finding{Severity: repository.Hint, File: f.Stored, Text: fmt.Sprintf("The volume %s is none that its version knows. It takes room, and nothing needs it.", f.Stored)})
	}
	return nil
}

// storedManifest reads the manifest that is stored, unless only somebody else
// can.
func (c *checker) storedManifest(ctx context.Context, set *Set) (*manifest.Manifest, error) {
	if set.Manifest.Name.Encrypted && !c.codec.CanRead {
		return c.manifestOf(ctx, set)
	}
	return c.fetchManifest(ctx, set)
}

func (c *checker) volume(set *Set, v *manifest.Volume, needed []time.Time) {
	f, ok := set.Volumes[v.Number]
	if !ok {
		c.report(Finding{Severity: repository.Lost, File: c.missingName(set, v.Number), Versions: needed, Text: fmt.Sprintf(
			"The %s is missing: %s cannot be restored whole.", fileOf(set, v.Number), named(needed))})
		return
	}
	c.result.Volumes++
	c.files[f.Stored] = checkedFile{f, v, needed}
}

// volumesBeyond are the volumes that a manifest does not name.
func volumesBeyond(set *Set, m *manifest.Manifest) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := range set.Volumes {
			known := slices.ContainsFunc(m.Volumes, func(v manifest.Volume) bool { return v.Number == n })
			if !known && !yield(n) {
				return
			}
		}
	}
}

// read reads files to the last byte, those first that were read longest ago.
func (c *checker) read(ctx context.Context, plan reread.Plan) (err error) {
	record := reread.Load(filepath.Join(c.cacheDir, recordName))
	defer func() { c.result.Fresh = record.Since(c.now().Add(-reread.Lately), c.sizes()) }()
	if plan.Mode == reread.Nothing {
		return nil
	}
	defer func() { err = errors.Join(err, record.Save()) }()
	record.Keep(func(yield func(string) bool) { c.sizes()(func(name string, _ int64) bool { return yield(name) }) })
	budget := plan.Begin(c.now)
	for _, name := range c.chosen(plan, record) {
		f := c.files[name]
		if !budget.Take(f.Size) {
			return nil
		}
		bad := c.prove(ctx, &f)
		if ctx.Err() != nil || bad != nil && isOutside(bad) && !errors.Is(bad, backends.ErrNotExist) {
			return errors.Join(bad, context.Cause(ctx))
		}
		c.result.FilesRead++
		c.result.BytesRead += f.Size
		if bad != nil {
			c.damaged(&f, bad)
		}
		if err := record.Note(name, bad == nil, c.now()); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) sizes() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for name, f := range c.files {
			if !yield(name, f.Size) {
				return
			}
		}
	}
}

// chosen are the files to read.
func (c *checker) chosen(plan reread.Plan, record *reread.Record) (names []string) {
	for name := range c.files {
		if plan.Includes(sha256.Sum256([]byte(name))[0]) {
			names = append(names, name)
		}
	}
	record.Sort(names)
	return names
}

// prove reads a file: a volume must have the hash that its manifest has of it,
// signatures must open to their end.
func (c *checker) prove(ctx context.Context, f *checkedFile) error {
	src, err := c.store.Get(ctx, f.Stored, 0, -1)
	if err != nil {
		return err
	}
	return errors.Join(c.proveFrom(ctx, f, src), src.Close())
}

// proveFrom is prove for a file that is open.
func (c *checker) proveFrom(ctx context.Context, f *checkedFile, src io.Reader) error {
	if f.volume == nil {
		return c.proveContent(ctx, f, src)
	}
	sum, want := hashOf(f.volume)
	if _, err := copyObserved(ctx, c.Archive, sum, src); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(sum.Sum(nil), want) != 1 {
		return ErrHash
	}
	return nil
}

func (c *checker) proveContent(ctx context.Context, f *checkedFile, src io.Reader) error {
	if f.Name.Encrypted && !c.codec.CanRead {
		_, err := copyObserved(ctx, c.Archive, io.Discard, src)
		return err
	}
	plain, err := c.codec.reader(src, f.Name)
	if err != nil {
		return damage(err)
	}
	_, err = copyObserved(ctx, c.Archive, io.Discard, plain)
	return damage(errors.Join(err, plain.Close()))
}

func (c *checker) damaged(f *checkedFile, err error) {
	if f.volume == nil {
		c.report(Finding{Severity: repository.Damaged, File: f.Stored, Err: err, Text: fmt.Sprintf(
			"The signatures %s are damaged: everything can be restored, and a backup from another computer, or with an empty cache, begins anew.", f.Stored)})
		return
	}
	c.report(Finding{Severity: repository.Lost, File: f.Stored, Versions: f.versions, Err: err, Text: fmt.Sprintf(
		"The volume %s is damaged: what lies in it is lost for %s.", f.Stored, named(f.versions))})
}

func timesOf(chain collection.Chain) (all []time.Time) {
	for i := range chain {
		all = append(all, chain[i].End)
	}
	return all
}

// named names versions in a sentence.
func named(versions []time.Time) string {
	if len(versions) == 1 {
		return "the version of " + moment(versions[0])
	}
	return fmt.Sprintf("the versions from %s to %s", moment(versions[0]), moment(versions[len(versions)-1]))
}

func moment(t time.Time) string { return zone.Of(t).Format(time.DateTime) }
