package sftp

import (
	"crypto/rand"
	"io/fs"
	"path"
	"strings"
	"time"
)

const (
	tempPrefix = ".varve-put-"
	// abandoned is the age at which a temporary file is of no run any more.
	abandoned = 24 * time.Hour
)

func isTemp(base string) bool { return strings.HasPrefix(base, tempPrefix) }

// tempName is a new name beside where.
func tempName(where string) string { return path.Join(path.Dir(where), tempPrefix+rand.Text()) }

// validName is fs.ValidPath for names that may be no UTF-8, but hold no zero
// byte and are not those of temporary files.
func validName(name string) bool {
	return name != "." && fs.ValidPath(strings.ToValidUTF8(name, "x")) &&
		strings.IndexByte(name, 0) < 0 && !isTemp(path.Base(name))
}
