package tahoe

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// Kind describes folders in a Tahoe-LAFS grid.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "tahoe", Title: "Tahoe-LAFS", Schemes: []string{"tahoe"}, Form: "tahoe://alias[/folder]",
		Note: "Needs a Tahoe-LAFS node that runs, usually on this computer. The alias is one that \"tahoe create-alias\" made.",
		Options: []backends.Option{
			{
				Name: "node-directory", Type: backends.Path, Title: "Folder of the node", Advanced: true,
				Help: "Where the node keeps its settings and aliases, if not in .tahoe in the home folder.",
			},
			{Name: "node-url", Title: "Address of the node", Help: "As http://127.0.0.1:3456, if not the one that the node's folder names.", Advanced: true},
			{
				Name: "capability", Title: "Capability", Secret: true, Advanced: true,
				Help: "The folder that the alias stands for, as URI:DIR2:…, if the node does not know the alias.",
			},
		},
		Open: open,
	}
}

// usual is how many requests go on at once.
const usual = 4

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	node, err := nodeOf(&c)
	if err != nil {
		return nil, err
	}
	alias, folder, _ := strings.Cut(a.Path, "/")
	root := c.Options["capability"]
	if root == "" {
		if root, err = capability(directory(&c), alias); err != nil {
			return nil, err
		}
	}
	connections := c.Connections
	if connections <= 0 {
		connections = usual
	}
	client, err := transfer.HTTP(&c, connections)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, node: node, root: root, folder: strings.Trim(folder, "/"), connections: connections}
	if err := s.enter(ctx, c.Create); err != nil {
		client.CloseIdleConnections()
		return nil, fmt.Errorf("opening the folder: %w", transfer.Opening(err))
	}
	return s, nil
}

// directory is where the node keeps its settings.
func directory(c *backends.Config) string {
	if dir := c.Options["node-directory"]; dir != "" {
		return dir
	}
	return filepath.Join(c.Env("HOME"), ".tahoe")
}

// nodeOf finds the address of the node.
func nodeOf(c *backends.Config) (*url.URL, error) {
	text := c.Options["node-url"]
	if text == "" {
		b, err := os.ReadFile(filepath.Join(directory(c), "node.url"))
		if err != nil {
			return nil, fmt.Errorf("%w: there is no Tahoe-LAFS node: %w", backends.ErrConfig, err)
		}
		text = strings.TrimSpace(string(b))
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: the node's address is not as http://127.0.0.1:3456", backends.ErrConfig)
	}
	return u, nil
}

// capability finds what an alias stands for. It is a secret: whoever knows it
// can read and change the folder.
func capability(dir, alias string) (string, error) {
	f, err := os.Open(filepath.Join(dir, "private", "aliases"))
	if err != nil {
		return "", fmt.Errorf("%w: reading the node's aliases: %w", backends.ErrConfig, err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, root, found := strings.Cut(lines.Text(), ":")
		if root = strings.TrimSpace(root); found && strings.TrimSpace(name) == alias && !strings.HasPrefix(name, "#") && root != "" {
			return root, nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", fmt.Errorf("%w: reading the node's aliases: %w", backends.ErrConfig, err)
	}
	return "", fmt.Errorf("%w: the Tahoe-LAFS node has no alias %q", backends.ErrConfig, alias)
}
