// Package selection decides what of a folder is backed up: duplicity's
// conditions, asked in their order. Make Rules of them with New, and ask Judge.
// It looks at nothing but what it is told.
package selection

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
)

// The errors of New. Decide with errors.Is.
var (
	// ErrOutside: a pattern can match nothing below the root.
	ErrOutside = errors.New("the pattern lies outside of the folder that is backed up")
	// ErrPattern: a pattern or expression does not parse.
	ErrPattern = errors.New("the pattern is not valid")
	// ErrRedundant: the last rule includes, and what no rule decides is
	// included anyway. Whoever wrote it meant something else.
	ErrRedundant = errors.New("the last rule includes something, but everything is included already: a rule that excludes must follow it")
)

// Rules are conditions ready to be asked. They do not change, and may be
// asked from several goroutines.
type Rules struct {
	root    string
	folders folders
	rules   []rule
}

// rule is one question.
type rule struct {
	condition int // its index
	judge     func(path string, item Item) (Verdict, bool)
}

// New prepares conditions for the folder root, named as patterns name it. As
// in duplicity, IfPresent and DeviceFiles are asked before all others, wherever
// they stand.
func New(root string, conditions []Condition) (*Rules, error) {
	if root != "/" {
		root = strings.TrimRight(root, "/")
	}
	r := &Rules{root: root}
	includes := false
	for _, early := range []bool{true, false} {
		for i, c := range conditions {
			if early != (c.Kind == IfPresent || c.Kind == DeviceFiles) {
				continue
			}
			if err := r.add(i, c, &includes); err != nil {
				return nil, err
			}
		}
	}
	if includes {
		return nil, ErrRedundant
	}
	return r, nil
}

// add adds the questions of one condition. includes is set to whether the
// last of them includes.
func (r *Rules) add(i int, c Condition, includes *bool) error {
	switch c.Kind {
	case List: // an empty one is no rule
		return r.addList(i, c, includes)
	case Folder: // what it includes is left to others
		return r.folders.add(i, c)
	}
	*includes = c.Include
	switch c.Kind {
	case Glob:
		return r.addGlob(i, c.Pattern, c.Include)
	case Regexp:
		return r.addRegexp(i, c)
	case IfPresent:
		if c.Pattern == "" || strings.ContainsRune(c.Pattern, '/') {
			return fmt.Errorf("%w: %q is no file name", ErrPattern, c.Pattern)
		}
		r.exclude(i, func(item Item) bool {
			return item.Type == repository.Dir && item.Has != nil && item.Has(c.Pattern)
		})
	case DeviceFiles:
		r.exclude(i, func(item Item) bool {
			return item.Type == repository.CharDevice || item.Type == repository.BlockDevice
		})
	case OlderThan:
		r.exclude(i, func(item Item) bool { return item.Type == repository.File && item.ModTime.Before(c.Time) })
	case OtherFileSystems:
		r.exclude(i, func(item Item) bool { return item.OtherFileSystem })
	default:
		return fmt.Errorf("%w: there is no condition %q", ErrPattern, c.Kind)
	}
	return nil
}

// exclude adds a question that can only leave things out.
func (r *Rules) exclude(i int, matches func(Item) bool) {
	r.rules = append(r.rules, rule{i, func(_ string, item Item) (Verdict, bool) { return Exclude, matches(item) }})
}

func (r *Rules) addGlob(i int, pattern string, include bool) error {
	g, err := newGlob(pattern, include)
	if err != nil {
		return err
	}
	// duplicity's test: a pattern that does not lead to the root, or come
	// from it, is a mistake.
	path := toText(r.root)
	if !g.whole.MatchString(path) && !g.above.MatchString(path) {
		return fmt.Errorf("%w: %q is not below %s", ErrOutside, pattern, r.root)
	}
	r.rules = append(r.rules, rule{i, g.judge})
	return nil
}

func (r *Rules) addList(i int, c Condition, includes *bool) error {
	for _, line := range c.Lines {
		include := c.Include
		if rest, ok := strings.CutPrefix(line, "+ "); ok {
			line, include = rest, true
		} else if rest, ok := strings.CutPrefix(line, "- "); ok {
			line, include = rest, false
		}
		if err := r.addGlob(i, line, include); err != nil {
			return err
		}
		*includes = include
	}
	return nil
}

func (r *Rules) addRegexp(i int, c Condition) error {
	expression, err := regexp.Compile("(?s)" + toText(c.Pattern))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPattern, err)
	}
	verdict := Exclude
	if c.Include {
		verdict = Include
	}
	r.rules = append(r.rules, rule{i, func(path string, _ Item) (Verdict, bool) {
		return verdict, expression.MatchString(path)
	}})
	return nil
}

// Judge decides on an item.
func (r *Rules) Judge(item Item) (Verdict, error) {
	_, verdict := r.Explain(item)
	return verdict, nil
}

// Explain decides on an item and names the condition that did, -1 for none:
// what is excluded without one lies in no folder that was chosen.
//
// A folder that an including pattern leads through is scanned, unless a later
// condition includes it as a whole. The root is never left out: rules choose
// among what lies in it, as duplicity's do.
func (r *Rules) Explain(item Item) (condition int, verdict Verdict) {
	if item.Path == "" {
		return -1, Include
	}
	path := toText(r.path(item.Path))
	if condition, verdict, ok := r.folders.judge(path, item.Type); ok {
		return condition, verdict
	}
	scan := -1
	for _, rule := range r.rules {
		v, ok := rule.judge(path, item)
		switch {
		case !ok:
		case v == Scan:
			if scan < 0 {
				scan = rule.condition
			}
		case v == Include || scan < 0:
			return rule.condition, v
		case item.Type == repository.Dir:
			return scan, Scan
		default:
			return rule.condition, Exclude
		}
	}
	if scan >= 0 {
		return scan, scanned(item)
	}
	return -1, Include
}

// scanned is the verdict on what an including pattern leads through: only a
// folder can hold what is meant.
func scanned(item Item) Verdict {
	if item.Type == repository.Dir {
		return Scan
	}
	return Exclude
}

// path is the whole path of an item, as patterns see it.
func (r *Rules) path(item string) string {
	switch {
	case item == "":
		return r.root
	case r.root == "/":
		return "/" + item
	}
	return r.root + "/" + item
}
