package source

import "golang.org/x/sys/unix"

// errNoAttribute: an attribute went away after it was listed.
const errNoAttribute = unix.ENODATA
