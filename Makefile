# `make run` shows Bivouac at work, `make test` checks it. Both install what is missing first.
SHELL := /bin/sh
TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO_DENY := $(or $(shell command -v cargo-deny 2>/dev/null),$(TARGET)/tools/bin/cargo-deny)
CARGO_DENY_VERSION := 0.20.2
# What a soak asks of the suites that repeat themselves.
SOAK := NEXTEST_PROFILE=soak BIVOUAC_SOAK=2000 BIVOUAC_SEEDS=10000 BIVOUAC_HISTORIES=100000

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup tools run test check fmt lint doc deny audit architecture lab soak fuzz bench figures app mutants

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup:
	@scripts/setup

tools:
	@scripts/setup test

run: setup ## Open Bivouac; without a display, or with FILE=book.txt, hold a conversation of three nodes
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] && [ -z "$(FILE)" ]; then \
	  cargo run --locked --package bivouac-ui --bin bivouac-desktop; \
	else \
	  cargo run --locked --package bivouac-node --bin bivouac -- demo $(if $(FILE),"$(FILE)"); \
	fi

test: tools check ## Everything that must pass
	scripts/test

check: tools fmt lint doc deny architecture ## Style, lints, links, dependencies, architecture; no long tests

fmt:
	cargo fmt --all --check

lint:
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

architecture:
	cargo test --locked --workspace --test it architecture::

deny: $(CARGO_DENY)
	$(CARGO_DENY) --locked check bans licenses sources

audit: $(CARGO_DENY) ## Known holes in dependencies; needs the network
	@$(CARGO_DENY) check advisories || { \
	  echo "audit: a hole was found, or the advisory database (github.com/rustsec/advisory-db) could not be reached:" \
	       "the lines above say which." >&2; exit 1; }

$(TARGET)/tools/bin/cargo-deny:
	@echo "installing cargo-deny $(CARGO_DENY_VERSION) into $(TARGET)/tools (a few minutes; only this once)"
	cargo install cargo-deny --debug --locked --version $(CARGO_DENY_VERSION) --root $(TARGET)/tools

lab: tools ## The scenarios on real hosts in network namespaces, with what they print
	BIVOUAC_SHOW=1 scripts/test --package bivouac-node --test it

soak: tools ## The same tests, for hours: 2,000 crashes, 10,000 simulated worlds, 100,000 histories
	$(SOAK) scripts/test

fuzz: setup ## Feed everything that reads what peers send with 50,000 inputs each
	@scripts/fuzz

bench: setup ## Measure the core, and removals beside OpenMLS
	cargo bench --locked --package bivouac-core --bench core --bench law
	cargo run --locked --release --manifest-path bench/Cargo.toml --target-dir "$(TARGET)/bench"

figures: setup ## Time real nodes on hosts of a lab; for docs/performance.md
	cargo bench --locked --package bivouac-node --bench figures

app: setup ## Measure the app beside Chromium and Mumble; for docs/performance.md
	cargo build --release --locked --package bivouac-ui --package bivouac-node --bins
	@scripts/measure-app

mutants: tools ## Break crypto, logs and the law in small ways, and see whether tests notice; hours
	@command -v cargo-mutants >/dev/null 2>&1 || cargo install cargo-mutants --debug --locked
	BIVOUAC_SEEDS=48 cargo mutants --package bivouac-crypto --file 'crypto/src/**' --timeout 60
	BIVOUAC_SEEDS=48 BIVOUAC_HISTORIES=60 cargo mutants --package bivouac-core --file node/core/src/authority.rs --file 'node/core/src/authority/**' \
	  --file node/core/src/log.rs --file node/core/src/fold.rs --file node/core/src/keys.rs --file node/core/src/guild/secrets.rs --timeout 180
