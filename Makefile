# Everything a developer does here, by name. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Always in release: debug builds of this kind of code are an order of magnitude slower.
BUILD := swift build -c release
# Without testable imports `swift test` shares the products of `swift build` instead of compiling
# everything a second time. All tests are Swift Testing.
TEST := swift test -c release --skip-build --disable-testable-imports --disable-xctest
TOOL := .build/release/needletail

# Needs python3 with venv; brings the libraries itself.
COMPARE := python3 Benchmarks/run.py
CLIENT := python3 clients/python/develop.py

# Folders and files that the formatter owns.
SOURCES := $(wildcard Package.swift Sources Tests Benchmarks examples/Package.swift examples/QuickStart examples/RAG)

# What `swift test` prints while all is well, left out unless V=1; failures and summaries stay, and
# failures are told once more at the end.
ROUTINE := ^◇|^✔ Test (case|"|[^ ]*\()
QUIET := awk -v all='$(V)' '/^✘/ { failed[++count] = $$0 } all || $$0 !~ /$(ROUTINE)/; \
    END { if (count) print "what failed:"; for (i = 1; i <= count; i++) print failed[i] }'

DEMO := demo.needletail
TOUR := examples/tour.sql
PORT := 7117

.PHONY: help install-deps build test example python test-python soak lint format bench bench-large bench-own bench-tool \
    demo clean

help: ## list these commands
	@sed -n -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

install-deps: ## install the libraries that are missing (Debian), or say how
	@.ci/install-deps

build: install-deps ## build everything but the tests
	$(BUILD)

test: lint install-deps ## check the format, build once, run all tests (V=1 lists each one)
	$(BUILD) --build-tests
	$(TEST) $(ARGS) 2>&1 | $(QUIET)
	$(MAKE) --no-print-directory example
	$(MAKE) --no-print-directory test-python

example: install-deps ## build and run the example package, which sees only the products
	swift build -c release --package-path examples
	$(BUILD) --product needletail
	@rm -rf .build/example.db .build/rag.db .build/rag-served.db
	@diff examples/QuickStart/expected.txt <(examples/.build/release/QuickStart .build/example.db) \
	    && echo 'example: as expected'
	@diff examples/RAG/expected.txt <(examples/.build/release/RAG .build/rag.db) \
	    && echo 'example RAG, in this process: as expected'
	@$(TOOL) serve .build/rag-served.db --listen unix:.build/rag.sock 2> /dev/null & \
	    trap "kill $$!" EXIT; until test -S .build/rag.sock; do sleep 0.1; done; \
	    diff examples/RAG/expected.txt <(examples/.build/release/RAG unix:.build/rag.sock) \
	    && echo 'example RAG, through a server: as expected'

python: install-deps ## build the Python client: wheel and source archive in .build/python
	$(CLIENT) build

test-python: install-deps ## test the Python client against the server (PYTEST=... is handed on)
	$(BUILD) --product needletail
	$(CLIENT) test $(PYTEST)

soak: install-deps ## run the long forms of the tests; each prints its seed
	$(BUILD) --build-tests
	NEEDLETAIL_SOAK=1 NEEDLETAIL_FUZZ_SECONDS=600 $(TEST) --no-parallel $(ARGS)
	NEEDLETAIL_SOAK=1 $(CLIENT) test $(PYTEST)

lint: ## check the format of the code
	swift format lint --strict -r $(SOURCES)

format: ## mend the format of the code
	swift format -i -r $(SOURCES)

bench: bench-tool ## compare with other libraries at equal recall (ARGS=... are handed on)
	$(COMPARE) $(ARGS)

bench-large: bench-tool ## the same with 1,000,000 generated rows: hours, for the background
	$(COMPARE) --data l2,cosine --rows 1000000 $(ARGS)

bench-own: bench-tool ## measure our own parts, alone (ARGS=... are handed on)
	.build/release/needletail-bench $(ARGS)

bench-tool: install-deps
	$(BUILD) --product needletail-bench
	$(BUILD) --product needletail

demo: install-deps $(TOUR) ## make a database of 6,000 packages and ask it questions
	$(BUILD) --product needletail
	@rm -rf $(DEMO)
	@$(TOOL) $(DEMO) -f $(TOUR) --echo-all < /dev/null
	@printf '\n%s\n  %s\n%s\n  %s\n' \
	    'Ask it more at the prompt:' '$(TOOL) $(DEMO)' \
	    'Or serve it to other programs:' '$(TOOL) serve $(DEMO) --listen 127.0.0.1:$(PORT)'

clean: ## remove what was built, and the demonstration's database
	rm -rf .build examples/.build $(DEMO)
