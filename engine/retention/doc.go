// Package retention decides which versions of a backup stay. It is handed
// times and says what becomes of each; it deletes nothing and opens nothing.
//
// A Policy is written as text: Duplicati's frames ("1W:1D,4W:1W,12M:1M", exactly
// as Duplicati means them), or one of the named rules (keep-versions, keep-time,
// and restic's and Borg's keep-last, keep-daily and so on), with additions of
// ours (at-least, tolerance, slots). Parse reads it, and Explain says in
// sentences what it does. Plan says of every version whether it stays and by
// which rule, and whether this is a moment to delete anything at all. Simulate
// tells what will exist on any future day.
//
// Text that was ever taken keeps its meaning: it lies in people's settings.
package retention
