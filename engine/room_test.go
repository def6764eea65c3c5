package engine_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine"
)

func TestRoom(t *testing.T) {
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			w := newDrillWorld(t, destination)
			var want int64
			err := filepath.WalkDir(w.place, func(_ string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") { // what marks the drive
					return err
				}
				info, err := e.Info()
				if err == nil {
					want += info.Size()
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if name == "volumes" {
				if err := os.WriteFile(filepath.Join(w.place, "holiday.jpg"), []byte(strings.Repeat("x", 1000)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			w.d.Encryption = engine.Encryption{} // it is not needed
			got, err := w.e.Room(t.Context(), w.d)
			if err != nil || got.Stored != want || got.Free <= 0 {
				t.Errorf("got %+v, %v, want %d bytes", got, err, want)
			}
		})
	}
	if _, err := newEngine(t).Room(t.Context(), engine.Destination{URL: "file://" + t.TempDir() + "/none"}); err == nil {
		t.Error("a folder that is not there has room")
	}
}
