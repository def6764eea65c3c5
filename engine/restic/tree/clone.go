package tree

import "slices"

// Clone returns an encoder that goes on from here by itself.
func (e *Encoder) Clone() *Encoder {
	return &Encoder{buf: slices.Clone(e.buf), last: e.last, finished: e.finished}
}

// Last returns the name that was added last, "" for none.
func (e *Encoder) Last() string { return e.last }
