// Package noconfig keeps rclone's library from making a folder for its
// configuration in the home of whoever runs us. The library does that when it
// is initialised, unless the environment names a file; nothing but the
// environment is looked at so early. Importing this package is enough: it
// needs only os, so Go initialises it before everything that needs the
// network, and so before the library.
package noconfig

import "os"

// Variable names the file of configuration.
const Variable = "RCLONE_CONFIG"

// set tells that the variable is ours. It is the one thing here that is done
// before main: there is no later moment at which it would help.
var set = put()

// put names the empty file where the environment names none.
func put() bool {
	if _, named := os.LookupEnv(Variable); named {
		return false
	}
	return os.Setenv(Variable, os.DevNull) == nil
}

// Lift takes the variable back, so that programs that we start do not see it.
// It is called when the library has been initialised.
func Lift() bool {
	return set && os.Unsetenv(Variable) == nil
}
