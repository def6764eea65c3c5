package destform

import (
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// services are those that a scheme names by itself.
var services = map[string]string{
	"s3": "S3", "s3+http": "S3", "b2": "Backblaze B2", "azure": "Azure", "gs": "Google Cloud Storage", "swift": "Swift", "pca": "OVH Public Cloud Archive", "cf+http": "Rackspace Cloud Files",
	"dpbx": "Dropbox", "onedrive": "OneDrive", "box": "Box", "gdrive": "Google Drive", "gdocs": "Google Drive", "pydrive": "Google Drive",
	"mega": "MEGA", "megav2": "MEGA", "megav3": "MEGA", "mf": "MediaFire", "jottacloud": "Jottacloud", "pcloud": "pCloud", "koofr": "Koofr", "rclone": "rclone",
	"tahoe": "Tahoe-LAFS", "hsi": "HPSS",
}

// buckets are the services where the first part of a path is no folder.
var buckets = map[string]string{"s3": bucket, "s3+http": bucket, "b2": bucket, "gs": bucket, "azure": container, "swift": container, "pca": container, "cf+http": container}

// How such a part is called in the forms of addresses.
const (
	bucket    = "bucket"
	container = "container"
	share     = "share"
)

// Name is how a destination with an address is called, in few words: "nas.local
// / backup", or "bucket photos at S3". No password is in it.
func Name(url string) string {
	a, err := destination.Parse(url)
	if err != nil {
		return destination.Display(url)
	}
	path := strings.FieldsFunc(a.Path, func(r rune) bool { return r == '/' })
	if a.Module != "" {
		path = append([]string{a.Module}, path...)
	}
	at, service := a.Host, services[a.Scheme]
	if kind := buckets[a.Scheme]; kind != "" && len(path) > 0 {
		if at == "" {
			at = service
		}
		return inside(kind, strings.Join(path, " / "), at)
	}
	switch {
	case a.Scheme == destination.Several:
		return lang.T("several destinations") // the path is that of a list
	case service != "":
		at = service
	case at == "":
		return destination.Display(url)
	}
	return strings.Join(append([]string{at}, path...), " / ")
}

// inside names a bucket or a container.
func inside(kind, path, at string) string {
	if kind == container {
		return lang.T("container %s at %s", path, at)
	}
	return lang.T("bucket %s at %s", path, at)
}

// Host is who answers at an address: its server, or else its service. What
// stands for the host of Google Drive is of the account.
func Host(url string) string {
	a, err := destination.Parse(url)
	switch {
	case err != nil:
		return lang.T("the destination")
	case a.Host != "" && services[a.Scheme] != services[byMail]:
		return a.Host
	case services[a.Scheme] != "":
		return services[a.Scheme]
	}
	return lang.T("the destination")
}
