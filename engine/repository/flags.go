package repository

import "strings"

// Flags are the file flags of Linux, as chattr(1) sets them, in the numbers of
// FS_IOC_GETFLAGS. Zero means none, or that they are unknown.
type Flags uint32

// The flags that are kept. Others tell how a file system stores a file, or
// make sense on one file system alone.
const (
	FlagSecureDeletion    Flags = 1 << 0
	FlagUndeletable       Flags = 1 << 1
	FlagCompressed        Flags = 1 << 2
	FlagSynchronous       Flags = 1 << 3
	FlagImmutable         Flags = 1 << 4
	FlagAppendOnly        Flags = 1 << 5
	FlagNoDump            Flags = 1 << 6
	FlagNoAccessTime      Flags = 1 << 7
	FlagNoCompression     Flags = 1 << 10
	FlagJournaledData     Flags = 1 << 14
	FlagNoTailMerging     Flags = 1 << 15
	FlagSynchronousFolder Flags = 1 << 16
	FlagTopOfHierarchy    Flags = 1 << 17
	FlagNoCopyOnWrite     Flags = 1 << 23
	FlagDirectAccess      Flags = 1 << 25
)

// KeptFlags are all of them.
const KeptFlags = FlagSecureDeletion | FlagUndeletable | FlagCompressed | FlagSynchronous | FlagImmutable | FlagAppendOnly |
	FlagNoDump | FlagNoAccessTime | FlagNoCompression | FlagJournaledData | FlagNoTailMerging | FlagSynchronousFolder |
	FlagTopOfHierarchy | FlagNoCopyOnWrite | FlagDirectAccess

// LockingFlags bar changes of an item, so that they are set last.
const LockingFlags = FlagImmutable | FlagAppendOnly

// flagLetters are those of chattr(1), by bit.
const flagLetters = "sucSiadA  m   jtDT     C x      "

// String returns the letters that chattr takes, "" for none.
func (f Flags) String() string {
	var b strings.Builder
	for i := range len(flagLetters) {
		if f&KeptFlags&(1<<i) != 0 {
			b.WriteByte(flagLetters[i])
		}
	}
	return b.String()
}
