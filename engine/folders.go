package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
)

// FoldersPlan expresses several folders as what one archive can hold: one
// root, their closest common ancestor, with rules that choose the folders
// inside it. The given rules come first, so that they can take things out. A
// folder inside another one of the list is part of that. Folders must be
// absolute.
func FoldersPlan(folders []string, rules []selection.Condition) (root string, conditions []selection.Condition, err error) {
	folders, err = outermost(folders)
	if err != nil {
		return "", nil, err
	}
	if len(folders) == 1 {
		return folders[0], rules, nil
	}
	root = folders[0]
	for _, f := range folders[1:] {
		root = commonAncestor(root, f)
	}
	conditions = slices.Clone(rules)
	for _, f := range folders {
		conditions = append(conditions, selection.IncludeGlob(quoteGlob(f)))
	}
	return root, append(conditions, selection.ExcludeGlob("**")), nil
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

// quoteGlob makes a pattern that matches one path and nothing else.
func quoteGlob(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}
