BIN ?= .venv/bin
# Tests start Python some hundred times: let what is compiled be kept, though the user wants none of it.
export PYTHONDONTWRITEBYTECODE =

help:   ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST)

check: format lint types test   ## all that must hold before a commit

format:   ## is every file formatted?
	$(BIN)/ruff format --check .

lint:   ## ruff's rules
	$(BIN)/ruff check .

types: .names   ## mypy, strict
	$(BIN)/mypy

test:   ## all tests
	$(BIN)/pytest -n 3 --dist loadgroup

coverage:   ## all tests again, with branch coverage and its floor: half as long again
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadgroup
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --format=total --fail-under=$$(cat tests/coverage-floor)

cluster:   ## the tests that match on Spark for minutes, one of them on a cluster on loopback
	$(BIN)/pytest -m cluster

soak-hostile:   ## attacks on a real server, within bounds: ARGUMENTS='--only NAME --seed 2'
	$(BIN)/python -m soak.hostile $(ARGUMENTS)

fix:   ## format and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs:   ## write the generated pages and pictures anew
	$(BIN)/python scripts/operations_table
	$(BIN)/python scripts/pictures.py

.names:   # the links through which type checkers see gluematch.*
	mkdir -p .names/gluematch
	ln -sfn ../../server ../../handlers ../../models .names/gluematch/

.PHONY: help check format lint types test coverage cluster soak-hostile fix docs
