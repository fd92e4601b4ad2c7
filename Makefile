# make run    set everything up and serve the site
# make dev    the same for developers: debug pages, and reload on every change
# make test   set up and run the tests on SQLite, and on PostgreSQL, where it is installed, those without a browser,
#             each with its first example (all of them: .ci/with-postgres .venv/bin/python -m pytest -n auto)
# make bench  measure everything into bench/RESULTS.md; PART=load or PART=page measures that alone, and
#             PART=growth, which takes half an hour and is left out otherwise, 100,000 articles into bench/GROWTH.md
# make soak   kill parts of a busy site at random and look for what is lost: KILLS=100, for at most MINUTES=60 on each
#             database (DATABASE=sqlite or postgres: on that alone)
# make lint   what the tests demand of the code's form; `make format` mends most of it
# make audit  list what is outdated, and what is known to be vulnerable; it says where that can't be learned
# make messages  bring the catalogues of the translations up to date (needs gettext)
# make lock   resolve the dependencies anew and lock them with their hashes

PYTHON = $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
STATIC := $(shell find static -type f 2>/dev/null)

.PHONY: run dev test bench soak lint format audit messages lock static

run: static
	@exec $(BIN)/python manage.py serve

dev: .venv/dev
	@DEBUG=true exec $(BIN)/python manage.py serve --reload

test: .venv/dev static
	@$(BIN)/python -m ruff check --quiet && $(BIN)/python -m ruff format --quiet --check
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0 || { echo "A migration is missing: run $(BIN)/python manage.py makemigrations"; exit 1; }
	@$(BIN)/python -m pytest -q -n auto $(ARGS)
	@.ci/with-postgres $(BIN)/python -m pytest -q -n auto -m "not browser" --once $(ARGS)

bench: .venv/dev static
	@$(BIN)/python -m bench $(PART)

soak: .venv/dev static
	@$(BIN)/python bench/soak.py $(if $(KILLS),--kills $(KILLS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(DATABASE),--database $(DATABASE)) $(if $(SEED),--seed $(SEED))

lint: .venv/dev
	@$(BIN)/python -m ruff check && $(BIN)/python -m ruff format --check

format: .venv/dev
	@$(BIN)/python -m ruff check --fix --quiet; $(BIN)/python -m ruff format

static: staticfiles/staticfiles.json

staticfiles/staticfiles.json: .venv/run $(STATIC)
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0

# The two sets of packages: what the site needs, and what developers need besides.
.venv/run: requirements.txt
	@$(call install,requirements.txt)

.venv/dev: requirements-dev.txt .venv/run
	@$(call install,requirements-dev.txt)

define install
[ -n "$(PYTHON)" ] || { echo "Cramps needs Python 3.11 or later, and found none. Install it: on Debian or Ubuntu, sudo apt-get install python3 python3-venv"; exit 1; }; \
$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. Install it: on Debian or Ubuntu, sudo apt-get install python3-venv"; exit 1; }; }; \
$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Setting up .venv (once; about a minute)…"; $(PYTHON) -m venv --clear .venv || { echo "The folder .venv could not be made. See the lines above."; exit 1; }; }; \
$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(1) \
|| { echo "The packages could not be installed. Check the network and try again."; exit 1; }; \
touch $@
endef

audit: .venv/dev
	@$(BIN)/python .ci/audit

messages: .venv/dev
	@command -v msgfmt >/dev/null || { echo "GNU gettext is missing. Install it: on Debian or Ubuntu, sudo apt-get install gettext"; exit 1; }
	@$(BIN)/python manage.py makemessages --all --no-obsolete --add-location file --no-wrap $(patsubst %,--ignore %,.venv .ci bench docs staticfiles tests var)
	@$(BIN)/python manage.py compilemessages --ignore .venv

lock: .venv/dev
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS) --all-extras pyproject.toml -o requirements.txt
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS) -c requirements.txt --all-extras --group dev pyproject.toml -o requirements-dev.txt
