package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/varve-backup/varve/engine/drill"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// DrillPlan says how a restore is tried out.
type DrillPlan struct {
	Destination Destination
	// Root is the folder that the versions are of, "" when it is not here: then
	// nothing can be compared with it.
	Root string
	// Scratch is the folder to restore into. Whatever it holds is removed, and it
	// is gone afterwards.
	Scratch string
	// Files and Bytes bound what is restored. Half of it is of the newest
	// version, the rest of Older others.
	Files int
	Bytes int64
	Older int
	// Random chooses; nil is chance.
	Random *rand.Rand
}

// Drilled is what a drill brought.
type Drilled struct {
	// Versions, Files and Bytes came back whole. Compared of the files lie
	// unchanged in their folder, and are the same there.
	Versions, Files int
	Bytes           int64
	Compared        int
	// Broken did not come back, or not whole.
	Broken []DrillFinding
	// Differs came back whole, and are not what lies in their folder although
	// their size and time say so.
	Differs []DrillFinding
}

// DrillFinding is a file, and what is wrong with it.
type DrillFinding struct {
	Path    string
	Version Version
	Err     error
}

// Drill makes a job that restores files chosen at random into a folder of its
// own, and compares them with what the versions say and with those that they are
// of. done is called with what came of it, also when it ends early.
func (e *Engine) Drill(p DrillPlan, done func(Drilled)) *Job {
	return e.job("trying out a restore", func(j jobRun) (Summary, error) {
		d := &drilling{jobRun: j, engine: e, plan: p, problems: map[string]error{}}
		if d.plan.Random == nil {
			d.plan.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // nobody gains by guessing the files
		}
		sum, err := d.run()
		done(d.result)
		return sum, err
	})
}

// drilling is a drill that runs.
type drilling struct {
	jobRun
	engine *Engine
	plan   DrillPlan
	// problems are of the version at hand, by path.
	problems map[string]error
	result   Drilled
}

// drilled is a version, and what of it is restored.
type drilled struct {
	openVersion
	files []repository.Entry
}

func (d *drilling) run() (sum Summary, err error) {
	d.report(PhaseChanged{Preparing})
	watch := d.observer()
	archive, err := d.engine.openArchive(d.ctx, d.plan.Destination, watch, false)
	if err != nil {
		return sum, err
	}
	defer archive.close()
	if err := d.clear(); err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, d.clear()) }()
	versions, err := d.choose(archive)
	if err != nil {
		return sum, err
	}
	d.listen()
	d.report(PhaseChanged{Working})
	for i := range versions {
		if err := d.try(&versions[i], filepath.Join(d.plan.Scratch, strconv.Itoa(i)), watch); err != nil {
			return sum, err
		}
	}
	return Summary{Version: versions[0].version(), Files: int64(d.result.Files), Bytes: d.result.Bytes}, nil
}

// clear removes the folder to restore into. What came back in it may be closed
// to us.
func (d *drilling) clear() error {
	_ = filepath.WalkDir(d.plan.Scratch, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // a folder needs to be entered
		}
		return nil
	})
	return os.RemoveAll(d.plan.Scratch)
}

// listen keeps what is wrong with files.
func (d *drilling) listen() {
	told := d.watch
	d.watch = func(e Event) {
		if f, ok := e.(FileProblem); ok && f.Problem == repository.NotRestored {
			d.problems[f.Path] = f.Err
		}
		if told != nil {
			told(e)
		}
	}
}

// choose chooses versions, and files in each.
func (d *drilling) choose(a archive) ([]drilled, error) {
	newest, err := pick(d.ctx, a, Moment{})
	if err != nil {
		return nil, err
	}
	chosen := []openVersion{newest}
	if d.plan.Older > 0 {
		others, err := d.others(a, newest)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, others...)
	}
	var all []drilled
	files, bytes := d.plan.Files, d.plan.Bytes
	for i, v := range chosen {
		left := len(chosen) - i // they share the rest
		most, room := files/left, bytes/int64(left)
		if i == 0 && left > 1 {
			most, room = (files+1)/2, bytes/2
		}
		one, took, err := d.sample(v, most, room)
		if err != nil {
			return nil, err
		}
		files, bytes = files-len(one.files), bytes-took
		all = append(all, one)
		d.totalFiles.Add(int64(len(one.files)))
		d.totalBytes.Add(took)
	}
	d.counted.Store(true)
	return all, nil
}

