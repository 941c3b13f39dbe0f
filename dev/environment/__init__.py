"""The development environment: one module per concern, standard library only.

core             paths, progress, commands, locks
odoo_source      where Odoo 19 comes from
python_packages  the virtual environment
postgres         the database server
databases        prepared templates, copies, marks
node_tools       prettier and eslint
browser          Chromium
odoo_command     running Odoo
odoo_log         reading test results from Odoo's log
runners, tests   what `make test` runs and how it is added up
interrupted, people, servers, runs
                 what is killed, cut off and shared, on databases of its own
lint, demo, translations, cli

Everything is kept in the ignored folder `.dev`, and nothing outside the project
changes, except for system packages that are installed when run as root on Debian.
"""
