# Every target sets up what is missing, in the ignored folder .dev.
.PHONY: help setup demo demo-reset test lint format i18n screenshots bench real stop \
	clean

help:  ## explain the targets
	@echo "make TARGET [VARIABLE=value]"
	@echo
	@sed -n 's/^\([a-z0-9-]*\):  *## /\1|/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{printf "  %-12s %s\n", $$1, $$2}'
	@echo
	@echo "ODOO_HOME=folder  use this Odoo 19 instead of downloading one"
	@echo "PYTHON=python3.12  use this Python"
	@echo "PGHOST, PGUSER, ...  use this PostgreSQL server instead of a private one"

setup:  ## download and build what the other targets need
	@dev/run $@

demo:  ## the addon with demo data at http://localhost:8069 (PORT=8070, SERVE=0: do not serve)
	@dev/run $@

demo-reset:  ## as demo, but begin again with new data
	@dev/run $@

test:  ## all tests (T=/customer_centricity:TestX only these, T=engine only the engine's)
	@dev/run $@

lint:  ## all checks of the code
	@dev/run $@

format:  ## format the code
	@dev/run $@

i18n:  ## export the terms to translate, merge them into the Spanish translation
	@dev/run $@

screenshots:  ## take the pictures of the docs from the demo (SHOTS="dashboard account_form")
	@dev/run $@

bench:  ## run the benchmarks (QUICK=1: smaller ones; SIZE=20000: accounts of profit_facts)
	@dev/run $@

real:  ## the addon on a wholesaler's real invoices (DATA=online_retail.csv.gz)
	@dev/run $@

stop:  ## stop the private database server
	@dev/run $@

clean:  ## remove all that was downloaded and built, the demo too
	@dev/run $@
