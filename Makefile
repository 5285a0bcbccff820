# Two commands: `make run` serves the portal with its demonstration, `make test` runs the whole suite.
# PORT, SMTP_PORT and DATA_DIR may be given, so that two can run side by side.

PYTHON ?= python3
BIN = .venv/bin
# A worker more than cores: many tests wait for processes, browsers and clocks.
WORKERS ?= $(shell expr $$(nproc) + 1)
OFFLINE = { echo "Les bibliothèques n’ont pas pu être installées : PyPI est-il joignable ? Puis relancer la commande."; exit 1; }
# Rules, facts and stories are typed; mypy reads them.
HEART = approvals/senders approvals/unreadable mailing/domains mailing/sending mailing/tracking mailing/receiving/sender.py \
	mailing/receiving/return_addresses.py mailing/receiving/unroutable.py mailing/receiving/retention.py \
	mailing/journal/chart.py mailing/journal/markup.py notifications/answers.py \
	notifications/automatic notifications/queue notifications/simulator/outcomes.py notifications/values.py \
	notifications/templates_editor/places.py notifications/templates_editor/previews.py \
	notifications/templates_editor/stories.py documents/publication/compare.py documents/publication/plan.py \
	documents/publication/publishing.py documents/publication/recipients.py documents/publication/resending.py \
	documents/publication/sharing.py documents/publication/states.py \
	documents/publication/synchronising.py \
	portal/moves.py portal/statements.py portal/history.py portal/waiting.py portal/bell.py portal/failures portal/jobs/__init__.py portal/listing approvals/access approvals/directory
export LOCAL_SUBMISSION_TRUSTED ?= True

.PHONY: run dev test bench chaos fix quality

run: .venv/ready
	@$(BIN)/python manage.py prepare
	@exec $(BIN)/python manage.py serve

dev: export DEBUG = True
dev: run

test: .venv/tested
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST)

# Killed, filled, cut: longer than in `make test`, with figures in $DATA_DIR/chaos.json.
chaos: export KILL_MAILS ?= 500
chaos: export KILL_TIMES ?= 40
chaos: export KILL_TURNS ?= 20
chaos: export OUTBOX_MAILS ?= 1000
chaos: export OUTBOX_KILLS ?= 10
chaos: export STORY_PARTS ?= 4
chaos: .venv/tested
	@mkdir -p $${DATA_DIR:-var}
	@$(BIN)/python -m pytest -p portal.tests.chaos --chaos $${DATA_DIR:-var}/chaos.json portal/tests/test_kill.py portal/tests/test_outbox_kill.py mailing/tests/test_listen.py mailing/tests/test_stories.py
	@cat $${DATA_DIR:-var}/chaos.json

# How fast, beside others: a table, and bench.json in DATA_DIR. BENCH="5 MB" measures the figures with that in their name.
bench: .venv/tested
	@$(BIN)/python manage.py bench $(if $(BENCH),"$(BENCH)")

fix: .venv/tested
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djade $$(git ls-files 'templates/*.html')

quality: .venv/tested
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djade --check $$(git ls-files 'templates/*.html')
	@$(BIN)/mypy $(HEART)
	@$(BIN)/python manage.py makemigrations --check --dry-run

# uv installs in a third of pip's time; where it is not to be had, pip does.
.venv/ready: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Il faut Python 3.11 avec venv : apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q uv 2>/dev/null; \
	 $(BIN)/python -m uv pip install -q --compile-bytecode --python $(BIN)/python -r requirements.txt 2>/dev/null || $(BIN)/python -m pip install -q -r requirements.txt || $(OFFLINE)
	@.ci/system libraries
	@touch $@

.venv/tested: .venv/ready .ci/requirements.txt
	@$(BIN)/python -m uv pip install -q --python $(BIN)/python -r .ci/requirements.txt 2>/dev/null || $(BIN)/python -m pip install -q -r .ci/requirements.txt || $(OFFLINE)
	@.ci/system chromium
	@touch $@
