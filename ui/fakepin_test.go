package ui

import (
	"context"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/ui/restorepage/pasttest"
	"github.com/varve-backup/varve/ui/session"
)

// withPin is a past of which the newest version is kept, and an older one.
func withPin() *fake {
	f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
	past := pasttest.Adas(now)
	past.Seen[0].Pin = &retention.Pin{Reason: "sent to the printer", Until: retention.EndOfDay(now.AddDate(0, 6, 0), now.Location())}
	past.Seen[4].Pin = &retention.Pin{Reason: "as Maria read it"}
	f.past = past
	return f
}

// SetPin notes the pin in the past.
func (f *fake) SetPin(_ context.Context, a session.Archive, v engine.Version, p *retention.Pin) (engine.Version, error) {
	past := f.Past(a).(*pasttest.Past)
	for i := range past.Seen {
		if past.Seen[i].ID == v.ID {
			past.Seen[i].Pin = p
		}
	}
	v.Pin = p
	return v, nil
}
