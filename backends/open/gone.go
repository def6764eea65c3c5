package open

import (
	"fmt"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// gone says of services that were closed what to use instead, and of ways that
// nobody goes any more.
func gone(scheme string) (text string, err error) {
	switch scheme {
	case "ad", "acd+acdcli":
		return "Amazon Drive closed on 31 December 2023 and holds nothing any more. Choose another destination, for example b2://, s3:// or onedrive://", backends.ErrServiceGone
	case "cf+hubic":
		return "hubiC closed on 30 September 2022 and its data was erased. OVHcloud, who ran it, offers object storage: use s3:// or swift://", backends.ErrServiceGone
	case "gdata+gdocs":
		return "Google's Documents List interface is gone. Use gdrive://, which finds the same files", backends.ErrServiceGone
	case "copy":
		return "Copy.com closed in 2016. Choose another destination, for example dpbx:// or onedrive://", backends.ErrServiceGone
	case "gio", "gio+file", "gio+smb", "gio+sftp", "gio+ftp", "gio+dav", "gio+davs":
		return "Varve does not go through GNOME's file layer. Mount the place there and use file:///run/user/…/gvfs/…", backends.ErrUnsupported
	case "sx":
		return "Skylable SX has no client any more. Its servers speak S3: use s3://", backends.ErrUnsupported
	case "slate":
		return "Slate keeps no folders of files that a program may write. Choose another destination, for example s3://", backends.ErrUnsupported
	case "idrived":
		return "IDrive's own protocol is not open. IDrive e2 speaks S3: use s3://", backends.ErrUnsupported
	}
	return "", nil
}

// cloudSchemes are those of the services, which only the whole program opens;
// the small one knows their names.
var cloudSchemes = []string{
	"s3", "s3+http", "b2", "azure", "gs", "swift", "pca", "cf+http", "dpbx", "onedrive", "gdrive", "gdocs", "pydrive", "box", "pcloud", "jottacloud",
	"koofr", "smb", "rclone", "webdav", "webdavs", "http", "https",
}

// refuseGone refuses such an address before anything goes over the network.
func refuseGone(a *address.Address) error {
	if a.Parity {
		return fmt.Errorf("%w: this version of Varve makes no recovery files with PAR2. Without par2+ in front it reads what is there, and writes without them", backends.ErrUnsupported)
	}
	if text, err := gone(a.Scheme); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}
