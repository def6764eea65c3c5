//go:build linux

package main

import (
	"testing"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// speakGerman has the window speak another language, looks at a page in it, and
// finds the way back without a word of English.
func speakGerman(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	p := d.launch()
	p.Click(desktoptest.Button, "Settings")
	p.Click(desktoptest.Button, "Deutsch")
	p.Click(desktoptest.Button, "Aktivität")
	p.See("Gerade läuft nichts.")
	p.Click(desktoptest.Button, "Einstellungen")
	p.Click(desktoptest.Button, "English")
	p.Click(desktoptest.Button, "Activity")
	p.See("Nothing runs now.")
}
