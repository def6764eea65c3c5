package topics

import (
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
)

func TestConditions(t *testing.T) {
	ada := Computer{Home: "/home/ada"}
	for _, row := range []struct {
		topic    Topic
		computer Computer
		folders  []string
		path     string
		out      bool
	}{
		{Caches, ada, []string{"/home/ada"}, "/home/ada/.cache", true},
		{Caches, ada, []string{"/home/ada"}, "/home/ada/.cached", false},
		{Caches, Computer{"/home/ada", "/home/ada/my caches/"}, []string{"/home/ada"}, "/home/ada/my caches", true},
		{Caches, Computer{"/home/ada", "/home/ada/my caches/"}, []string{"/home/ada"}, "/home/ada/.cache", false},
		{Caches, ada, []string{"/home/ada/.cache"}, "/home/ada/.cache/x", false},
		{Caches, ada, []string{"/home/ada/.cache/mozilla"}, "/home/ada/.cache/mozilla/x", false},
		{Caches, ada, []string{"/home/ada/Documents"}, "/home/ada/Documents/.cache", false},
		{Caches, ada, []string{"/"}, "/home/ada/.var/app/org.x/cache", true},
		{Caches, Computer{}, []string{"/home/ada"}, "/home/ada/.cache", false},
		{Browsers, ada, []string{"/home/ada"}, "/home/ada/.cache/mozilla", true},
		{Browsers, ada, []string{"/home/ada"}, "/home/ada/.cache/thumbnails", false},
		{Builds, ada, []string{"/srv"}, "/srv/x/node_modules", true},
		{Builds, ada, []string{"/srv"}, "/srv/x/target", false},
		{Trash, ada, []string{"/mnt/lake"}, "/mnt/lake/.Trash-1000", true},
		{Machines, ada, []string{"/home/ada"}, "/home/ada/disks/old.vdi", true},
		{"moon", ada, []string{"/home/ada"}, "/home/ada/.cache", false},
	} {
		root := row.folders[0]
		rules, err := selection.New(root, row.topic.Conditions(row.computer, row.folders))
		if err != nil {
			t.Fatalf("%s: %v", row.topic, err)
		}
		item := selection.Item{Path: row.path[len(root):], Type: repository.Dir}
		if root != "/" {
			item.Path = item.Path[1:]
		}
		if _, v := rules.Explain(item); (v == selection.Exclude) != row.out {
			t.Errorf("%s of %q: %s: got %d", row.topic, row.folders, row.path, v)
		}
	}
}

// Every pattern is one that the engine takes, and every topic has some.
func TestPatterns(t *testing.T) {
	for topic := range patterns {
		if !slices.Contains(All(), topic) {
			t.Errorf("%s is not among all", topic)
		}
	}
	for _, topic := range All() {
		c := topic.Conditions(Computer{Home: "/home/a*[b]"}, []string{"/home/a*[b]"})
		if len(c) != len(patterns[topic]) || len(c) == 0 {
			t.Errorf("%s: %d conditions of %d patterns", topic, len(c), len(patterns[topic]))
		}
		if _, err := selection.New("/home/a*[b]", c); err != nil {
			t.Errorf("%s: %v", topic, err)
		}
	}
}
