"""Odoo databases filled by the million rows, for benchmarks and real data."""
