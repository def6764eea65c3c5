package session

import (
	"testing"
	"time"
)

// The speeds of a long run take no more room than those of a short one, and say
// the same.
func TestPace(t *testing.T) {
	var p pace
	const speed = 5_000_000
	for second := range 100_000 {
		p.note(int64(second)*speed, time.Duration(second)*time.Second)
		if len(p.shown()) >= mostPaces {
			t.Fatalf("after %d s there are %d", second, len(p.shown()))
		}
	}
	all := p.shown()
	if len(all) < mostPaces/2-1 || p.every < 100_000*time.Second/mostPaces {
		t.Errorf("%d are left, each of %v", len(all), p.every)
	}
	for _, v := range all {
		if v < speed*0.99 || v > speed*1.01 {
			t.Fatalf("a speed is %v", v)
		}
	}
	before := len(all)
	p.note(0, 200_000*time.Second) // it was counted anew
	if after := p.shown(); len(after) != before+1 || after[before] != 0 {
		t.Errorf("bytes that became fewer are %v", after[before])
	}
}
