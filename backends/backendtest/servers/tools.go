package servers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tools is the folder that packaging/testtools.sh fills.
func tools() (string, error) {
	if dir := os.Getenv("VARVE_TEST_TOOLS"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "varve-test-tools"), err
}

// Tool finds a server that no system packages. It ends the test when there is
// none, naming the script that installs it.
func Tool(t testing.TB, name string) string {
	t.Helper()
	dir, err := tools()
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range []string{filepath.Join(dir, "bin", name), name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("the test needs %s: run packaging/testtools.sh, which installs it in %s", name, dir)
	return ""
}
