package engine

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
)

// FoldersPlan expresses several folders as what one archive can hold: one
// root, their closest common ancestor, with rules that choose the folders
// inside it. The given rules stand first, and keep their places. A folder
// inside another one of the list is part of that. Folders must be absolute.
//
// Unlike in duplicity, rules that include choose only what others of them would
// leave out, never something beside the folders, and what none of them decides
// is kept.
func FoldersPlan(folders []string, rules []selection.Condition) (root string, conditions []selection.Condition, err error) {
	folders, err = outermost(folders)
	if err != nil {
		return "", nil, err
	}
	root = folders[0]
	for _, f := range folders[1:] {
		root = commonAncestor(root, f)
	}
	conditions = slices.Clone(rules)
	if slices.ContainsFunc(rules, includesPatterns) {
		conditions = append(conditions, selection.IncludeGlob(selection.Quote(root)), selection.ExcludeGlob("**"))
	}
	if len(folders) > 1 || slices.ContainsFunc(rules, func(c selection.Condition) bool { return c.Kind == selection.Folder }) {
		for _, f := range folders {
			conditions = append(conditions, selection.IncludeFolder(f))
		}
	}
	return root, conditions, nil
}

// includesPatterns tells that a condition includes by a pattern: then what none
// decides would not be kept.
func includesPatterns(c selection.Condition) bool {
	return c.Kind == selection.List || c.Include && c.Kind != selection.Folder
}

// outermost sorts folders and drops those that another one holds.
func outermost(folders []string) ([]string, error) {
	if len(folders) == 0 {
		return nil, fmt.Errorf("%w: no folder was chosen", errInvalid)
	}
	var clean []string
	for _, f := range folders {
		if !filepath.IsAbs(f) {
			return nil, fmt.Errorf("%w: folder %s is not absolute", errInvalid, f)
		}
		clean = append(clean, filepath.Clean(f))
	}
	slices.SortFunc(clean, repository.Compare)
	var out []string
	for _, f := range clean {
		if len(out) == 0 || !holdsFolder(out[len(out)-1], f) {
			out = append(out, f)
		}
	}
	return out, nil
}

func holdsFolder(outer, inner string) bool {
	return outer == "/" || repository.Contains(outer, inner)
}

func commonAncestor(a, b string) string {
	for !holdsFolder(a, b) {
		a = filepath.Dir(a)
	}
	return a
}
