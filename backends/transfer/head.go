package transfer

import "bytes"

// Head keeps the beginning of what is written to it, and drops the rest: what a
// program says may be of any length.
type Head struct {
	bytes.Buffer
	// Left is how many bytes are still kept.
	Left int
}

// Write implements io.Writer.
func (h *Head) Write(b []byte) (int, error) {
	keep := min(len(b), h.Left)
	h.Left -= keep
	h.Buffer.Write(b[:keep])
	return len(b), nil
}
