package topics

// How patterns begin that are none of duplicity's.
const (
	marked = "holds "  // a folder that holds an item of that name
	cache  = "$CACHE/" // where programs keep what they can make again
	// "~/" is the person's folder.
)

// patterns are what each topic leaves out. Names of folders stand for all that
// is in them.
var patterns = map[Topic][]string{
	Browsers: {
		cache + "mozilla", cache + "google-chrome", cache + "google-chrome-beta", cache + "chromium", cache + "BraveSoftware",
		cache + "microsoft-edge", cache + "vivaldi", cache + "opera", cache + "epiphany", cache + "librewolf",
		// Chromium and what is built on it keep these beside the profile.
		"~/.config/**/Code Cache", "~/.config/**/GPUCache", "~/.config/**/DawnCache", "~/.config/**/ShaderCache",
		"~/.config/**/Service Worker/CacheStorage", "~/.config/**/Cache/Cache_Data",
		"~/.mozilla/firefox/*/storage/default/*/cache", "~/.mozilla/firefox/*/cache2",
		"~/snap/firefox/common/.cache", "~/snap/chromium/common/.cache", "~/.var/app/org.mozilla.firefox/cache",
		"~/Library/Caches/Firefox", "~/Library/Caches/Google", "~/Library/Caches/com.apple.Safari", "~/Library/Caches/Chromium",
		"~/Library/Caches/BraveSoftware", "~/Library/Caches/Microsoft Edge",
		"~/Library/Application Support/**/Code Cache", "~/Library/Application Support/**/GPUCache",
		"~/Library/Application Support/**/Service Worker/CacheStorage",
	},
	Packages: {
		cache + "pip", cache + "uv", cache + "yarn", cache + "pnpm", cache + "composer", cache + "Homebrew", cache + "paru", cache + "yay",
		"~/.npm/_cacache", "~/.yarn/berry/cache", "~/.yarn/cache", "~/.local/share/pnpm/store", "~/.pnpm-store", "~/.bun/install/cache",
		"~/.cargo/registry", "~/.cargo/git", "~/.rustup/toolchains", "~/.rustup/downloads", "~/go/pkg/mod",
		"~/.m2/repository", "~/.gradle/caches", "~/.gradle/wrapper/dists", "~/.ivy2/cache", "~/.sbt/boot", "~/.nuget/packages",
		"~/.pub-cache", "~/.composer/cache", "~/.conda/pkgs", "~/miniconda3/pkgs", "~/anaconda3/pkgs", "~/.conan2/p", "~/.cabal/packages",
		"~/.stack/snapshots", "~/.stack/programs", "~/.hex/packages", "~/.opam/download-cache", "~/.cpan/build", "~/.cpan/sources",
		"~/Library/Caches/Homebrew", "~/Library/Caches/pip", "~/Library/Caches/Yarn", "~/Library/Caches/CocoaPods", "~/.cocoapods/repos",
		"~/Library/Caches/org.swift.swiftpm",
	},
	Builds: {
		"**/node_modules", "**/bower_components", "**/__pycache__", "**/.mypy_cache", "**/.pytest_cache", "**/.ruff_cache", "**/.tox", "**/.nox",
		"**/.gradle/[0-9]*", "**/.terraform/providers", "**/.next/cache", "**/.nuxt", "**/.parcel-cache", "**/.svelte-kit", "**/.turbo",
		"**/.dart_tool", "**/.zig-cache", "**/zig-cache", "**/.stack-work", "**/dist-newstyle", "**/.bloop", "**/.metals", "**/.ccls-cache",
		marked + "pyvenv.cfg",       // environments of Python
		marked + ".rustc_info.json", // of Cargo
		marked + "maven-status",     // of Maven
		cache + "go-build", cache + "bazel", cache + "ccache", cache + "sccache", cache + "pre-commit", "~/.ccache",
		"~/Library/Caches/go-build", "~/Library/Developer/Xcode/DerivedData", "~/Library/Developer/CoreSimulator/Caches",
	},
	Trash: {
		"~/.local/share/Trash", "~/.Trash", "~/snap/*/*/.local/share/Trash", "**/.Trash-[0-9]*", "**/.Trashes", "**/$RECYCLE.BIN",
	},
	Caches: {
		marked + "CACHEDIR.TAG", cache, "~/Library/Caches", "~/Library/Containers/*/Data/Library/Caches", "~/.var/app/*/cache",
		"~/snap/*/common/.cache", "~/snap/*/*/.cache", "~/.thumbnails", "~/.nv/GLCache", "~/.local/share/gvfs-metadata",
		"~/.local/share/baloo", "~/.local/share/tracker",
	},
	Temporary: {
		"**/*.tmp", "**/*.temp", "**/*.crdownload", "**/*.part", "**/.~lock.*#", "**/.*.swp", "**/.*.swo", "**/.DS_Store", "**/Thumbs.db",
		"**/.fuse_hidden*", "**/.nfs0*", "~/.xsession-errors", "~/.xsession-errors.old", "~/Library/Logs/DiagnosticReports",
	},
	Machines: {
		"**/*.vdi", "**/*.vmdk", "**/*.vhd", "**/*.vhdx", "**/*.qcow2", "**/*.utm", "**/*.pvm", "**/*.vmwarevm", "**/*.parallels",
		"~/VirtualBox VMs", "~/.local/share/gnome-boxes/images", "~/.local/share/libvirt/images", "~/.local/share/containers/storage",
		"~/.local/share/docker", "~/.lima", "~/.colima", "~/.android/avd", "~/.vagrant.d/boxes", "~/Library/Containers/com.docker.docker/Data/vms",
	},
	Games: {
		"~/.local/share/Steam/steamapps", "~/.local/share/Steam/ubuntu12_32", "~/.local/share/Steam/ubuntu12_64", "~/.steam/debian-installation/steamapps",
		"~/.var/app/com.valvesoftware.Steam/.local/share/Steam/steamapps", "~/snap/steam/common/.local/share/Steam/steamapps",
		"~/.local/share/lutris/runners", "~/.local/share/bottles/runners", "~/.config/heroic/tools", "~/Games/Heroic",
		"~/.minecraft/assets", "~/.minecraft/libraries", "~/.minecraft/versions",
		"~/Library/Application Support/Steam/steamapps", "~/Library/Application Support/minecraft/assets",
	},
}
