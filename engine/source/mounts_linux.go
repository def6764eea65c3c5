package source

import "os"

// systemMounts reads the tables anew each time: drives come and go. A table
// that cannot be read counts as empty, and the checks that need it let pass.
type systemMounts struct{}

func (systemMounts) wanted() []wantedMount {
	table, err := os.ReadFile("/etc/fstab")
	if err != nil {
		return nil
	}
	return parseFstab(table)
}

func (systemMounts) mounted() []string {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return parseMountInfo(table)
}
