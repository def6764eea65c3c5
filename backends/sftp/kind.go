package sftp

import "github.com/varve-backup/varve/backends"

// Kind describes servers that are reached through SSH.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "sftp", Title: "Server with SSH (SFTP)", Schemes: []string{"sftp", "scp", "fish"},
		Form:     "sftp://[user@]host[:port]/[/]folder",
		Foldered: true,
		Note: "One slash before the folder means the account's own folder, two the root of the server. What ~/.ssh/config, ssh-agent and known_hosts say counts. " +
			"scp:// does the same; fish:// is for servers that offer a shell and no SFTP.",
		Options: []backends.Option{
			{Name: "key-file", Type: backends.Path, Title: "Key file", Help: "The private key to log in with, instead of those that ssh would try."},
			{Name: "jump-hosts", Title: "Jump hosts", Help: "Servers to go through, as user@host:port with commas between.", Advanced: true},
			{
				Name: "ssh-options", Title: "Options of ssh", Advanced: true,
				Help: "Settings as the ssh program takes them, such as -oPort=2222 -oIdentityFile=~/.ssh/backup -i file.",
			},
		},
		Flags: []backends.Option{
			{
				Name: "ssh-askpass", Type: backends.Switch, Title: "One password for all", Default: "false", Advanced: true,
				Help: "The password of the account opens encrypted key files too.",
			},
			{
				Name: "use-scp", Type: backends.Switch, Title: "scp", Default: "false", Advanced: true,
				Help: "Go on with the commands of the server's shell when it has no SFTP, as scp:// does.",
			},
			{Name: "ssh-backend", Title: "Implementation", Help: "Taken for duplicity's sake: Varve has one way to speak SSH.", Advanced: true},
			{Name: "scp-command", Title: "scp program", Help: "Taken for duplicity's sake: Varve speaks the protocol itself and starts no program.", Advanced: true},
			{Name: "sftp-command", Title: "sftp program", Help: "Taken for duplicity's sake: Varve speaks the protocol itself and starts no program.", Advanced: true},
		},
		Open: Open,
	}
}
