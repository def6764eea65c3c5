package ui

import (
	"context"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/ui/session"
)

// Meet finds what the stage put there.
func (f *fake) Meet(session.Archive, ...engine.RestorePlan) session.Work { return &f.fakeMeeting }

// fakeMeeting is a comparison that ends at once, unless it is to go on.
type fakeMeeting struct {
	met   []engine.ItemMet
	goes  bool
	err   error
	ended chan struct{} // closed when it was cancelled; nil nobody wants to know
}

func (p *fakeMeeting) Run(ctx context.Context, watch func(engine.Event)) error {
	if p.goes {
		<-ctx.Done()
		if p.ended != nil {
			close(p.ended)
		}
		return ctx.Err()
	}
	for _, m := range p.met {
		watch(m)
	}
	return p.err
}

func (p *fakeMeeting) Progress() engine.Progress { return engine.Progress{Files: 1204} }
func (p *fakeMeeting) Pause()                    {}
func (p *fakeMeeting) Resume()                   {}

// someMet are three that differ and nine that do not.
func someMet() []engine.ItemMet {
	met := []engine.ItemMet{
		{Path: "Documents/Thesis/chapter-3.odt", Here: restore.Newer, Size: 48_200},
		{Path: "Documents/Thesis/figures/cross-section-1.tiff", Here: restore.Older, Size: 22_100_000},
		{Path: "Documents/Thesis/figures/cross-section-2.tiff", Here: restore.Older, Size: 18_700_000},
	}
	for _, name := range []string{"3", "4", "5", "6", "7", "8", "9", "10", "11"} {
		met = append(met, engine.ItemMet{Path: "Documents/Thesis/figures/cross-section-" + name + ".tiff", Size: 20_000_000})
	}
	return met
}
