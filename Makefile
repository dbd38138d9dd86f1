# Every target does its own set-up; a second run re-installs nothing. `make help` lists them.
# Installed things carry a stamp inside their folder, so removing the folder is the way to start afresh.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Packages are compiled when they are installed, and ours when they are first imported: a start is twice as fast.
unexport PYTHONDONTWRITEBYTECODE
UV := .tools/uv/bin/uv
UV_VERSION := 0.13.8
APP := .venv/installed.stamp
CHECKS := .venv-checks/installed.stamp
TFX := .venv-tfx/installed.stamp
FIREBASE := local/firebase/node_modules/installed.stamp
WEB_PACKAGES := web/node_modules/installed.stamp
WEB := web/dist/index.html
CHROMIUM := .tools/chromium
PYTHON := .venv/bin/python
say = @printf '\033[1m==>\033[0m %s\n' $(1)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: demo
demo: stack ## set up, start the stack, run a quick test, show its result
	@.venv/bin/quicktest demo

.PHONY: up
up: stack ## start the one-machine stack; Ctrl-C stops it
	@.venv/bin/quicktest up

.PHONY: cloud
cloud: $(APP) $(FIREBASE) $(WEB_PACKAGES) ## set up what `quicktest cloud` calls, and not the one-machine stack

.PHONY: cloud-demo
cloud-demo: stack ## run the demo on a Google project and compare it with this machine (PROJECT=...)
	@.venv/bin/quicktest cloud demo $(PROJECT)

.PHONY: down
down: $(APP) ## stop the stack that runs in this folder
	@.venv/bin/quicktest down

.PHONY: test
test: stack $(WEB_PACKAGES) $(CHROMIUM) ## set up and pass all tests
	@scripts/test

.PHONY: simulate
simulate: $(APP) ## drive the lifecycle through N random schedules of faults (N=20000)
	@$(PYTHON) -m tests.simulation -n $(or $(N),20000)

.PHONY: soak
soak: stack ## run N experiments while parts of the real stack are killed (N=30; about 10 minutes)
	@$(PYTHON) -m tests.e2e.soak -n $(or $(N),30)

.PHONY: lint
lint: $(APP) $(CHECKS) $(WEB_PACKAGES) ## check style, imports and types, and what is deployed
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/lint-imports --no-cache
	scripts/lint-deployment
	cd web && npm run --silent lint

.PHONY: format
format: $(APP) $(WEB_PACKAGES) ## rewrite the code in the project's style
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
	cd web && npm run --silent format

.PHONY: lock
lock: $(UV) ## resolve the Python lock files again
	$(call lock,3.11 --universal,pyproject.toml --group dev,app)
	$(call lock,3.11 --universal,requirements/functions.in -c requirements/app.lock,functions)
	$(call lock,3.11 --universal,requirements/checks.in,checks)
	$(call lock,3.11,requirements/mlflow.in,mlflow)
	$(call lock,3.10,requirements/tfx.in,tfx)
	$(call lock,3.10,requirements/tfx-gpu.in,tfx-gpu)
	$(call lock,3.10,requirements/tfx-local.in,tfx-local)

# Python version, what to resolve, name of the lock file
lock = $(UV) pip compile -q --upgrade --python-version $(1) --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' $(2) -o requirements/$(3).lock

# ------------------------------------------------------------------------------------------------- set-up

.PHONY: stack
stack: tools $(APP) $(TFX) $(FIREBASE) $(WEB)

.PHONY: tools
tools: # what is not installed here is missed before anything is downloaded
	@python=$$(scripts/find-python 3.11 "the application") && "$$python" -m local.tools

$(UV):
	$(call say,"uv $(UV_VERSION)")
	@python=$$(scripts/find-python 3.11 "the application") && "$$python" -m venv .tools/uv
	@.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(APP): requirements/app.lock pyproject.toml | $(UV)
	$(call say,"application environment (about 1 minute)")
	@python=$$(scripts/find-python 3.11 "the application") && $(UV) venv --quiet --allow-existing --python "$$python" .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync --compile-bytecode --require-hashes requirements/app.lock
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --editable .
	@touch $@

$(TFX): requirements/tfx.lock requirements/tfx-local.lock | $(UV)
	$(call say,"TFX environment (3 GB; about 2 minutes)")
	@python=$$(scripts/find-python 3.10 "the newest that TFX 1.16 runs on") && $(UV) venv --quiet --allow-existing --python "$$python" .venv-tfx
	@VIRTUAL_ENV=.venv-tfx $(UV) pip sync --compile-bytecode --require-hashes requirements/tfx.lock requirements/tfx-local.lock
	@touch $@

$(CHECKS): requirements/checks.lock | $(UV)
	$(call say,"linters of what is deployed")
	@python=$$(scripts/find-python 3.11 "the linters") && $(UV) venv --quiet --allow-existing --python "$$python" .venv-checks
	@VIRTUAL_ENV=.venv-checks $(UV) pip sync --quiet --require-hashes requirements/checks.lock
	@touch $@

$(FIREBASE): local/firebase/package-lock.json
	$(call say,"Auth and Hosting emulators (about 1 minute)")
	@cd local/firebase && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB_PACKAGES): web/package-lock.json
	$(call say,"packages of the page")
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB): $(WEB_PACKAGES) $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
	$(call say,"the page")
	@cd web && npm run --silent build
	@touch $@

$(CHROMIUM):
	$(call say,"Chromium for the browser tests")
	@mkdir -p $(@D)
	@scripts/find-chromium > $@.new && mv $@.new $@
