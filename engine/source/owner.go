package source

import (
	"os/user"
	"strconv"
)

// owners remembers the names of users and groups; looking one up can read a
// file or ask a server.
type owners struct {
	users, groups map[uint32]string
}

func newOwners() *owners {
	return &owners{users: map[uint32]string{}, groups: map[uint32]string{}}
}

// user returns the name of uid, "" when it has none.
func (o *owners) user(uid uint32) string {
	name, ok := o.users[uid]
	if !ok {
		if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
			name = u.Username
		}
		o.users[uid] = name
	}
	return name
}

// group returns the name of gid, "" when it has none.
func (o *owners) group(gid uint32) string {
	name, ok := o.groups[gid]
	if !ok {
		if g, err := user.LookupGroupId(strconv.FormatUint(uint64(gid), 10)); err == nil {
			name = g.Name
		}
		o.groups[gid] = name
	}
	return name
}
