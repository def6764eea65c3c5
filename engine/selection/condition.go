package selection

import "time"

// Kind is what a Condition asks.
type Kind string

// The kinds: duplicity's conditions, and Folder, which is our own.
const (
	Glob             Kind = "glob"              // a pattern over the whole path
	Regexp           Kind = "regexp"            // an expression found anywhere in the path
	List             Kind = "list"              // patterns, each with a verdict of its own
	IfPresent        Kind = "if-present"        // folders that hold a file of that name
	DeviceFiles      Kind = "device-files"      // character and block devices
	OlderThan        Kind = "older-than"        // files last changed before a time
	OtherFileSystems Kind = "other-filesystems" // what lies on another file system than the root
	// Folder is one folder with all below it, by its absolute path and not as a
	// pattern. These are asked together, before all others: the deepest one at
	// or above an item counts. What it leaves out is out; what it includes is
	// left to the other conditions. Where one includes, what lies in none of
	// them is out.
	Folder Kind = "folder"
)

// Condition is one rule, as plain data. Rules are asked in their order and
// the first that has an answer decides; what none decides is included.
type Condition struct {
	Kind Kind `json:"kind"`
	// Include: what matches is backed up; otherwise it is left out. Only
	// globs, expressions, lists and folders can include.
	Include bool `json:"include,omitempty"`
	// Pattern is a glob, an expression, the name of IfPresent, or the path of
	// Folder.
	Pattern string `json:"pattern,omitempty"`
	// Lines are the patterns of a List. "+ " or "- " in front of one stands
	// for its own verdict.
	Lines []string `json:"lines,omitempty"`
	// Time is that of OlderThan.
	Time time.Time `json:"time,omitzero"`
}

// IncludeGlob includes what the pattern matches, with all below it.
func IncludeGlob(pattern string) Condition {
	return Condition{Kind: Glob, Include: true, Pattern: pattern}
}

// ExcludeGlob leaves out what the pattern matches, with all below it.
func ExcludeGlob(pattern string) Condition { return Condition{Kind: Glob, Pattern: pattern} }

// IncludeFolder chooses a folder, as far as the other conditions do not take
// something out of it.
func IncludeFolder(path string) Condition {
	return Condition{Kind: Folder, Include: true, Pattern: path}
}

// ExcludeFolder leaves a folder out, but for those in it that are included.
func ExcludeFolder(path string) Condition { return Condition{Kind: Folder, Pattern: path} }

// IncludeRegexp includes paths in which the expression is found. Folders
// above them are not included by it.
func IncludeRegexp(expression string) Condition {
	return Condition{Kind: Regexp, Include: true, Pattern: expression}
}

// ExcludeRegexp leaves out paths in which the expression is found.
func ExcludeRegexp(expression string) Condition {
	return Condition{Kind: Regexp, Pattern: expression}
}

// Filelist makes the lines of a file rules in their order.
func Filelist(include bool, lines []string) Condition {
	return Condition{Kind: List, Include: include, Lines: lines}
}

// ExcludeIfPresent leaves out folders that hold an item of that name.
func ExcludeIfPresent(name string) Condition { return Condition{Kind: IfPresent, Pattern: name} }

// ExcludeDeviceFiles leaves out devices.
func ExcludeDeviceFiles() Condition { return Condition{Kind: DeviceFiles} }

// ExcludeOlderThan leaves out files that were last changed before t.
func ExcludeOlderThan(t time.Time) Condition { return Condition{Kind: OlderThan, Time: t} }

// ExcludeOtherFileSystems stays on the file system of the root.
func ExcludeOtherFileSystems() Condition { return Condition{Kind: OtherFileSystems} }
