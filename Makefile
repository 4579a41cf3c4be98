# Thin on purpose: every target is a script or a build target. BUILD_DIR (build/) and RUN_DIR (.run/) may be set.
export BUILD_DIR ?= $(CURDIR)/build
export RUN_DIR ?= $(CURDIR)/.run

.PHONY: run demo up down build test bench images lint

run: ## Set up, build, start everything, play the demo, serve until Ctrl-C
	@scripts/setup && scripts/build && scripts/instance run

demo: ## The same, then stop
	@scripts/setup && scripts/build && scripts/instance demo

up: ## Start in the background
	@scripts/setup && scripts/build && scripts/instance up

down: ## Stop; data kept
	@scripts/instance down

build:
	@scripts/setup && scripts/build

test: ## The whole suite
	@scripts/setup --test && scripts/test

bench: ## Ratios against the raw limits
	@scripts/setup && scripts/bench

images: ## Container images of the three services
	@scripts/images

lint: ## buf, clang-format, shellcheck
	@scripts/setup --test && scripts/lint
