//go:build !varve_core

package open

import (
	"slices"
	"testing"
)

// The small program must know which schemes the whole one has besides its own.
func TestCloudSchemes(t *testing.T) {
	var want []string
	for _, k := range services() {
		want = append(want, k.Schemes...)
	}
	if !slices.Equal(cloudSchemes, want) {
		t.Errorf("the schemes of the services are %q, want %q", cloudSchemes, want)
	}
}
