package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/undo"
	"github.com/varve-backup/varve/settings"
)

// undoDir is where it is kept what restores replaced, with that of the window;
// "" when there is no such place.
func undoDir() string {
	data, err := settings.DataDir()
	if err != nil {
		return ""
	}
	return filepath.Join(data, "undo")
}

// undoName is under which name a restore keeps what it replaces, "" for not.
func (p *program) undoName() string {
	if p.args.NoUndo || p.args.DryRun || !p.args.Force {
		return ""
	}
	return p.engine.NewUndo()
}

// undo lists the restores that can be undone, or undoes one.
func (p *program) undo(ctx context.Context) int {
	if !p.args.DryRun {
		if _, err := p.engine.PurgeUndos(ctx, time.Now()); err != nil {
			p.out.warning(oneLine(err.Error()) + ".")
		}
	}
	if p.args.UndoID == "" {
		return p.listUndos(ctx)
	}
	id := p.args.UndoID
	if id == "latest" {
		id = ""
	}
	doc := undoneDocument{Stayed: []stayedRow{}, DryRun: p.args.DryRun}
	var result engine.Summary
	err := p.engine.Undo(engine.UndoPlan{ID: id, DryRun: p.args.DryRun}).Run(ctx, func(e engine.Event) {
		switch e := e.(type) {
		case engine.FileProblem:
			doc.Stayed = append(doc.Stayed, stayedRow{locationOf(e.Path), oneLine(e.Err.Error())})
			p.out.warning(stayedLine(e))
		case engine.Finished:
			result = e.Summary
		default:
			p.report(e)
		}
	})
	if err != nil {
		return p.failUndo(err)
	}
	u := result.Undone
	doc.ID, doc.PutBack, doc.Removed, doc.Attributes, doc.Lost = result.Undo, u.Replaced, u.Created, u.Described, u.Lost
	code := p.answer(doc, undoneSentence(&u, p.args.DryRun))
	if code == duplicityargs.ExitOK && (u.Stayed > 0 || u.Lost > 0) {
		return duplicityargs.ExitWarnings
	}
	return code
}

// failUndo words an error: what it says of archives does not fit.
func (p *program) failUndo(err error) int {
	_, code := explain(err)
	p.out.error(oneLine(err.Error()) + ". varve undo lists what can be undone; what was begun goes on with the same command.")
	return code
}

func stayedLine(e engine.FileProblem) string {
	what := "stays as it is"
	if e.Problem == repository.Inexact {
		what = "is back, but not with everything"
	}
	return oneLine(fmt.Sprintf("%s %s: %v", shown(e.Path), what, e.Err))
}

// undoneDocument is what an undo did.
type undoneDocument struct {
	ID         string      `json:"id"`
	DryRun     bool        `json:"dry_run"`
	PutBack    int64       `json:"put_back"`
	Removed    int64       `json:"removed"`
	Attributes int64       `json:"attributes"`
	Lost       int64       `json:"lost"`
	Stayed     []stayedRow `json:"stayed"`
}

// stayedRow is an item that was left as it is.
type stayedRow struct {
	location
	Reason string `json:"reason"`
}

// undoneSentence says what an undo did, or would do.
func undoneSentence(u *undo.Result, dry bool) string {
	s := "Undone: "
	if dry {
		s = "Would undo: "
	}
	s += fmt.Sprintf("%s put back, %s removed", count(u.Replaced, "item"), grouped(u.Created))
	if u.Described > 0 {
		s += ", " + grouped(u.Described) + " with their attributes again"
	}
	s += "."
	if u.Stayed > 0 {
		s += fmt.Sprintf(" %s as they are: see above.", count(u.Stayed, "item")+" stay")
	}
	if u.Lost > 0 {
		s += fmt.Sprintf(" %s could not be kept for lack of room when they were replaced.", count(u.Lost, "item"))
	}
	return s
}

// undoRow is a restore that can be undone.
type undoRow struct {
	ID         string    `json:"id"`
	Folder     location  `json:"folder"`
	Time       time.Time `json:"time"`
	Until      time.Time `json:"until"`
	Replaced   int64     `json:"replaced"`
	Created    int64     `json:"created"`
	Attributes int64     `json:"attributes"`
	Lost       int64     `json:"lost"`
	Room       int64     `json:"room"`
	Whole      bool      `json:"whole"` // it came to its end
	Begun      bool      `json:"begun"` // it was undone in part
}

func (r *undoRow) text() string {
	s := fmt.Sprintf("%s  %s  %s: %s replaced, %s created, %s kept until %s", r.ID, stamp(r.Time), named(r.Folder.original()),
		grouped(r.Replaced), grouped(r.Created), size(r.Room), r.Until.Local().Format(time.DateOnly))
	if !r.Whole {
		s += "; it was cut short"
	}
	if r.Begun {
		s += "; undone in part"
	}
	return s
}

// listUndos lists them, newest first.
func (p *program) listUndos(ctx context.Context) int {
	all, err := p.engine.Undos(ctx)
	if err != nil {
		return p.failUndo(err)
	}
	var rows []*undoRow
	for i := range all {
		k := &all[i]
		rows = append(rows, &undoRow{
			k.ID, locationOf(k.Root), k.Began.UTC(), k.Until.UTC(), k.Replaced, k.Created, k.Described, k.Lost, k.Room, !k.Ended.IsZero(), k.Begun,
		})
	}
	if len(rows) == 0 {
		p.out.notice("There is no restore that can be undone.")
	}
	return p.table(struct{}{}, "undos", plain(rows))
}
