package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/open"
)

// ofManual are the schemes of duplicity's manual and of its programs, with
// those that it had once.
const ofManual = "file sftp scp fish rsync ftp ftps ftpes webdav webdavs http https imap imaps s3 s3+http boto+s3 boto3+s3 gs azure b2 swift pca cf+http " +
	"dpbx box onedrive gdocs pydrive gdrive pydrive+gdocs mega megav2 megav3 mf tahoe hsi rclone multi ad acd+acdcli cf+hubic gdata+gdocs copy sx slate " +
	"idrived jottacloud par2+ lftp+ ncftp+ paramiko+ pexpect+ gio+…"

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	testName = regexp.MustCompile(`\bTest[A-Z]\w*`)
	testDir  = regexp.MustCompile(`\bbackends/\w+`)
)

// Each scheme has a row, and each row a test that there is.
func TestDestinationsPage(t *testing.T) {
	text, err := os.ReadFile("destinations.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) < 3 {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[0], -1) {
			named = append(named, m[1])
		}
		checkTests(t, cells[0], cells[2])
	}
	wanted := strings.Fields(ofManual)
	for _, k := range open.Kinds() {
		wanted = append(wanted, k.Schemes...)
	}
	for _, scheme := range wanted {
		if !slices.Contains(named, scheme) {
			t.Errorf("%s has no row", scheme)
		}
	}
}

// checkTests looks for the tests of a row.
func checkTests(t *testing.T, row, cell string) {
	t.Helper()
	tests, dirs := testName.FindAllString(cell, -1), testDir.FindAllString(cell, -1)
	if len(tests)+len(dirs) == 0 {
		t.Errorf("%s names no test", row)
	}
	for _, name := range tests {
		if out, err := exec.Command("grep", "-rlE", "--include=*_test.go", "^func "+name+`\(`, "..").Output(); err != nil || len(out) == 0 {
			t.Errorf("%s names %s, which is not there", row, name)
		}
	}
	for _, dir := range dirs {
		if found, _ := filepath.Glob("../" + dir + "/*_test.go"); len(found) == 0 {
			t.Errorf("%s names %s, which has no tests", row, dir)
		}
	}
}
