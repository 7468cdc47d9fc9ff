# Everything there is to do. Each target is a line, or a script that says the rest.
PYTHON := .venv/bin/python
# What each says stays together, where make can see to it (4.0).
WHOLE := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
.DEFAULT_GOAL := help
# Where it is set, every process compiles all it imports anew: a service then takes twice as long
# to start, and tests start many.
unexport PYTHONDONTWRITEBYTECODE

help:         ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: ready    ## start everything in one process: http://127.0.0.1:8080 (ARGS="--port 9000")
	@$(PYTHON) -m allinone $(ARGS)

demo: ready   ## one whole request, from draft to sealed sheet, step by step
	@$(PYTHON) -m demo $(ARGS)

reset: ready  ## delete what `make run` kept
	@$(PYTHON) -m allinone reset $(ARGS)

test: ready-to-test  ## every check and every test
	@$(MAKE) --no-print-directory --jobs 2 $(WHOLE) lint types portal-test
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: ready-to-test   ## style
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

types: ready-to-test  ## types
	@$(PYTHON) -m mypy

portal-test: ready-to-test  ## the portal's types and unit tests
	@$(PYTHON) portal/build.py typecheck test

bench: ready-to-bench  ## figures, each beside its baseline (ARGS="hop sheet")
	@$(PYTHON) -m bench $(ARGS)

stack-up: ready-to-test  ## PostgreSQL, RabbitMQ and each service a process of this machine
	@$(PYTHON) deploy/stack.py up

stack-down:   ## stop what stack-up started
	@$(PYTHON) deploy/stack.py down

compose-test: ## build the containers, run the journeys inside them, take them down
	@deploy/compose-test.sh

screenshots: ready-to-test  ## every screen at both sizes (ARGS="FOLDER")
	@$(PYTHON) -m tests.browser.screenshots $(ARGS)

pictures: ready-to-test  ## the README's pictures, from the running product
	@$(PYTHON) -m tests.browser.pictures

dead-letters: ## the stack's events that wait, and why (SERVICE=workflow ARGS="replay all")
	@$(PYTHON) deploy/stack.py do $(or $(SERVICE),each) $(or $(ARGS),waiting)

flow-check: ready  ## what is wrong with a definition (FILE=flow.toml ARGS="--directory D --form F.json")
	@$(PYTHON) -m workflow_svc flow-check $(FILE) $(ARGS)

docs: ready   ## docs/openapi.json and docs/asyncapi.json, from the code
	@$(PYTHON) -m allinone.docs

ready:
	@python3 deploy/setup.py run

ready-to-test:
	@python3 deploy/setup.py test

ready-to-bench:
	@python3 deploy/setup.py bench

.PHONY: help run demo reset test lint types portal-test bench stack-up stack-down compose-test \
        screenshots pictures dead-letters flow-check docs ready ready-to-test ready-to-bench
