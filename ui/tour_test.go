package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// abroad are the scenes that docs/tour.md shows in German and with letters of
// twice the size as well.
var abroad = []string{
	"welcome", "wizard-what", "wizard-where", "wizard-protection", "wizard-when", "wizard-keeping", "overview", "activity", "restore", "restore-file", "restore-ask", "settings",
}

// TestTourPictures draws what the tour shows in another look; with
// VARVE_SCREENSHOTS it keeps the pictures in that folder.
func TestTourPictures(t *testing.T) {
	for _, sc := range everyScene() {
		if !slices.Contains(abroad, sc.name) {
			continue
		}
		for tag, letters := range map[string]float32{"de": 1, "en": 2} {
			name := sc.name + map[string]string{"de": "-de", "en": "-200"}[tag] + "-light"
			t.Run(name, func(t *testing.T) {
				speak(t, tag)
				s := newStage(t, "light", sc.f())
				sc.act(s)
				s.settle()
				s.dress("light", letters)
				s.keep("VARVE_SCREENSHOTS", name, 1)
			})
		}
	}
}

// Every page and state has its pictures, and nothing else has.
func TestEverySceneHasPictures(t *testing.T) {
	const folder = "../docs/screenshots"
	wanted := map[string]bool{"tray-icons.png": true}
	for _, sc := range everyScene() {
		wanted[sc.name+"-light.png"], wanted[sc.name+"-dark.png"] = true, true
	}
	for _, name := range abroad {
		wanted[name+"-de-light.png"], wanted[name+"-200-light.png"] = true, true
	}
	kept, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kept {
		if strings.HasSuffix(f.Name(), ".png") && !wanted[f.Name()] {
			t.Errorf("%s is of no scene", f.Name())
		}
		delete(wanted, f.Name())
	}
	for name := range wanted {
		t.Errorf("there is no %s: VARVE_SCREENSHOTS=$PWD/docs/screenshots go test -tags gles ./ui -run 'Pictures$'", filepath.Join(folder, name))
	}
}
