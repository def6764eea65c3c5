package engine

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/source"
)

// PreviewPlan says of which backup it is to be told what it takes.
type PreviewPlan struct {
	// Root and Rules are those of the backup: see FoldersPlan.
	Root  string
	Rules []selection.Condition
	// Offers are further rules, each of several conditions that leave something
	// out. It is told what they would take out of what is kept.
	Offers [][]selection.Condition
}

// Tally counts regular files and their bytes.
type Tally struct{ Files, Bytes int64 }

func (t *Tally) add(o Tally) {
	t.Files += o.Files
	t.Bytes += o.Bytes
}

// Counted is what a preview has met so far.
type Counted struct {
	// Kept is what a backup takes, and Out what rules take out. What lies in no
	// folder that was chosen is neither.
	Kept, Out Tally
	// Rules is what each rule decided on: what is kept by those that include, and
	// what is taken out by all others.
	Rules []Tally
	// Offers is what each offer would take out.
	Offers []Tally
	// Unreadable counts folders and files that cannot be looked at, and Paths are
	// the first of them, relative to the root.
	Unreadable int64
	Paths      []string
}

// Preview is what a backup would take.
type Preview struct {
	Counted
	// Top is the root.
	Top *PreviewFolder
	// Clipped tells that there are folders deep down which are counted in those
	// above them and not told of on their own.
	Clipped bool
}

// PreviewFolder is a folder with all that lies in it.
type PreviewFolder struct {
	Name string
	Kept Tally
	// Out is what rules take out, most bytes first.
	Out     []RuleTally
	Folders []*PreviewFolder
}

// RuleTally is what one rule takes out of a folder.
type RuleTally struct {
	Rule int // its index
	Tally
}

// mostFolders bounds what a preview tells of, and mostPaths what it names.
const (
	mostFolders = 50_000
	mostPaths   = 50
)

// tellEvery is the pace at which a preview tells how far it is.
const tellEvery = 150 * time.Millisecond

// Preview walks through a folder as a backup does, and tells what becomes of all
// that it meets. It reads names and sizes alone, and writes nothing. tell hears
// how far it is, now and then; what it is handed is its own.
func (e *Engine) Preview(ctx context.Context, p PreviewPlan, tell func(Counted)) (*Preview, error) {
	rules, err := selection.New(p.Root, p.Rules)
	if err != nil {
		return nil, classify(ctx, "counting what is kept", errors.Join(errInvalid, err))
	}
	v := &previewer{plan: p, rules: rules, tell: tell, told: time.Now(), root: p.Root}
	v.result.Rules, v.result.Offers = make([]Tally, len(p.Rules)), make([]Tally, len(p.Offers))
	for _, o := range p.Offers {
		r, err := selection.New(p.Root, o)
		if err != nil {
			return nil, classify(ctx, "counting what is kept", errors.Join(errInvalid, err))
		}
		v.offers = append(v.offers, r)
	}
	if err := v.walk(ctx); err != nil {
		return nil, classify(ctx, "counting what is kept", err)
	}
	v.result.Top.sort()
	return &v.result, nil
}

// previewer is one count.
type previewer struct {
	ctx    context.Context //nolint:containedctx // of the walk, for what it calls
	plan   PreviewPlan
	root   string
	rules  *selection.Rules
	offers []*selection.Rules
	result Preview
	tell   func(Counted)
	told   time.Time
	met    int
	made   int // folders that are told of

	// open are the folders from the root to where the walk is.
	open []openFolder
	// judged is what was decided on the item that is yielded next.
	judged struct {
		condition, offer int
	}
	// offered is the folder that an offer takes out as a whole, by is the offer.
	offered string
	by      int

	// each hears of every file, for tests: the rule that decided, and whether the
	// file is kept. It may be nil.
	each func(path string, rule int, kept bool)
}

type openFolder struct {
	path   string
	folder *PreviewFolder
}

func (v *previewer) walk(ctx context.Context) error {
	v.ctx, v.by = ctx, -1
	tree, err := source.Open(v.root, source.Options{Select: v.judge, Watch: v.observer("")})
	if err != nil {
		return err
	}
	defer tree.Close()
	v.root = tree.Root()
	v.result.Top = &PreviewFolder{Name: filepath.Base(v.root)}
	v.open = []openFolder{{"", v.result.Top}}
	for e, err := range tree.Glance(ctx) {
		switch {
		case err != nil:
			return err
		case e.Type == repository.Dir && e.Path != "":
			v.at(e.Path, true)
		case e.Type == repository.File:
			v.keep(e)
		}
		v.step()
	}
	return ctx.Err()
}

// observer notes what cannot be looked at below a folder.
func (v *previewer) observer(below string) repository.Observer {
	o := repository.Ignore()
	o.Problem = func(path string, p repository.Problem, _ error) {
		if p != repository.Unreadable {
			return
		}
		v.result.Unreadable++
		if len(v.result.Paths) < mostPaths {
			v.result.Paths = append(v.result.Paths, strings.TrimPrefix(below+"/"+path, "/"))
		}
	}
	return o
}

