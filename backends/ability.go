package backends

import (
	"context"
	"io"
)

// A Store may be able to do more than it must. As asks for that, also through
// the wrappers around a Store; no caller asserts a type by itself.

// As returns what can do T: the store, or the first of those that it wraps,
// unless a wrapper in between hides it.
func As[T any](s Store) (T, bool) {
	for {
		if t, ok := s.(T); ok {
			return t, true
		}
		if h, ok := s.(Hider); ok && h.Hides((*T)(nil)) {
			var none T
			return none, false
		}
		w, ok := s.(Wrapper)
		if !ok {
			var none T
			return none, false
		}
		s = w.Unwrap()
	}
}

// Wrapper is a Store around another one, whose abilities it has.
type Wrapper interface {
	Unwrap() Store
}

// Hider is a Wrapper that lacks some ability of what it wraps, because using it
// would go past the wrapper.
type Hider interface {
	// Hides is asked with a nil pointer to the ability, as (*Opener)(nil).
	Hides(ability any) bool
}

// OpenedFile is an object that can be read in place.
type OpenedFile interface {
	io.ReaderAt
	io.Closer
	// Size is the object's length in bytes.
	Size() int64
}

// Opener is a Store whose objects are local files: they are read where they
// are, without a copy.
type Opener interface {
	// OpenFile opens an object; the caller closes it.
	OpenFile(ctx context.Context, name string) (OpenedFile, error)
}

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

// Renamer is a Store that gives an object another name at once, and durably.
// What had the new name is gone. A mirror sets files aside with it.
type Renamer interface {
	Rename(ctx context.Context, from, to string) error
}

// Hasher is a Store that knows sums of its objects without reading them out.
type Hasher interface {
	// Hash returns the name of the sum, as "md5", "sha1" or "sha256", and the
	// sum. A Store that has none for that object returns ErrUnsupported.
	Hash(ctx context.Context, name string) (kind string, sum []byte, err error)
}

// Thawer is a Store whose objects may lie in an archive (ErrCold).
type Thawer interface {
	// Thaw asks for objects to be readable for some days. It does not wait.
	Thaw(ctx context.Context, names []string, days int) error
}

// Sweeper is a Store in which broken uploads leave something that nobody sees
// and somebody pays for.
type Sweeper interface {
	// Sweep removes what is older than a day.
	Sweep(ctx context.Context) error
}

// Warner is a Store that may succeed although something failed.
type Warner interface {
	// Warnings returns what failed since it was asked last.
	Warnings() []error
}

// Describer is a Store that says how it works.
type Describer interface {
	Traits() Traits
}

// Traits say how a kind of destination works. The zero value is a kind that
// promises nothing.
type Traits struct {
	// Remote: every call is a journey, so that many small ones are slow, and
	// several at once are not.
	Remote bool
	// Connections is how many calls at once are of use; 0 means 1.
	Connections int
	// WholeReads: a part of an object costs as much as all of it.
	WholeReads bool
	// StorageClass is what new objects are stored as, in the provider's words.
	StorageClass string
	// MaxSize is the largest object in bytes; 0 means no limit that is known.
	MaxSize int64
}

// TraitsOf returns the traits of a store: none for one that does not say.
func TraitsOf(s Store) Traits {
	d, ok := As[Describer](s)
	if !ok {
		return Traits{}
	}
	return d.Traits()
}
