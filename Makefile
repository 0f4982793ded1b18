# Carillon. `make` lists what can be made.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
# Two more than there are processors: tests of crashes and outages wait most of their time.
TESTERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 2)

.DEFAULT_GOAL := help
.PHONY: pictures chromium nginx pgbouncer redis promtool help demo run simulator setup migrate test audit fuzz faults bench bench-import bench-pages bench-preview bench-scale check postman fix lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

demo: .venv/production ## a whole campaign on this machine: no account, no server, nothing to set up
	@$(BIN)/python -m demo

run: .venv/production .env ## the service alone, with what your .env says
	$(BIN)/flask --app wsgi db upgrade
	$(BIN)/gunicorn wsgi:app

simulator: .venv/production .env ## the fake Vonage alone
	$(BIN)/python -m simulator

setup: .venv/tools ## everything needed to work on Carillon

migrate: .venv/production .env ## bring the database to what this version needs
	$(BIN)/flask --app wsgi db upgrade

test: .venv/tools chromium nginx pgbouncer redis promtool ## every test, on SQLite and on a PostgreSQL that it brings itself
	$(BIN)/python -m pytest -n $(TESTERS) $(ARGS)

# The dashboard is tried in a real browser, and nginx in front of it. Without them those tests are left out, and say so.
define install
	if [ "$$(id -u)" = 0 ]; then as=""; else as="sudo -n"; fi; \
	command -v apt-get >/dev/null && $$as apt-get install -y -q $(1) >/dev/null 2>&1 \
		|| { $$as apt-get update -q >/dev/null 2>&1 && $$as apt-get install -y -q $(1) >/dev/null 2>&1; }
endef

# Nothing that is installed for tests stays running.
define rest
	{ { $$as systemctl disable --now $(1) || $$as service $(1) stop; } >/dev/null 2>&1 || true; }
endef

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { $(call install,chromium); } \
		|| echo "NO CHROMIUM: the dashboard will not be tried in a browser (apt-get install chromium)" >&2

nginx:
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || { $(call install,nginx-light) && $(call rest,nginx); } \
		|| echo "NO NGINX: what deploy/ says of it will not be tried (apt-get install nginx-light)" >&2

# Limits that processes share are tried with a real Redis. Without one that test is left out, and says so.
redis:
	@command -v redis-server >/dev/null || { $(call install,redis-server) && $(call rest,redis-server); } \
		|| echo "NO REDIS: limits shared in it will not be tried (apt-get install redis-server)" >&2

# Alerts are tried with Prometheus' own tool, taken out of its package: nothing is installed, nothing runs.
promtool: .venv/bin/python
	@command -v promtool >/dev/null || test -x $(BIN)/promtool || { \
		folder=$$(mktemp -d) && cd $$folder && { apt-get download -q prometheus >/dev/null 2>&1 \
			&& dpkg -x prometheus_*.deb . && cp usr/bin/promtool $(CURDIR)/$(BIN)/; } \
			|| echo "NO PROMTOOL: the alerts will not be tried (apt-get install prometheus)" >&2; \
		rm -rf $$folder; }

# Transactions past a real PgBouncer. Without one those tests are left out, and say so.
pgbouncer:
	@PATH="$$PATH:/usr/sbin" command -v pgbouncer >/dev/null || { $(call install,pgbouncer) && $(call rest,pgbouncer); } \
		|| echo "NO PGBOUNCER: the service will not be tried past it (apt-get install pgbouncer)" >&2

fuzz: .venv/tools ## made-up requests to every operation of the API on both databases, for many minutes; FUZZ=1000 for longer
	FUZZ=$${FUZZ:-100} $(BIN)/python -m pytest -n $(TESTERS) tests/fuzz $(ARGS)

faults: .venv/tools ## every fault in full length, which takes many minutes; FAULTS_SEED repeats a run
	FAULTS=full $(BIN)/python -m pytest tests/faults tests/e2e $(ARGS)

bench: .venv/production ## measure sending and webhooks on this machine; ARGS="--runs 1" is quicker
	$(BIN)/python -m bench $(ARGS)

bench-import: .venv/tools ## import a million rows: rows a second, peak memory; ARGS="ROWS DATABASE_URL csv|xlsx"
	$(BIN)/python -m bench.imports $(ARGS)

bench-scale: .venv/tools ## sends over ever more workers, claims over ever more rows, what a message costs; ARGS="--rows 100000,1000000,10000000"
	$(BIN)/python -m bench.scale $(ARGS)

bench-pages: .venv/tools ## time every page of the dashboard over a million messages, in SQLite and in the empty database of DATABASE_URL
	$(BIN)/python -m bench.pages $(ARGS)

bench-preview: .venv/production ## measure a preview of a million recipients, and planning
	$(BIN)/python -m bench.preview $(ARGS)

check: .venv/tools ## what CI runs: format, lint, types, contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(MAKE) audit
	$(MAKE) test

audit: .venv/tools ## known vulnerabilities in locked packages; without the network it says that it did not look
	@.ci/audit $(AUDIT)

postman: .venv/tools ## write examples/carillon.postman_collection.json from the OpenAPI description
	$(BIN)/python -m app.web.postman

pictures: .venv/tools chromium ## take the pictures of docs/pictures anew
	PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/browser/test_pictures.py

fix: .venv/tools ## format, and mend what can be mended safely
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/tools ## compile requirements*.txt from requirements*.in
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --upgrade requirements-scale.in -o requirements-scale.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --upgrade requirements-observe.in -o requirements-observe.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --upgrade requirements-dev.in -o requirements-dev.txt

clean: ## remove what the commands made; .env and var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.env:
	@echo "There is no .env: copy .env.example to .env and fill it in, or try 'make demo' first." >&2
	@exit 1

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed, $(PYTHON) is older." >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { echo "The venv module is missing: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }

# The two stamps say what is installed; they are made anew when the lists change.
.venv/production: .venv/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/tools: .venv/bin/python requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch .venv/production $@
