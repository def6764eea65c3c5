package zone

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// noon is when it is 13:00 in Berlin and 21:00 in Tokyo.
var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

// traveller is a computer whose file says where it is.
type traveller struct {
	*Follower
	t *testing.T
}

func newTraveller(t *testing.T) *traveller {
	t.Cleanup(func() { Use(nil) })
	return &traveller{&Follower{file: filepath.Join(t.TempDir(), "localtime")}, t}
}

// goTo writes the file of a zone east of Greenwich, in the form of tzfile(5).
func (v *traveller) goTo(hours byte, name string) {
	head := append([]byte("TZif"), make([]byte, 16)...)
	counts := []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, byte(len(name) + 1)}
	seconds := int(hours) * 3600
	body := append([]byte{0, 0, byte(seconds >> 8), byte(seconds), 0, 0}, name+"\x00"...)
	v.write(append(append(head, counts...), body...))
}

func (v *traveller) write(data []byte) {
	v.t.Helper()
	if err := os.WriteFile(v.file, data, 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// sees looks, and checks what was told and what the clock shows at noon.
func (v *traveller) sees(changed, broken bool, clock string) {
	v.t.Helper()
	got, err := v.Look()
	if got != changed || (err != nil) != broken {
		v.t.Errorf("the look told %v, %v", got, err)
	}
	if shows := Of(noon).Format("15:04"); shows != clock {
		v.t.Errorf("the clock shows %s, want %s", shows, clock)
	}
}

func TestAComputerIsTakenToAnotherZone(t *testing.T) {
	v := newTraveller(t)
	v.goTo(1, "CET")
	v.sees(false, false, "13:00")
	v.sees(false, false, "13:00")
	v.goTo(9, "JST")
	v.sees(true, false, "21:00")
	if name, _ := Of(noon).Zone(); name != "JST" {
		t.Errorf("noon is told in %s", name)
	}
	v.write([]byte("TZif, or so"))
	v.sees(false, true, "21:00")
	v.sees(false, false, "21:00") // it was told
	if err := os.Remove(v.file); err != nil {
		t.Fatal(err)
	}
	v.sees(true, false, "12:00")
	v.goTo(1, "CET")
	v.sees(true, false, "13:00")
}

func TestAFolderInThePlaceOfTheFileIsTold(t *testing.T) {
	v := newTraveller(t)
	if err := os.Mkdir(v.file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Look(); err == nil {
		t.Error("nothing was told")
	}
	if Here() != time.Local {
		t.Errorf("the zone is %v", Here())
	}
}

func TestTheVariableHolds(t *testing.T) {
	t.Setenv("TZ", "Asia/Tokyo")
	v := newTraveller(t)
	v.Follower = System()
	v.file = filepath.Join(t.TempDir(), "localtime")
	v.goTo(1, "CET")
	if changed, err := v.Look(); changed || err != nil {
		t.Errorf("told %v, %v", changed, err)
	}
	if Here() != time.Local {
		t.Errorf("the zone is %v", Here())
	}
}

// The file of this computer says what package time read.
func TestTheZoneOfThisComputer(t *testing.T) {
	t.Cleanup(func() { Use(nil) })
	if _, err := System().Look(); err != nil {
		t.Fatal(err)
	}
	if got, want := Of(noon).Format(time.RFC3339), noon.Local().Format(time.RFC3339); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
