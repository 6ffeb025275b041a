# Two commands are all it takes: make run, make test. Neither needs a C compiler.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.DEFAULT_GOAL := help
.PHONY: help run test build check test-race soak bench bench-parts

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: build ## start on :8080 with SQLite under data/, at first with a demo venue
	bin/makeright serve --demo

test: ## run all tests; at the end it says what could not be tested here
	@.ci/test.sh

build: ## build bin/makeright
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o bin/makeright ./cmd/makeright

check: ## form, vet, staticcheck, import plan, generated files
	@.ci/check.sh

test-race: ## run all tests with the race detector; needs a C compiler
	@command -v $$(go env CC) >/dev/null || { echo "The race detector needs a C compiler, such as gcc; there is none here."; exit 1; }
	CGO_ENABLED=1 go test -race -count=1 -p 2 -timeout 20m ./...

soak: ## run the long tests at full size; takes hours
	@.ci/test.sh --soak

bench: build ## measure the whole program on this machine; make bench-parts measures its parts
	bin/makeright bench

bench-parts: ## micro-benchmarks beside the code
	CGO_ENABLED=0 go test -bench . -run '^$$' ./...
