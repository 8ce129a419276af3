# Hartwood. 'make test' needs Go and nothing else; what other targets need is said beside them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

GO := go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# All checks but those that want comments in a fixed form, that refuse names in capitals (CSRs and opcodes have
# theirs), and that take the letters and zero fields of an encoding for mistakes.
CHECKS := all,-ST1000,-ST1003,-ST1020,-ST1021,-ST1022,-SA4000,-SA4016
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINUX := $(CURDIR)/.cache/linux
HARTS ?= 1 2 8 32
FUZZTIME ?= 20s
DIFF_TIME ?= 60s
BENCH ?= .

.PHONY: help build run test format vet lint portable unit race test-diff linux-files test-linux linux guests fuzz bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

build: ## the command ./hartwood, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o hartwood ./cmd/hartwood

run: ## the embedded guest
	$(GO) run ./cmd/hartwood run

test: format vet lint portable unit race ## everything that Go alone can check

format:
	@files=$$(gofmt -l $$($(GO) list -f '{{.Dir}}' ./...)); \
	if [ -n "$$files" ]; then echo "not formatted with gofmt:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(GO) run $(STATICCHECK) -checks '$(CHECKS)' ./...

# The code is for Linux on amd64 and arm64; tests run on the host's own.
portable:
	CGO_ENABLED=0 GOARCH=arm64 $(GO) build ./...
	CGO_ENABLED=0 GOARCH=arm64 $(GO) vet ./...

unit:
	$(GO) test ./...

# The race detector watches Go's own memory. Guest RAM lies outside of it, so that guests may race as they please. It
# needs a C compiler, which a machine with Go alone does not have.
race:
	@if command -v "$$($(GO) env CC)" >/dev/null; then \
		echo "$(GO) test -race -short ./..."; CGO_ENABLED=1 $(GO) test -race -short ./...; \
	else \
		echo "race detector: left out, there is no C compiler"; \
	fi

test-diff: ## random programs against QEMU for DIFF_TIME=60s; DIFF_SEED repeats a run (needs apt)
	vcpu/difftest/fetch-qemu.sh
	DIFF_TIME=$(DIFF_TIME) $(GO) test -count=1 -v -timeout 15m -run 'WithQEMU' ./vcpu/difftest ./jitworker/engine

linux-files: ## Debian's riscv64 kernel, busybox and OpenSBI (needs apt)
	bench/linux/fetch.sh $(LINUX)

test-linux: linux-files ## boot Debian's kernel on HARTS="1 2 8 32" harts (needs apt)
	HARTWOOD_LINUX=$(LINUX) HARTWOOD_LINUX_HARTS='$(HARTS)' $(GO) test -v -count=1 -timeout 20m ./bench/linux

linux: build linux-files ## a shell in Debian's kernel, on 4 harts (needs apt)
	CGO_ENABLED=0 GOOS=linux GOARCH=riscv64 $(GO) build -trimpath -ldflags '-s -w' -o $(LINUX) ./bench/linux/guest/...
	$(GO) run ./bench/linux/mkinitramfs -cache $(LINUX) -tree $(LINUX)/python -output $(LINUX)/initrd.gz \
		$(LINUX)/threads $(LINUX)/jit bench/linux/guest/check.py
	./hartwood run --harts 4 --memory 1G --kernel $(LINUX)/Image --initrd $(LINUX)/initrd.gz \
		--append 'console=ttyS0 quiet hartwood.mode=shell'

guests: ## rebuild the checked-in guest programs (needs Debian's gcc-riscv64-unknown-elf)
	@command -v riscv64-unknown-elf-gcc >/dev/null || { echo "install gcc-riscv64-unknown-elf"; exit 1; }
	for file in $$(find . -mindepth 2 -name Makefile -not -path './.*'); do $(MAKE) -B -C "$$(dirname "$$file")"; done

fuzz: ## every fuzz target for FUZZTIME=20s
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench: ## every benchmark that matches BENCH=., once more with LINUX's when its files are there
	if [ -e $(LINUX)/READY ]; then export HARTWOOD_LINUX=$(LINUX); fi; \
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./...

clean: ## what was built and downloaded
	rm -rf hartwood build .cache
