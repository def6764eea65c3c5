package servers

import "testing"

// Nobody gets the port of a server that another test has yet to start.
func TestPortsAreClaimed(t *testing.T) {
	var port int
	t.Run("held", func(t *testing.T) {
		port = FreePort(t)
		if claim(t, port) {
			t.Errorf("%d is given out twice", port)
		}
	})
	if !claim(t, port) {
		t.Errorf("%d is held after its test", port)
	}
}
