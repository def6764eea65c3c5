package restic

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/retention"
)

// Tags say what a person would expect of them, whoever wrote them.
func TestPinTags(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 23, 59, 59, 0, time.Local) }
	for name, row := range map[string]struct {
		tags []string
		want *retention.Pin
	}{
		"none":         {nil, nil},
		"another":      {[]string{"pinned", "pin-reason:x", "pin-until:2027-01-31"}, nil},
		"bare":         {[]string{"home", "pin"}, &retention.Pin{}},
		"whole":        {[]string{"pin-reason:Tax, %2C %252C 5 %25", "pin-until:2027-01-31", "pin"}, &retention.Pin{Reason: "Tax, , %2C 5 %", Until: day(2027, 1, 31)}},
		"the later":    {[]string{"pin", "pin-until:2027-01-31", "pin-until:2026-12-31"}, &retention.Pin{Until: day(2027, 1, 31)}},
		"no such day":  {[]string{"pin", "pin-until:2027-01-31", "pin-until:2027-02-31"}, &retention.Pin{}},
		"two reasons":  {[]string{"pin", "pin-reason:a", "pin-reason:b\x1b[2J"}, &retention.Pin{Reason: "a; b [2J"}},
		"long reason":  {[]string{"pin", "pin-reason:" + strings.Repeat("ä", 1000)}, &retention.Pin{Reason: strings.Repeat("ä", 248) + "…"}},
		"wrong letter": {[]string{"Pin"}, nil},
	} {
		s := &Snapshot{Tags: row.tags}
		if got := s.Pin(); !got.Same(row.want) || got != nil && !got.Until.Equal(row.want.Until) {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
}

func FuzzPinReason(f *testing.F) {
	for _, s := range []string{"tax", "a,b", "100%", "%2C", "%25", "%%2C,%252C"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		reason, err := retention.CleanReason(s)
		if err != nil {
			return
		}
		tags := pinned([]string{"home", "pin", "pin-reason:old"}, &retention.Pin{Reason: reason})
		if got := (&Snapshot{Tags: tags}).Pin(); got == nil || got.Reason != reason || strings.Contains(strings.Join(tags, ""), ",") {
			t.Errorf("%q became %q, which is %+v", reason, tags, got)
		}
	})
}

// restic shows pins, keeps pinned snapshots when it is told to, sets and
// takes pins itself, and finds nothing wrong.
func TestResticKnowsPins(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	write(t, filepath.Join(src, "file"), "content")
	r := create(t, dir)
	var all []Snapshot
	for range 3 {
		all = append(all, backupOf(t, r, src).Snapshot)
	}
	now, err := r.SetPin(t.Context(), all[0].ID, &retention.Pin{Reason: "Tax, 2025", Until: time.Now().AddDate(1, 0, 0)})
	if err != nil || now.ID == all[0].ID || now.Original == nil || *now.Original != all[0].ID {
		t.Fatalf("got %+v, %v", now, err)
	}
	if said := resticOn(t, dir, "snapshots"); !strings.Contains(said, "pin-reason:Tax%2C 2025") || !strings.Contains(said, now.Pin().Day()) {
		t.Errorf("restic shows\n%s", said)
	}
	resticOn(t, dir, "check", "--read-data")
	resticOn(t, dir, "forget", "--keep-last", "1", "--keep-tag", "pin", "--group-by", "host,paths", "--prune")
	left, err := r.Snapshots(t.Context())
	if err != nil || len(left) != 2 || left[1].ID != now.ID {
		t.Errorf("restic left %+v, %v", left, err)
	}
	resticOn(t, dir, "tag", "--add", "pin", "latest")
	if left, err = r.Snapshots(t.Context()); err != nil || !left[0].Pin().Holds(time.Now()) {
		t.Errorf("restic pinned %+v, %v", left, err)
	}
	if _, err := r.SetPin(t.Context(), left[0].ID, nil); err != nil {
		t.Fatal(err)
	}
	resticOn(t, dir, "restore", now.ID.String(), "--target", t.TempDir())
	resticOn(t, dir, "check")
}

// What a later program wrote stays in the snapshot, and a change that was
// stopped between storing and removing is finished by the next one.
func TestPinLosesNothing(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	write(t, filepath.Join(src, "file"), "content")
	r := create(t, dir)
	ctx := t.Context()
	first := backupOf(t, r, src).Snapshot
	text, err := r.load(ctx, snapshotFile, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	text = append([]byte(`{"later":{"b":1,"a":2.50},`), text[1:]...)
	old, err := r.save(ctx, snapshotFile, text)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.remove(ctx, snapshotFile, first.ID); err != nil {
		t.Fatal(err)
	}
	sealed, err := r.read(ctx, snapshotFile, old)
	if err != nil {
		t.Fatal(err)
	}
	half, err := r.SetPin(ctx, old, &retention.Pin{Reason: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.put(ctx, nameOf(snapshotFile, old), backends.BytesSource(sealed)); err != nil { // the old one is still there
		t.Fatal(err)
	}
	whole, err := r.SetPin(ctx, half.ID, &retention.Pin{Reason: "b"})
	if err != nil {
		t.Fatal(err)
	}
	left, err := r.Snapshots(ctx)
	if err != nil || len(left) != 1 || left[0].ID != whole.ID {
		t.Fatalf("left are %+v, %v", left, err)
	}
	var fields map[string]json.RawMessage
	if text, err = r.load(ctx, snapshotFile, whole.ID); err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil || string(fields["later"]) != `{"b":1,"a":2.50}` || !slices.Equal(left[0].Tags, []string{"pin", "pin-reason:b"}) || left[0].Program != first.Program {
		t.Errorf("got %s, %v", text, err)
	}
	if left[0].Origin() != half.Origin() {
		t.Error("the copy of a copy is another one")
	}
	r.config.AppendOnly = true
	if _, err := r.SetPin(ctx, whole.ID, nil); err == nil {
		t.Error("an append-only repository is changed")
	}
}
