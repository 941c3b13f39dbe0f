"""Run by `make demo` in Odoo's shell: a first computation and its summary."""

count = env["ir.module.module"].search_count([("state", "=", "installed")])  # noqa: F821
print(f"{count} modules are installed.")
