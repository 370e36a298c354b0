# Klieg: make run · make test · make help

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where programs are promised to be; and where cargo builds: one directory for all checkouts of a machine, unless set.
PROMISED := $(or $(CARGO_TARGET_DIR),target)/release
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/klieg/target
export CARGO_TERM_COLOR ?= auto

BUILT := $(CARGO_TARGET_DIR)/release
PROGRAMS := klieg-server klieg-transcoder klieg-engine
DEMO ?= 1

say = @printf '\033[1m▸ %s\033[0m\n' '$(1)'

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Cargo tells stale from fresh by time, and not by checkout: in a target directory that another checkout used last,
# older sources would pass for built. They are made new.
.PHONY: claim
claim:
	@mkdir -p $(CARGO_TARGET_DIR); \
	if [ "$$(cat $(CARGO_TARGET_DIR)/checkout 2>/dev/null)" != "$(CURDIR)" ]; then \
		{ git ls-files -z 2>/dev/null || find . -type f -not -path './target/*' -print0; } | xargs -0 touch -c; printf %s "$(CURDIR)" > $(CARGO_TARGET_DIR)/checkout; \
	fi

.PHONY: setup
setup: ## install what is missing (Debian 12+, Ubuntu 24.04+); under 3 s when nothing is
	@scripts/setup

# What building and running need, without what only tests need.
.PHONY: basics
basics:
	@scripts/setup run

.PHONY: run
run: build ## build, then a server on http://127.0.0.1:8080 with a live demo show and people who talk (DEMO=0: an empty server)
	@DEMO=$(DEMO) scripts/run $(PROMISED)

.PHONY: build
build: basics claim ## the optimised programs, the web app inside the server
	@scripts/build
	@[ "$(BUILT)" -ef "$(PROMISED)" ] || { mkdir -p $(PROMISED) && cp -f --preserve=timestamps $(PROGRAMS:%=$(BUILT)/%) $(PROMISED)/; }

.PHONY: studio
studio: setup studio-interface ## build the desktop studio and open it
	$(call say,Building the studio (the first time about 15 minutes on two cores))
	@cargo build --release --bin klieg-studio --bin klieg-engine
	@$(BUILT)/klieg-studio

.PHONY: bundle
bundle: setup studio-interface ## the desktop studio as a Debian package
	$(call say,Building the desktop studio (the first time about 15 minutes on two cores))
	@cargo build --release --bin klieg-studio --bin klieg-engine
	$(call say,Packing it)
	@cargo xtask bundle

.PHONY: bundle-test
bundle-test: bundle ## install that package on a clean Debian in a folder, and run it (as root; downloads 400 MB)
	@scripts/setup bundle-test
	@scripts/bundle-test $(CARGO_TARGET_DIR)/bundle/klieg-studio_*.deb

.PHONY: studio-interface
studio-interface: claim
	$(call say,Building the interface of the studio)
	@cargo xtask studio

.PHONY: web
web: claim
	$(call say,Building the web app)
	@cargo xtask web

.PHONY: test
test: setup claim ## every test, with real parts
	@scripts/test

.PHONY: lint
lint:
	$(call say,Formatting and lints)
	@cargo fmt --all --check
	@cargo clippy --quiet --all-targets -- -D warnings

# The studio takes long to build the first time: not for what does without it.
WITH_STUDIO := $(if $(ONLY),$(filter studio,$(ONLY)),studio)

.PHONY: bench
bench: setup build $(if $(WITH_STUDIO),studio-interface) ## the measurements of this machine, as a table: about 15 minutes (ONLY=rooms: one of them)
	@cargo build --release --bin klieg-bench $(if $(WITH_STUDIO),--bin klieg-studio)
	@KLIEG_BIN=$(BUILT) KLIEG_STUDIO=$(BUILT)/klieg-studio KLIEG_STUDIO_DIST=$(CARGO_TARGET_DIR)/studio/dist $(BUILT)/klieg-bench $(ONLY)

.PHONY: soak
soak: build ## the studio's engine for an hour (SOAK_MINUTES): do picture and sound stay in step? (SOAK="--device --sent": captured from a sound device and a screen; sent to a server too)
	@cargo build --release --bin klieg-bench
	@KLIEG_BIN=$(BUILT) $(BUILT)/klieg-bench soak --minutes $(or $(SOAK_MINUTES),60) $(SOAK)

.PHONY: fuzz
fuzz: setup claim ## the property tests with new cases, and each fuzz target, for a minute each (FUZZ_SECONDS)
	@scripts/fuzz

.PHONY: pictures
pictures: ## the studio's pictures in docs/, taken anew with what make test has built
	@scripts/pictures $(CARGO_TARGET_DIR)/debug

# Where cargo-deny fetches what is known of vulnerable crates.
ADVISORIES := https://github.com/RustSec/advisory-db

.PHONY: deny
deny: ## licences, sources and known vulnerabilities of every dependency (installs cargo-deny when missing)
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	@cargo deny check licenses bans sources
	@if GIT_TERMINAL_PROMPT=0 timeout 30 git ls-remote $(ADVISORIES) HEAD >/dev/null 2>&1; then \
		cargo deny check advisories; \
	else \
		printf '\033[1m▸ %s\033[0m\n' 'NOT CHECKED for known vulnerabilities: $(ADVISORIES) cannot be reached from here'; \
	fi

.PHONY: fmt
fmt: ## format the code
	@cargo fmt --all

.PHONY: clean
clean: ## remove what was built here
	@rm -rf target data
