// Package filename knows the names of the files of a duplicity archive
// (formats/duplicity.md section 2). Everything that an archive is, its
// versions and their order, follows from these names: Naming.Parse reads one,
// and Naming.Format writes one. Long names are written; short and old ones
// are read too.
package filename

import (
	"strconv"
	"strings"
	"time"
)

// Kind is what a file of an archive holds.
type Kind uint8

// The kinds.
const (
	Volume Kind = iota + 1
	Manifest
	Signature
	Statistics
)

// Name is what a file name says. Two names that say the same are equal with
// ==; times are whole seconds in UTC.
type Name struct {
	Kind Kind
	// Full tells a full set from an incremental one.
	Full bool
	// Start is the time of the set that an incremental one builds on, zero
	// for a full one; End is the set's own time.
	Start, End time.Time
	// Volume is the number of a volume, from 1; 0 for the other kinds.
	Volume int
	// Partial marks the manifest or signatures of an unfinished run, which
	// exist in an archive directory only.
	Partial bool
	// Encrypted and Compressed say how the file is stored; never both.
	Encrypted, Compressed bool
}

// Naming is how one archive names its files. Nothing in an archive records
// its prefixes.
type Naming struct {
	// Prefix stands in front of every name; the others follow it in names of
	// their kind.
	Prefix, ArchivePrefix, ManifestPrefix, SignaturePrefix, StatisticsPrefix string
	// TimeSeparator stands between the hours, minutes and seconds of old
	// names; empty means ":".
	TimeSeparator string
}

// prefix is what stands in front of names of a kind.
func (n Naming) prefix(k Kind) string {
	switch k {
	case Manifest:
		return n.Prefix + n.ManifestPrefix
	case Signature:
		return n.Prefix + n.SignaturePrefix
	case Statistics:
		return n.Prefix + n.StatisticsPrefix
	}
	return n.Prefix + n.ArchivePrefix
}

// compact is the form of times in names.
const compact = "20060102T150405Z"

// Format returns the long name.
func (n Naming) Format(f Name) string {
	var b strings.Builder
	b.WriteString(n.prefix(f.Kind))
	switch {
	case f.Full && f.Kind == Signature:
		b.WriteString("duplicity-full-signatures.")
	case f.Kind == Signature:
		b.WriteString("duplicity-new-signatures.")
	case f.Full:
		b.WriteString("duplicity-full.")
	default:
		b.WriteString("duplicity-inc.")
	}
	if !f.Full {
		b.WriteString(f.Start.UTC().Format(compact))
		b.WriteString(".to.")
	}
	b.WriteString(f.End.UTC().Format(compact))
	b.WriteString(f.ending())
	return b.String()
}

// ending is what follows the times.
func (f Name) ending() string {
	var s string
	switch f.Kind {
	case Volume:
		s = ".vol" + strconv.Itoa(f.Volume) + ".difftar"
	case Manifest:
		s = ".manifest"
	case Signature:
		s = ".sigtar"
	case Statistics:
		s = ".jsonstat"
	}
	if f.Partial {
		s += ".part"
	}
	switch {
	case f.Encrypted:
		s += ".gpg"
	case f.Compressed:
		s += ".gz"
	}
	return s
}
