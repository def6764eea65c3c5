package engine

import (
	"context"
	"encoding/json"
)

// follow gives versions their new names in the catalog: a deduplicated version
// is written anew when it is pinned, and holds what it held. known loses the old
// names and gets the new ones.
func (l *learner) follow(ctx context.Context, known map[string]bool) error {
	var fresh []Version
	there := map[string]bool{}
	for _, v := range l.versions {
		version := v.version()
		there[version.ID] = true
		if !known[version.ID] && version.Original != "" {
			fresh = append(fresh, version)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	infos, err := l.catalog.store.Infos(ctx)
	if err != nil {
		return err
	}
	renamed := map[string]string{}
	for id, info := range infos {
		var old Version
		if there[id] || !known[id] || json.Unmarshal(info, &old) != nil {
			continue
		}
		for i, v := range fresh {
			if old.isNow(&v) {
				renamed[id] = v.ID
				delete(known, id)
				known[v.ID] = true
				fresh[i].Tree = "" // it has its old name
				break
			}
		}
	}
	return l.catalog.store.Rename(ctx, renamed)
}

// isNow reports that a version has become another one by getting a new name.
func (v *Version) isNow(other *Version) bool {
	return v.Tree != "" && v.Tree == other.Tree && v.Time.Equal(other.Time) && v.Host == other.Host && firstID(v) == firstID(other)
}

// firstID is the name that a version had first.
func firstID(v *Version) string {
	if v.Original != "" {
		return v.Original
	}
	return v.ID
}
