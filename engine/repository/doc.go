// Package repository is the contract between the engine and a repository
// format: Entry, the currency of every stream; Snapshot, one point in time;
// Tree, a snapshot opened for browsing; and Repository itself. engine/duplicity
// implements it.
//
// The package holds types and pure functions only: no format, no disk, no
// network.
package repository
