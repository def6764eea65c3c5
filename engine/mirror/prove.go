package mirror

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"  //nolint:gosec // what servers know
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/varve-backup/varve/backends"
)

// verdict is what is known of two contents.
type verdict uint8

const (
	unknown verdict = iota
	equal
	differs
)

// verify compares what seems to be equal by its content, when that is wanted,
// and has what differs copied. It returns false when nobody wants it to go on.
func (r *run) verify(ctx context.Context) (bool, error) {
	w := r.work
	r.result.Same = int64(len(w.same))
	if !r.VerifyContents || len(w.same) == 0 {
		return true, nil
	}
	if !r.DryRun {
		if yes, err := r.watch.Confirm(ctx, Preview{Prove: len(w.same), Retention: r.Retention}); err != nil || !yes {
			return false, err
		}
	}
	var size int64
	for i := range w.same {
		size += w.same[i].src.Size
	}
	r.watch.Stage(Prove, int64(len(w.same)), size)
	verdicts := make([]verdict, len(w.same))
	failed := each(ctx, r.Workers, indexes(w.same), func(ctx context.Context, i int) error {
		v, err := r.prove(ctx, &w.same[i].src)
		if err == nil {
			verdicts[i] = v
			r.watch.Done(Prove, w.same[i].src.Name, "", w.same[i].src.Size)
		}
		return err
	})
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	report(r, failed, func(i int) (Action, string) { return Prove, w.same[i].src.Name })
	r.result.NotCopied += int64(len(failed))
	r.act(verdicts)
	return true, nil
}

// act has what differs replaced.
func (r *run) act(verdicts []verdict) {
	w, unread := r.work, 0
	for i, v := range verdicts {
		switch v {
		case differs:
			w.copies = append(w.copies, task{w.same[i].src, true})
			r.result.Same--
		case unknown:
			unread++
		case equal:
		}
	}
	if r.DryRun && unread > 0 {
		r.watch.Notice(fmt.Sprintf("%d files would be read on both sides and compared.", unread))
	}
	w.sort()
}

// prove compares one file: by sums that servers know, as far as they do, and
// else by reading it. What cannot be read at the destination differs; what
// cannot be read at the source is an error, for there is nothing better.
func (r *run) prove(ctx context.Context, o *backends.Object) (verdict, error) {
	if err := r.watch.Wait(ctx); err != nil {
		return unknown, err
	}
	srcKind, srcSum, srcErr := sumOf(ctx, r.src, o.Name)
	dstKind, dstSum, dstErr := sumOf(ctx, r.dst, o.Name)
	switch {
	case ctx.Err() != nil:
		return unknown, context.Cause(ctx)
	case srcErr == nil && dstErr == nil && srcKind == dstKind:
		return verdictOf(bytes.Equal(srcSum, dstSum)), nil
	case r.DryRun:
		return unknown, nil
	case dstErr == nil && newSum(dstKind) != nil:
		sum, err := r.read(ctx, r.src, o.Name, newSum(dstKind))
		return verdictOf(bytes.Equal(sum, dstSum)), atSource(err)
	case srcErr == nil && newSum(srcKind) != nil:
		sum, err := r.read(ctx, r.dst, o.Name, newSum(srcKind))
		if ctx.Err() != nil {
			return unknown, context.Cause(ctx)
		}
		return verdictOf(err == nil && bytes.Equal(sum, srcSum)), nil
	}
	return r.readBoth(ctx, o.Name)
}

func verdictOf(same bool) verdict {
	if same {
		return equal
	}
	return differs
}

// bySums compares by what both servers know without reading the file.
func (r *run) bySums(ctx context.Context, name string) verdict {
	kind, sum, err := sumOf(ctx, r.src, name)
	if err != nil {
		return unknown
	}
	dstKind, dstSum, err := sumOf(ctx, r.dst, name)
	if err != nil || kind != dstKind {
		return unknown
	}
	return verdictOf(bytes.Equal(sum, dstSum))
}

func sumOf(ctx context.Context, s backends.Store, name string) (kind string, sum []byte, err error) {
	hasher, ok := backends.As[backends.Hasher](s)
	if !ok {
		return "", nil, backends.ErrUnsupported
	}
	return hasher.Hash(ctx, name)
}

// newSum begins a sum as servers name it, nil for one that is not known here.
func newSum(kind string) hash.Hash {
	switch kind {
	case "md5":
		return md5.New() //nolint:gosec // see above
	case "sha1":
		return sha1.New() //nolint:gosec // see above
	case "sha256":
		return sha256.New()
	}
	return nil
}

// read makes the sum of a file.
func (r *run) read(ctx context.Context, s backends.Store, name string, sum hash.Hash) ([]byte, error) {
	in, err := s.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(sum, r.counted(ctx, in))
	return sum.Sum(nil), errors.Join(err, in.Close())
}

// readBoth reads a file on both sides to its end, or to the first difference.
func (r *run) readBoth(ctx context.Context, name string) (verdict, error) {
	src, err := r.src.Get(ctx, name, 0, -1)
	if err != nil {
		return unknown, atSource(err)
	}
	defer src.Close()
	dst, err := r.dst.Get(ctx, name, 0, -1)
	if ctx.Err() != nil {
		return unknown, context.Cause(ctx)
	}
	if err != nil {
		return differs, nil // what cannot be read there is copied again
	}
	defer dst.Close()
	same, err := sameBytes(r.counted(ctx, src), dst)
	return verdictOf(same), atSource(err)
}

// piece is how much of a file is compared at once.
const piece = 64 << 10

// sameBytes compares two readers. An error is one of the first; one of the
// second is a difference.
func sameBytes(a, b io.Reader) (bool, error) {
	var x [piece]byte
	second := bufio.NewReaderSize(b, piece)
	for {
		n, err := a.Read(x[:])
		y, perr := second.Peek(n)
		if perr != nil || !bytes.Equal(x[:n], y) {
			return false, ignoreEOF(err)
		}
		_, _ = second.Discard(n) // it was peeked at
		if err == io.EOF {
			_, end := second.Peek(1)
			return end == io.EOF, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
