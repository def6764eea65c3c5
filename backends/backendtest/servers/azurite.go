package servers

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"
)

// AzuriteServer is Microsoft's own stand-in for its storage of blobs.
type AzuriteServer struct {
	*Process
	// Endpoint is the address of its only account.
	Endpoint string
	// Account and Key are those that every Azurite has; they are printed in
	// its documentation.
	Account, Key string
}

// Azurite starts Azurite.
func Azurite(t testing.TB) *AzuriteServer {
	t.Helper()
	port := FreePort(t)
	s := &AzuriteServer{
		Endpoint: fmt.Sprintf("http://127.0.0.1:%d/devstoreaccount1", port), Account: "devstoreaccount1",
		Key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
	}
	s.Process = Start(t, exec.Command(Tool(t, "azurite-blob"), "--silent", "--disableTelemetry", "--inMemoryPersistence",
		"--blobHost", "127.0.0.1", "--blobPort", strconv.Itoa(port), "--skipApiVersionCheck"))
	s.WaitFor(t, fmt.Sprintf("127.0.0.1:%d", port))
	return s
}

// ConnectionString is what Azure's pages show for an account.
func (s *AzuriteServer) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;", s.Account, s.Key, s.Endpoint)
}
