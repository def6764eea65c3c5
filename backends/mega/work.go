package mega

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// MEGA may ask a client to work before it is answered, as a toll on those who
// ask too much: to find the front of some twelve megabytes whose sum is small.

// workHeader says what is to be done, and then that it was.
const workHeader = "X-Hashcash"

const (
	tokenSize   = 48
	repetitions = 1 << 18
	frontSize   = 4
)

// work does what a header asks for. It takes a few seconds.
func work(ctx context.Context, header string) (string, error) {
	fields := strings.Split(header, ":")
	if len(fields) != 4 || fields[0] != "1" {
		return "", fmt.Errorf("%w: MEGA wants some work done that is not understood", backends.ErrUnsupported)
	}
	ease, err := strconv.Atoi(fields[1])
	token, derr := decode(fields[3])
	if err != nil || derr != nil || ease < 0 || ease > 255 || len(token) != tokenSize {
		return "", fmt.Errorf("%w: MEGA wants some work done that is not understood", backends.ErrUnsupported)
	}
	limit := uint32((ease&63)<<1+1) << (ease>>6*7 + 3) //nolint:gosec // it has 31 bits at most
	b := make([]byte, frontSize, frontSize+tokenSize*repetitions)
	for range repetitions {
		b = append(b, token...)
	}
	for front := range uint32(1<<32 - 1) {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		binary.BigEndian.PutUint32(b, front)
		if sum := sha256.Sum256(b); binary.BigEndian.Uint32(sum[:]) <= limit {
			break
		}
	}
	return "1:" + fields[3] + ":" + encode(b[:frontSize]), nil
}