// judge decides as a backup does, and counts what is left out.
func (v *previewer) judge(item selection.Item) (selection.Verdict, error) {
	condition, verdict := v.rules.Explain(item)
	v.judged.condition, v.judged.offer = condition, -1
	switch {
	case verdict == selection.Include:
		v.judged.offer = v.offer(item)
	case verdict == selection.Exclude && condition >= 0:
		v.leave(item, condition)
	}
	return verdict, v.ctx.Err()
}

// offer is the offer that would take an item out, -1 for none.
func (v *previewer) offer(item selection.Item) int {
	if v.by >= 0 && repository.Contains(v.offered, item.Path) {
		return v.by
	}
	v.by = -1
	for i, o := range v.offers {
		if _, verdict := o.Explain(item); verdict != selection.Exclude {
			continue
		}
		if item.Type == repository.Dir {
			v.offered, v.by = item.Path, i
		}
		return i
	}
	return -1
}

// at opens the folder that counts for what lies at path: that itself, if own is
// set, and else the one that holds it.
func (v *previewer) at(path string, own bool) {
	if !own {
		path = parent(path)
	}
	for !repository.Contains(v.open[len(v.open)-1].path, path) {
		v.open = v.open[:len(v.open)-1]
	}
	for top := v.open[len(v.open)-1]; top.path != path; top = v.open[len(v.open)-1] {
		if v.made == mostFolders {
			v.result.Clipped = true
			return
		}
		v.made++
		next := path
		if rest := strings.TrimPrefix(path[len(top.path):], "/"); strings.Contains(rest, "/") {
			next = path[:len(path)-len(rest)+strings.IndexByte(rest, '/')]
		}
		f := &PreviewFolder{Name: next[strings.LastIndexByte(next, '/')+1:]}
		top.folder.Folders = append(top.folder.Folders, f)
		v.open = append(v.open, openFolder{next, f})
	}
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// keep counts a file that a backup takes.
func (v *previewer) keep(e *repository.Entry) {
	t := Tally{1, e.Size}
	v.at(e.Path, false)
	v.result.Kept.add(t)
	for i := range v.open {
		v.open[i].folder.Kept.add(t)
	}
	// The root, where it is a file, is not judged.
	if c := v.judged.condition; e.Path != "" && c >= 0 {
		v.result.Rules[c].add(t)
	}
	if o := v.judged.offer; e.Path != "" && o >= 0 {
		v.result.Offers[o].add(t)
	}
	if v.each != nil {
		v.each(e.Path, v.judged.condition, true)
	}
}

// leave counts what a rule takes out, with all below it.
func (v *previewer) leave(item selection.Item, rule int) {
	switch item.Type {
	case repository.File:
		info, err := os.Lstat(filepath.Join(v.root, item.Path))
		if err != nil {
			return // gone meanwhile
		}
		v.at(item.Path, false)
		v.out(item.Path, rule, info.Size())
	case repository.Dir:
		v.leaveFolder(item.Path, rule)
	}
	v.step()
}

// leaveFolder counts a folder that is not looked into by a backup. What cannot
// be read in it is no loss.
func (v *previewer) leaveFolder(path string, rule int) {
	tree, err := source.Open(filepath.Join(v.root, path), source.Options{})
	if err != nil {
		return
	}
	defer tree.Close()
	v.at(path, true)
	for e, err := range tree.Glance(v.ctx) {
		if err != nil {
			return
		}
		if e.Type == repository.File {
			v.out(path+"/"+e.Path, rule, e.Size)
		}
		v.step()
	}
}

// out counts a file that a rule takes out of the folders that are open.
func (v *previewer) out(path string, rule int, size int64) {
	t := Tally{1, size}
	v.result.Out.add(t)
	v.result.Rules[rule].add(t)
	for i := range v.open {
		v.open[i].folder.lose(rule, t)
	}
	if v.each != nil {
		v.each(path, rule, false)
	}
}

func (f *PreviewFolder) lose(rule int, t Tally) {
	i := slices.IndexFunc(f.Out, func(o RuleTally) bool { return o.Rule == rule })
	if i < 0 {
		i = len(f.Out)
		f.Out = append(f.Out, RuleTally{Rule: rule})
	}
	f.Out[i].add(t)
}

// sort puts the rules that take most out first.
func (f *PreviewFolder) sort() {
	slices.SortStableFunc(f.Out, func(a, b RuleTally) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for _, inner := range f.Folders {
		inner.sort()
	}
}

// step tells how far it is when it is time.
func (v *previewer) step() {
	if v.met++; v.met%256 != 0 || time.Since(v.told) < tellEvery {
		return
	}
	v.told = time.Now()
	c := v.result.Counted
	c.Rules, c.Offers, c.Paths = slices.Clone(c.Rules), slices.Clone(c.Offers), slices.Clone(c.Paths)
	v.tell(c)
}
