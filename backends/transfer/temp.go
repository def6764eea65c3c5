package transfer

import (
	"crypto/rand"
	"encoding/hex"
	"path"
	"strings"
)

// tempPrefix begins the names of what is not whole yet. It does not begin with
// a dot: servers hide such names, and then nobody could clear them away.
const tempPrefix = "varve-put-"

// Temp returns a name in the folder of another one, for as long as an object
// is not whole.
func Temp(name string) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return path.Join(path.Dir(name), tempPrefix+hex.EncodeToString(b[:])+".tmp")
}

// IsTemp tells such a name.
func IsTemp(name string) bool {
	base, cut := strings.CutSuffix(path.Base(name), ".tmp")
	return cut && strings.HasPrefix(base, tempPrefix)
}
