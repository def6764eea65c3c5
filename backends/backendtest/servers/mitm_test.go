package servers

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// A client that has just come, and says nothing, does not keep an impostor from
// ending.
func TestImpostorEnds(t *testing.T) {
	for range 300 {
		var client net.Conn
		t.Run("", func(t *testing.T) { // it waits for the end
			m := NewImpostor(t, http.NotFoundHandler(), "host.invalid")
			var err error
			if client, err = net.Dial("tcp", strings.TrimPrefix(m.Proxy, "http://")); err != nil {
				t.Fatal(err)
			}
		})
		if client != nil {
			client.Close()
		}
	}
}
