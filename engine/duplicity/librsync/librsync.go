// Package librsync makes and reads librsync's signatures and deltas, as
// duplicity uses them (formats/duplicity.md section 6): a SignatureWriter
// describes a file in blocks, a delta reader expresses a newer file by that
// description, and a patch reader makes the newer file of the older one and
// the delta.
package librsync

import "errors"

// ErrDamaged: a signature or delta does not parse, or does not fit its file.
var ErrDamaged = errors.New("the signature or delta is damaged")

// Kind is a combination of weak and strong sums.
type Kind uint32

// The kinds, by their magic numbers.
const (
	MD4         Kind = 0x72730136 // rollsum and MD4: what duplicity writes
	BLAKE2      Kind = 0x72730137
	RabinMD4    Kind = 0x72730146
	RabinBLAKE2 Kind = 0x72730147
)

const (
	smallBlock = 512
	// growFrom is the size of a file from which blocks grow, in bytes.
	growFrom = 1024000
	// DefaultMaxBlock is how far they grow.
	DefaultMaxBlock = 2048
	// mostBlocks bounds the memory that a signature takes: beyond it, blocks
	// grow whatever their limit.
	mostBlocks = 1 << 20
)

// BlockLength returns the length of signature blocks for a file of size bytes:
// duplicity's rule, which grows up to most (0 means DefaultMaxBlock), and from
// 2^20 blocks on a larger one.
func BlockLength(size int64, most int) int {
	if most <= 0 {
		most = DefaultMaxBlock
	}
	if size > int64(most)*mostBlocks {
		blocks := (size + mostBlocks*smallBlock - 1) / (mostBlocks * smallBlock)
		return int(blocks) * smallBlock
	}
	if size < growFrom {
		return smallBlock
	}
	return int(min(smallBlock*(size/growFrom), int64(most)))
}
