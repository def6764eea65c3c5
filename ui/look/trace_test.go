package look

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestJoined(t *testing.T) {
	for _, c := range []struct {
		values []float64
		n      int
		want   []float64
	}{
		{nil, 5, nil},
		{[]float64{1, 2}, 0, nil},
		{[]float64{1, 2}, -1, nil},
		{[]float64{1, 2, 3}, 3, []float64{1, 2, 3}},
		{[]float64{1, 3, 5, 7, 9}, 3, []float64{2, 6, 9}},
		{[]float64{-4, 2}, 1, []float64{1}},
	} {
		if got := joined(c.values, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%v in %d: %v, want %v", c.values, c.n, got, c.want)
		}
	}
}

// A long run stays in the picture as a whole, and no run breaks it.
func TestTrace(t *testing.T) {
	test.NewTempApp(t)
	trace := NewTrace()
	w := test.NewTempWindow(t, trace)
	w.Resize(fyne.NewSize(400, 60))
	for _, n := range []int{0, 1, 2, 100, 10_000, 3} {
		trace.Set(slices.Repeat([]float64{7}, n))
		shown := 0
		for _, l := range test.WidgetRenderer(trace).(*traceRenderer).layers {
			if !l.Hidden {
				shown++
				if end := l.Position().X + l.Size().Width; end > trace.Size().Width || l.Size().Height != traceHeight {
					t.Errorf("of %d, a layer ends at %v and is %v high", n, end, l.Size().Height)
				}
			}
		}
		if n == 0 != (shown == 0) || shown > n {
			t.Errorf("of %d values %d are shown", n, shown)
		}
	}
}
