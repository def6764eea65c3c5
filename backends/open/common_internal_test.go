package open

import (
	"maps"
	"testing"
)

// What says how often to try reaches the parts of several destinations.
func TestWithRetries(t *testing.T) {
	given := map[string]string{"num-retries": "2", "backend-retry-delay": "7", "mode": "mirror"}
	c, rest, err := takeCommon(given)
	if err != nil {
		t.Fatal(err)
	}
	if got := withRetries(rest, c.retry); !maps.Equal(got, given) || len(rest) != 1 {
		t.Errorf("got %v and %v", got, rest)
	}
	if got := withRetries(nil, (&common{}).retry); len(got) != 0 {
		t.Errorf("of nothing it made %v", got)
	}
}
