# Varve. `make run` and `make test` install what they need first; see README.md.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

GO      ?= go
PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR   = $(DESTDIR)$(PREFIX)/bin
SHAREDIR = $(DESTDIR)$(PREFIX)/share

# The application's name for desktops; the same in FyneApp.toml.
APP_ID := io.github.varve_backup.varve
ICON   := $(wildcard assets/icon.svg)

# OpenGL ES draws the same pixels as the desktop profile and compiles several
# times faster; macOS has no OpenGL ES.
ifneq ($(shell uname -s),Darwin)
TAGS ?= gles
endif
BUILD := -trimpath $(if $(TAGS),-tags $(TAGS))

# An exact version, so that a new linter is a commit. staticcheck is inside.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# A screen is a display server, or a Mac. Without one the same main job runs in
# the terminal.
SCREEN := $(if $(filter Darwin,$(shell uname -s)),yes,$(DISPLAY)$(WAYLAND_DISPLAY))

# Tests that drive the built window; they have the machine to themselves. The
# longest package needs ten minutes on two cores, and half an hour where others
# work on them as well: a timeout is for what hangs.
JOURNEYS  := ./cmd/varve-desktop/...
TESTFLAGS := $(if $(TAGS),-tags $(TAGS)) -shuffle=on -timeout 60m

# How long each fuzz test of `make soak` runs, and what the tests that kill and
# continue read to do it many more times.
FUZZTIME    ?= 10m
VARVE_SOAK  ?= 200

.PHONY: help run build cli cloud window test check fmt bench soak install units uninstall clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, open the window (or run the main job in the terminal)
ifneq ($(SCREEN),)
	@packaging/setup.sh window
	@$(MAKE) build
	@bin/varve-desktop
else
	@packaging/setup.sh cli
	@$(MAKE) cli
	@bin/varve demo
endif

build: cli cloud window ## build the programs into bin/

cli:
	CGO_ENABLED=0 $(GO) build -trimpath -tags varve_core -o bin/varve ./cmd/varve

# The command line again, with the services that bin/varve leaves to it.
cloud:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/varve-cloud ./cmd/varve

window:
	$(GO) build $(BUILD) -o bin/varve-desktop ./cmd/varve-desktop

test: ## install what is missing, then run every test
	@packaging/setup.sh test
	@packaging/testtools.sh
	@packaging/format.sh
	$(GO) vet $(if $(TAGS),-tags $(TAGS)) ./...
	$(GO) test $(TESTFLAGS) $$($(GO) list ./... | grep -v -x -F "$$($(GO) list $(JOURNEYS))")
	$(GO) test $(TESTFLAGS) -p 1 $(JOURNEYS)

check: test ## test, then the linters and the race detector
	$(GO) mod verify
	$(GO) run $(GOLANGCI_LINT) run $(if $(TAGS),--build-tags $(TAGS)) ./...
	$(GO) test $(if $(TAGS),-tags $(TAGS)) -race -shuffle=on -timeout 60m ./...

fmt: ## rewrite the sources in Go's format
	@packaging/format.sh -w

bench: cli ## compare with the installed duplicity and restic, and the window with an empty one
	@packaging/setup.sh test
	@packaging/bench.sh
	@$(GO) run ./packaging/benchdedup -varve bin/varve
	@$(GO) test $(if $(TAGS),-tags $(TAGS)) -run '^$$' -bench BenchmarkDesktop -benchtime 1x -timeout 60m ./cmd/varve-desktop

soak: ## fuzz every parser, kill and continue many times (hours)
	@packaging/setup.sh test
	@packaging/testtools.sh
	@packaging/soak.sh $(FUZZTIME) $(VARVE_SOAK)

install: build units ## install below PREFIX (/usr/local)
	install -d $(BINDIR)
	install -m 0755 bin/varve bin/varve-cloud bin/varve-desktop $(BINDIR)
ifneq ($(shell uname -s),Darwin)
	install -d $(SHAREDIR)/applications $(SHAREDIR)/icons/hicolor/scalable/apps
	install -m 0644 packaging/varve.desktop $(SHAREDIR)/applications/$(APP_ID).desktop
	$(if $(ICON),install -m 0644 $(ICON) $(SHAREDIR)/icons/hicolor/scalable/apps/$(APP_ID).svg)
endif

# What starts `varve agent` when a person logs in; nobody's is switched on here.
UNITDIR  = $(DESTDIR)$(PREFIX)/lib/systemd/user
UNIT    := varve-agent.service
PLIST   := $(APP_ID).agent.plist

units:
ifneq ($(shell uname -s),Darwin)
	install -d $(UNITDIR)
	sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/systemd/$(UNIT) > $(UNITDIR)/$(UNIT)
	chmod 0644 $(UNITDIR)/$(UNIT)
else
	install -d $(SHAREDIR)/varve
	sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/launchd/$(PLIST) > $(SHAREDIR)/varve/$(PLIST)
	chmod 0644 $(SHAREDIR)/varve/$(PLIST)
endif

uninstall:
	rm -f $(UNITDIR)/$(UNIT) $(SHAREDIR)/varve/$(PLIST)
	rm -f $(BINDIR)/varve $(BINDIR)/varve-cloud $(BINDIR)/varve-desktop $(SHAREDIR)/applications/$(APP_ID).desktop
	rm -f $(SHAREDIR)/icons/hicolor/scalable/apps/$(APP_ID).svg

clean: ## remove what was built
	rm -rf bin
