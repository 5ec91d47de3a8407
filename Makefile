# `make` alone prints the menu; every line of it ends in `##`.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ ?= lift
FUZZ_SECONDS ?= 60

SHELL := /bin/bash
.DEFAULT_GOAL := help
STEP := scripts/step.sh
MISSING := 'If something is missing, scripts/setup.sh says what; else mend the first error in the log.'
# Cargo runs inside the build: it keeps to the same number of jobs.
export CARGO_BUILD_JOBS ?= $(JOBS)

.PHONY: help demo test test-languages bench bench-languages soak lint fmt asan tsan fuzz bless docs install install-build package clean build setup \
  lint-layers lint-format lint-shell lint-rust lint-deny lint-style

help: ## this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-15s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup build/release/build.ninja ## build what a first plugin needs, and run it
	@$(call compile,release) --target processor guests_rust mortise_cli
	@build/release/examples/processor/processor build/guests/processor.wasm

# A note is what a test has to say that did not fail.
test: setup-test build ## run all tests
	@rm -f build/log/test.xml
	@$(call run-tests,release)
	@sed -n 's/.*NOTE: /NOTE: /p' build/log/test.xml

test-languages: setup-test setup-languages build ## install the compilers of all seven languages, and test plugins in each
	@$(STEP) --show "Test languages" ctest --preset release -L languages

# Configured each time: a build folder may be older than its settings.
soak: build ## make ten million calls from all threads, of which one in a hundred fails
	@$(STEP) --show "Soak" build/release/tests/soak
	@$(STEP) --show "Chaos" build/release/tests/chaos

bench: setup-bench ## measure, and compare with native code, with Rust and with other processes
	@$(STEP) --hint $(MISSING) "Configure bench" cmake --preset bench
	@$(call compile,bench)
	@bench/run.py build/bench

bench-languages: setup-languages build ## measure the sample plugin in each language
	@PATH=$(CURDIR)/build/tools/python/bin:$$PATH bench/languages.py build/release

lint: lint-layers lint-format lint-shell lint-rust lint-deny lint-style ## check formatting, style, and which folder may include which

fmt: setup-lint ## format all sources
	@clang-format-22 -i $(CXX_SOURCES)
	@scripts/rust.sh format

asan: setup-asan build/asan/build.ninja ## run all tests under AddressSanitizer
	@$(call compile,asan)
	@$(call run-tests,asan)

tsan: setup-tsan build/tsan/build.ninja ## run all tests under ThreadSanitizer
	@$(call compile,tsan)
	@$(call run-tests,tsan)

# What it finds new is kept in build/fuzz, and where it starts the next time; what breaks it is named.
fuzz: corpus = $(if $(filter lift,$(FUZZ)),corpus,$(FUZZ)_corpus)
fuzz: setup-fuzz build/fuzz/build.ninja ## lift arbitrary bytes (FUZZ=lift, dynamic), or read text (wave, json), for FUZZ_SECONDS (60)
	@$(call compile,fuzz) --target $(FUZZ)_fuzz
	@mkdir -p build/fuzz/$(corpus) build/fuzz/found
	@$(STEP) --show --hint 'fuzz/README.md says what to do with what it found.' "Fuzz" build/fuzz/fuzz/$(FUZZ)_fuzz \
	  -max_total_time=$(FUZZ_SECONDS) -max_len=1024 -timeout=10 -print_final_stats=1 \
	  -artifact_prefix=build/fuzz/found/ build/fuzz/$(corpus) fuzz/$(corpus)

bless: build/release/build.ninja ## take what mortise-bindgen writes now for right, as its tests do from then on
	@$(call compile,release) --target bindgen
	@python3 -B tests/bindgen/golden.py build/bindgen/release/mortise-bindgen --bless
	@git status --short bindgen/golden bindgen/errors

docs: build ## run what the documentation shows
	@$(STEP) --show "Docs" ctest --preset release -L docs

# Under sudo it installs what is there: root has another cargo, or none, and would own the build folder.
# The files that go first are those that an earlier sudo left, and that only root could write to.
install: $(if $(SUDO_USER),,install-build) ## install below PREFIX (/usr/local)
	@[ -e build/dist/cmake_install.cmake ] || { echo "Nothing is built yet. Without sudo: make install-build" >&2; exit 1; }
	@rm -f build/log/install.log build/dist/install_manifest*.txt
	@$(STEP) --hint 'If it may not write there: sudo make install. If it is not built: make install-build, without sudo.' \
	  "Install" cmake --install build/dist --prefix $(abspath $(PREFIX))

package: setup-package install-build ## make Debian packages, in build/package
	@rm -rf build/package
	@$(STEP) "Package" cpack --config build/dist/CPackConfig.cmake -B build/package
	@rm -rf build/package/_CPack_Packages
	@ls build/package/*.deb

clean: ## remove all that was built
	rm -rf build

# What the menu is made of.

sources = $(shell git ls-files -co --exclude-standard -- $(1))
CXX_SOURCES = $(call sources,'*.h' '*.hpp' '*.cpp' '*.cc')
SHELL_SOURCES = $(call sources,'*.sh' .ci/run)

lint-layers: setup-lint
	@$(STEP) "Layers" scripts/check-layers.py
	@$(STEP) "Layer tests" scripts/check_layers_test.py

lint-format: setup-lint
	@$(STEP) --hint "Run: make fmt" "Clang-format" clang-format-22 --dry-run -Werror $(CXX_SOURCES)

lint-shell:
	@$(if $(shell command -v shellcheck),$(STEP) "Shellcheck" shellcheck $(SHELL_SOURCES),echo "Shell scripts: skipped, there is no shellcheck")

lint-rust: setup-lint
	@$(STEP) --hint "For the format, run: make fmt" "Rust" scripts/rust.sh check

lint-deny:
	@$(STEP) --show --hint "What is allowed is in deny.toml." "Cargo deny" scripts/rust.sh deny

lint-style: setup-lint build
	@$(STEP) "Clang-tidy" run-clang-tidy-22 -quiet -p build/release -j $(JOBS)

build: setup build/release/build.ninja
	@$(call compile,release)

install-build: build/dist/build.ninja
	@$(call compile,dist)

setup:
	@scripts/setup.sh build guests

setup-%:
	@scripts/setup.sh build guests $*

# CMake runs itself again when its files change; this is for the first time.
build/%/build.ninja: | setup
	@$(STEP) --hint $(MISSING) "Configure $*" cmake --preset $*

compile = $(STEP) --hint $(MISSING) "Build $(1)" cmake --build --preset $(1) --parallel $(JOBS)
run-tests = $(STEP) --show --hint 'Each failed test is named above.' "Test $(1)" \
  ctest --preset $(1) --output-junit $(CURDIR)/build/log/test.xml
