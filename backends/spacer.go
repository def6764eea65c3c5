package backends

import "context"

// Spacer is a Store that knows how much room there is.
type Spacer interface {
	// Space returns bytes.
	Space(ctx context.Context) (free, total int64, err error)
}

// Prober is a Store that can tell whether something could be stored.
type Prober interface {
	// Writable returns nil, or why nothing can be stored.
	Writable(ctx context.Context) error
}
