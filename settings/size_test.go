package settings

import (
	"testing"
	"time"
)

func TestSizesAreKept(t *testing.T) {
	s := open(t, t.TempDir())
	job, other := saveJob(t, s), saveJob(t, s)
	begin := time.Unix(1_700_000_000, 0)
	for i := range mostSizes + 5 {
		if err := s.AddSize(t.Context(), job, Size{begin.Add(time.Duration(i) * time.Hour), int64(i), -1}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Sizes(t.Context(), job, time.Time{})
	if err != nil || len(all) != mostSizes || all[0].Stored != mostSizes+4 || all[0].Free != -1 || all[len(all)-1].Stored != 5 {
		t.Errorf("%d sizes, from %+v, %v", len(all), all[0], err)
	}
	if some, err := s.Sizes(t.Context(), job, all[9].At); err != nil || len(some) != 10 {
		t.Errorf("%d sizes since a moment, %v", len(some), err)
	}
	if none, err := s.Sizes(t.Context(), other, time.Time{}); err != nil || len(none) != 0 {
		t.Errorf("another job has %v, %v", none, err)
	}
}

func TestLackOfRoomIsKept(t *testing.T) {
	s := open(t, t.TempDir())
	job := saveJob(t, s)
	for _, want := range []int64{0, 2_100_000_000, 0} {
		if err := s.SetLack(t.Context(), job, want); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Lack(t.Context(), job); err != nil || got != want {
			t.Errorf("lacks %d, %v, want %d", got, err, want)
		}
	}
}
