package repository

// Severity is how bad what a check found is.
type Severity uint8

// The severities.
const (
	Hint    Severity = iota + 1 // nothing is wrong
	Damaged                     // to be repaired; every version can be restored
	Lost                        // something in a version cannot be restored
)