// others are some of the older versions of the same folders.
func (d *drilling) others(a archive, newest openVersion) ([]openVersion, error) {
	all, err := a.all(d.ctx)
	if err != nil && len(all) == 0 {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v openVersion) bool {
		return v.version().ID == newest.version().ID || v.version().Partial || sourceKey(v) != sourceKey(newest)
	})
	var some []openVersion
	for _, i := range drill.Some(d.plan.Random, d.plan.Older, len(all)) {
		some = append(some, all[i])
	}
	return some, nil
}

// sample chooses files of a version, and returns how many bytes they have.
func (d *drilling) sample(v openVersion, most int, room int64) (drilled, int64, error) {
	listing, err := v.browse(d.ctx)
	if err != nil {
		return drilled{}, 0, err
	}
	defer listing.Close()
	s := drill.New(d.plan.Random, most, room)
	for e, err := range listing.Walk(d.ctx, "") {
		if err != nil {
			return drilled{}, 0, err
		}
		if e.Type == repository.File {
			s.Add(e)
		}
	}
	files, bytes := s.Chosen()
	return drilled{v, files}, bytes, nil
}

// try restores the files of a version, and judges them.
func (d *drilling) try(v *drilled, target string, watch repository.Observer) error {
	if len(v.files) == 0 {
		return nil
	}
	clear(d.problems)
	var paths []string
	for _, f := range v.files {
		paths = append(paths, f.Path)
	}
	contents, err := v.contents(d.ctx, paths)
	if err != nil {
		return err
	}
	p := RestorePlan{Paths: paths, Target: target, Owner: restore.None}
	_, err = d.engine.bringBack(d.jobRun, p, contents, watch)
	if err = errors.Join(err, contents.Close()); d.ctx.Err() != nil {
		return err
	}
	if err != nil && endsRun(err) {
		return err
	}
	broken := len(d.result.Broken)
	for i := range v.files {
		d.judge(v, &v.files[i], target)
	}
	if err != nil && len(d.result.Broken) == broken {
		return err // it is not about one of the files
	}
	d.result.Versions++
	return d.ctx.Err()
}

// judge looks at one file that came back.
func (d *drilling) judge(v *drilled, stored *repository.Entry, target string) {
	path := stored.Path
	back, err := os.Lstat(filepath.Join(target, path))
	switch {
	case err != nil:
		err = errors.Join(d.problems[path], err)
	case !back.Mode().IsRegular():
		err = fmt.Errorf("it came back as %s", back.Mode().Type())
	case stored.Size >= 0 && back.Size() != stored.Size:
		err = fmt.Errorf("it came back with %d bytes, and had %d", back.Size(), stored.Size)
	default:
		err = d.problems[path]
	}
	if err != nil {
		d.result.Broken = append(d.result.Broken, DrillFinding{path, v.version(), err})
		return
	}
	d.result.Files++
	d.result.Bytes += back.Size()
	if d.plan.Root == "" {
		return
	}
	same, told := sameAsFolder(d.ctx, filepath.Join(target, path), filepath.Join(d.plan.Root, path), stored)
	switch {
	case told && same:
		d.result.Compared++
	case told:
		d.result.Differs = append(d.result.Differs, DrillFinding{path, v.version(), errDiffers})
	}
}

// errDiffers is what is wrong with a file that nobody seems to have changed.
var errDiffers = errors.New("the file in its folder has other content, and the same size and time")

// sameAsFolder compares what came back with the file that it is of. told is
// false where that was changed, is gone, or cannot be read.
func sameAsFolder(ctx context.Context, back, path string, stored *repository.Entry) (same, told bool) {
	before, err := os.Lstat(path)
	if err != nil || !unchanged(before, stored) {
		return false, false
	}
	same, err = SameFiles(ctx, back, path)
	after, statErr := os.Lstat(path)
	return same, err == nil && statErr == nil && unchanged(after, stored)
}

// unchanged tells that a file looks as when it was stored.
func unchanged(now os.FileInfo, stored *repository.Entry) bool {
	e := repository.Entry{ModTime: now.ModTime(), HasNanoseconds: true}
	return now.Mode().IsRegular() && now.Size() == stored.Size && sameTime(stored, &e)
}
