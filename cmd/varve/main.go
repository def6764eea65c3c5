// Command varve backs folders up and brings them back, with duplicity's
// command line. varve --help tells all of it.
package main

import (
	"os"

	"github.com/varve-backup/varve/cmd/varve/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
