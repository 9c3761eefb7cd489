# Nouveau départ : toutes les commandes du projet. « make » seul les montre.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
TERRITORY ?= 21
LIVES ?= 2000
KNOCKS ?= 12000
DEPARTURES ?= 200
KILLS ?= 100
MINUTES ?= 40
VENV := .venv
BIN := $(VENV)/bin
# Posée à la fin d'une installation réussie : une installation interrompue recommence.
READY := $(VENV)/.ready
CODE := core models store connectors tasks flows gateway cli sandbox tests

.PHONY: help setup demo test check hunt fuzz chaos crashes tables fix lock sbom browser pictures clean

help: ## Montre cette aide
	@echo "Nouveau départ — commandes :"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16
	@echo "Options de demo : TERRITORY=21  HANDS_ON=1 (répondre soi-même)  ONCE=1 (s'arrêter à la clôture)"

setup: $(READY) ## Installe tout dans .venv (ne refait rien si rien n'a changé)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python est introuvable : installez Python 3.11 ou plus récent (Debian : apt-get install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Il faut Python 3.11 ou plus récent, et « $(PYTHON) » est plus ancien : make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { echo "La création de .venv a échoué (Debian : apt-get install python3-venv)." >&2; exit 1; }
	@echo "Installation des dépendances dans $(VENV) (quelques minutes la première fois)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Un départ inventé, de la proposition à la clôture, sur les vrais services
	@exec $(BIN)/pnd demo --territory $(TERRITORY) $(if $(HANDS_ON),--hands-on) $(if $(ONCE),--once)

test: check browser ## Vérifie tout : règles de la maison, puis tous les tests
	@$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder --ignore=tests/house

check: setup ## Mise en forme, règles, types, frontières entre dossiers, tests de la maison
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/house

hunt: setup ## Vit des milliers de départs au hasard, à la recherche d'un oubli (LIVES=2000)
	@PND_HUNT=$(LIVES) $(BIN)/python -m pytest -q tests/rules/test_walks.py -k whatever_happens

fuzz: setup ## Jette plus de 10 000 requêtes à la porte : aucune erreur, rien d'écrit par un refus (KNOCKS=12000)
	@PND_FUZZ=$(KNOCKS) $(BIN)/python -m pytest -q -s --timeout 0 tests/fuzz

chaos: setup ## Une tempête sur de vrais processus (SEED=, DEPARTURES=200, KILLS=100, MINUTES=40)
	@$(BIN)/python -m tests.chaos.run --departures $(DEPARTURES) --kills $(KILLS) --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

crashes: setup ## Tue un processus à chacun de ses points, un à un (long ; make test en vit une partie)
	@PND_CRASHES=all $(BIN)/python -m pytest -q -s tests/crashes

tables: setup ## Recopie les tables de décision dans docs/journey.md
	@$(BIN)/python -m tests.decisions.render

fix: setup ## Corrige ce qui peut l'être : mise en forme, imports
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: ## Refait requirements.lock (versions exactes, empreintes, aucune adresse)
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder" && "$$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	"$$folder/bin/uv" pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra dev --quiet --output-file requirements.lock pyproject.toml

sbom: setup ## Écrit dist/sbom.cdx.json : ce qui est installé, en CycloneDX, sans réseau ni adresse
	@mkdir -p dist
	@$(BIN)/python -m cyclonedx_py environment --pyproject pyproject.toml --short-PURLs \
		--output-reproducible -o dist/sbom.cdx.json $(BIN)/python

browser: setup
	@$(BIN)/python -m cli.browser

pictures: setup browser ## Refait les images de docs/images sur un vrai écran de Prefect
	@PND_PICTURES=docs/images $(BIN)/python -m pytest -q tests/browser -k accepts_a_place

clean: ## Efface .venv, les caches et les données de la démonstration (.pnd)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m cli.state; fi
	@rm -rf $(VENV) .pnd .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
