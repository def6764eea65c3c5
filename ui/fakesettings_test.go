package ui

import (
	"context"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// fakeSettings are preferences in memory, and a keyring that is there or not.
type fakeSettings struct {
	theme       string
	preferences map[string]string
	refuses     error // why nothing can be kept
	speed       session.Speed
	processor   session.Share
	whereabouts map[int64]session.Whereabouts
	passphrase  string
	format      engine.Format
}

func (f *fakeSettings) Speed(context.Context) (session.Speed, error) { return f.speed, nil }

func (f *fakeSettings) SetSpeed(_ context.Context, v session.Speed) error {
	if f.refuses == nil {
		f.speed = v
	}
	return f.refuses
}

func (f *fakeSettings) Processor(context.Context) (session.Share, error) { return f.processor, nil }

func (f *fakeSettings) SetProcessor(_ context.Context, h session.Share) error {
	f.processor = h
	return nil
}

func (f *fakeSettings) Whereabouts(_ context.Context, j *settings.Job) session.Whereabouts {
	return f.whereabouts[j.ID]
}

func (f *fakeSettings) Passphrase(context.Context, *settings.Job) (string, error) {
	if f.passphrase == "" {
		return "", session.ErrNotAtHand
	}
	return f.passphrase, nil
}

func (f *fakeSettings) FormatOf(context.Context, *settings.Job) engine.Format { return f.format }

func (f *fakeSettings) Preference(_ context.Context, name string) (string, error) {
	if name == "theme" {
		return f.theme, nil
	}
	return f.preferences[name], nil
}

func (f *fakeSettings) SetPreference(_ context.Context, name, value string) error {
	if f.refuses != nil {
		return f.refuses
	}
	if name == "theme" {
		f.theme = value
		return nil
	}
	if f.preferences == nil {
		f.preferences = map[string]string{}
	}
	f.preferences[name] = value
	return nil
}

// fakeLogin is what starts at login.
type fakeLogin struct {
	on      bool
	refuses error
}

func (f *fakeLogin) On() (bool, error) { return f.on, nil }

func (f *fakeLogin) Set(on bool) error {
	if f.refuses == nil {
		f.on = on
	}
	return f.refuses
}
