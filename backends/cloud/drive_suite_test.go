//go:build !race

package cloud_test

import (
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// TestDriveSuite is not for the race detector: the library notes each query in
// a field that all its calls write, that nothing reads but its own tests. What
// makes one call at a time is in TestDrive.
func TestDriveSuite(t *testing.T) {
	t.Parallel()
	s := servers.Drive(t)
	c := onDrive(t, s, driveToken)
	c.Connections = 0
	slowSuite(t, driveAt, c)
	if s.Resumed() == 0 {
		t.Error("nothing was stored in parts")
	}
}
