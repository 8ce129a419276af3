# Hartwood. 'make test' needs Go and nothing else; what other targets need is said beside them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

GO := go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINUX := $(CURDIR)/.cache/linux
PREFIX ?= /usr/local
# Below PREFIX/share.
SHARED := man/man1/hartwood.1 bash-completion/completions/hartwood zsh/site-functions/_hartwood \
	fish/vendor_completions.d/hartwood.fish
HARTS ?= 1 2 8 32
FUZZTIME ?= 20s
DIFF_TIME ?= 60s
BENCH ?= .

.PHONY: help build install uninstall run test quick format vet lint portable short unit race test-diff linux-files test-linux test-examples linux debian-image debian guests fuzz bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

build: ## the command ./hartwood, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o hartwood ./cmd/hartwood

install: build ## command, manual page and completions below PREFIX=/usr/local; DESTDIR goes before it
	install -D -m 755 hartwood $(DESTDIR)$(PREFIX)/bin/hartwood
	install -d $(patsubst %,$(DESTDIR)$(PREFIX)/share/%,$(dir $(SHARED)))
	./hartwood man >$(DESTDIR)$(PREFIX)/share/man/man1/hartwood.1
	./hartwood completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hartwood
	./hartwood completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_hartwood
	./hartwood completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hartwood.fish

uninstall: ## what install has put there
	rm -f $(DESTDIR)$(PREFIX)/bin/hartwood $(patsubst %,$(DESTDIR)$(PREFIX)/share/%,$(SHARED))

run: ## the embedded guest
	$(GO) run ./cmd/hartwood run

test: ## everything that Go alone can check, step by step
	$(GO) run ./bench/check format vet lint portable unit race

quick: ## what to run before each commit: format, vet, and the tests without the long ones
	$(GO) run ./bench/check format vet short

# Single steps of the two; bench/check has their table.
format vet lint portable short unit race:
	$(GO) run ./bench/check $@

test-diff: ## random programs against QEMU for DIFF_TIME=60s; DIFF_SEED repeats a run (needs apt)
	vcpu/difftest/fetch-qemu.sh
	DIFF_TIME=$(DIFF_TIME) $(GO) test -count=1 -v -timeout 15m -run 'WithQEMU' ./vcpu/difftest ./jitworker/host/amd64

linux-files: ## Debian's riscv64 kernel, busybox and OpenSBI (needs apt)
	bench/linux/fetch.sh $(LINUX)

test-linux: linux-files ## boot Debian's kernel on HARTS="1 2 8 32" harts (needs apt)
	HARTWOOD_LINUX=$(LINUX) HARTWOOD_LINUX_HARTS='$(HARTS)' $(GO) run ./bench/check linux

test-examples: linux-files ## the examples for Kubernetes, and for Slurm on this machine (needs apt, slurm-wlm, munge)
	cd runtime/examples/kubernetes && $(GO) test ./...
	HARTWOOD_SLURM=1 HARTWOOD_LINUX=$(LINUX) $(GO) test -count=1 -v -timeout 15m -run '^TestSlurm$$' ./bench/linux

linux: build linux-files ## a shell in Debian's kernel, on 4 harts (needs apt)
	CGO_ENABLED=0 GOOS=linux GOARCH=riscv64 $(GO) build -trimpath -ldflags '-s -w' -o $(LINUX) ./bench/linux/guest/...
	$(GO) run ./bench/linux/mkinitramfs -cache $(LINUX) -tree $(LINUX)/python -output $(LINUX)/initrd.gz \
		$(LINUX)/threads $(LINUX)/jit bench/linux/guest/check.py
	./hartwood run --harts 4 --memory 1G --kernel $(LINUX)/Image --initrd $(LINUX)/initrd.gz \
		--append 'console=ttyS0 quiet hartwood.mode=shell'

debian-image: build linux-files ## a disk image with Debian and PACKAGES="..." (needs apt, e2fsprogs; who is not root fakeroot)
	$(GO) run ./bench/linux/mkinitramfs -root -cache $(LINUX) -output $(LINUX)/root.gz
	bench/linux/debian-image.sh ./hartwood $(LINUX) $(LINUX)/debian.img $(PACKAGES)

debian: ## log in to that image, as root without a password, on 4 harts
	@[ -e $(LINUX)/debian.img ] || { echo "'make debian-image' makes the disk image first"; exit 1; }
	./hartwood run --harts 4 --memory 1G --kernel $(LINUX)/Image --initrd $(LINUX)/root.gz \
		--drive $(LINUX)/debian.img --append 'console=ttyS0 quiet root=/dev/vda'

guests: ## rebuild the checked-in guest programs (needs Debian's gcc-riscv64-unknown-elf)
	@command -v riscv64-unknown-elf-gcc >/dev/null || { echo "install gcc-riscv64-unknown-elf"; exit 1; }
	for file in $$(find . -mindepth 2 -name Makefile -not -path './.*'); do $(MAKE) -B -C "$$(dirname "$$file")"; done

fuzz: ## every fuzz target for FUZZTIME=20s
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg; \
		done; \
	done

bench: ## every benchmark that matches BENCH=., once more with LINUX's when its files are there
	if [ -e $(LINUX)/READY ]; then export HARTWOOD_LINUX=$(LINUX); fi; \
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./...

clean: ## what was built and downloaded
	rm -rf hartwood build .cache
