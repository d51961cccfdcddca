# Each target is a script or a CMake preset. `make help` lists them.
.PHONY: quickstart test bench test-asan test-tsan differential fuzz soak drill-index kill-ingest format tidy build debug install clean help
.DEFAULT_GOAL := help
PREFIX ?= /usr/local

quickstart: ## install missing packages, build, fetch small models, answer four questions
	@scripts/quickstart

test: ## build everything and run every test
	@scripts/test release

test-asan: ## run the tests under the address and undefined behaviour sanitizers
	@scripts/test asan

test-tsan: ## run the tests under the thread sanitizer
	@scripts/test tsan

differential: ## compare the HTTP contract with FastAPI by 3000 generated scenarios (SCENARIOS=20000 SEED=7)
	@scripts/build release rappel rappel-extract
	@python3 tests/differential/run.py --rappel build/release/rappel --scenarios "$(or $(SCENARIOS),3000)" --seed "$(or $(SEED),1)"

fuzz: ## run each fuzz target for a minute (needs clang: scripts/install-packages develop)
	@scripts/fuzz 60

soak: ## damage a store 1000 times at random places (DAMAGES=4000 SEED=7)
	@scripts/soak "$(or $(DAMAGES),1000)" $(SEED)

drill-index: ## break index files 2000 times while they are written and merged (DRILLS=10000 SEED=7)
	@scripts/drill-index "$(or $(DRILLS),2000)" $(SEED)

kill-ingest: ## kill `rappel ingest` at 20 random points; every file must be stored once (KILLS=1000 SEED=7)
	@scripts/kill-ingest "$(or $(KILLS),20)" $(SEED)

format: ## apply .clang-format to all C++ files
	@scripts/format

tidy: ## run clang-tidy over src/ (slow; scripts/install-packages develop)
	@scripts/tidy

build: ## build only build/release/rappel
	@scripts/build release rappel rappel-extract

debug: ## build build/debug, with tests
	@scripts/build debug --tests

bench: ## compare the engine with other libraries (downloads them; OPTIONS="--models small" for less)
	@bench/run $(OPTIONS)

install: build ## install binary, documents and the small reranker below PREFIX (default /usr/local)
	@cmake --install build/release --prefix "$(PREFIX)"

clean: ## remove the build folders; models, data and .env stay
	@rm -rf build

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
