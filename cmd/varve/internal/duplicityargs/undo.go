package duplicityargs

// Undo puts back what a restore replaced, or lists what can be undone.
const Undo Action = "undo"

// Undoing is what Undo and Restore are told of it.
type Undoing struct {
	// UndoID names a restore, by its beginning or as latest; empty lists them.
	UndoID string
	// NoUndo: a restore keeps nothing of what it replaces.
	NoUndo bool
}

// undoAction takes the name of a restore, or nothing.
func (p *parser) undoAction(words []string) error {
	switch {
	case len(words) > 1 || len(words) == 1 && (words[0] == "" || IsURL(words[0])):
		return usage("undo takes the name of one restore, or latest; varve undo lists them")
	case len(words) == 1:
		p.args.UndoID = words[0]
	}
	return nil
}

// checkUndo looks for options that belong elsewhere.
func (p *parser) checkUndo() error {
	a := p.args
	switch {
	case a.NoUndo && a.Action != Restore:
		return usage("--no-undo belongs to restore")
	case a.Action == Undo && a.DryRun && a.UndoID == "":
		return usage("undo --dry-run takes the name of a restore, or latest")
	}
	return nil
}
