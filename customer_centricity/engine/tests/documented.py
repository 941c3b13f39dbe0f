"""Tables of the docs, for tests that compute them."""

import ast
import importlib
import re
from pathlib import Path

import numpy as np

ADDON = Path(__file__).parents[2]


class Document:
    """Some files of the docs, read as one text."""

    def __init__(self, *names):
        self.text = "\n".join(
            (ADDON.parent / "docs" / f"{name}.md").read_text("utf-8") for name in names
        )

    def read_table(self, first_column):
        """Return the rows below a table's head, as lists of texts."""
        [table] = re.findall(
            rf"^\| {re.escape(first_column)} \|.*\n\|[- |]+\n((?:\|.*\n)+)",
            self.text,
            re.M,
        )
        return [
            [
                cell.strip()
                for cell in row.removeprefix("|").removesuffix("|").split("|")
            ]
            for row in table.splitlines()
        ]

    def read_constants(self):
        """Return (module, name, value) of all tables of constants."""
        return re.findall(r"^\| `(\w+)\.([A-Z_]+)` \| ([\d.]+) \|", self.text, re.M)

    def count_constants(self):
        return len(re.findall(r"^\| `", self.text, re.M))


def number(text):
    """Return a figure as written: 1,200 or 12% or nothing at all."""
    if not text:
        return np.nan
    if text.endswith("%"):
        return float(text[:-1]) / 100
    return float(text.replace(",", ""))


def columns(rows):
    return zip(*rows, strict=True)


def numbers(texts):
    return [number(text) for text in texts]


def constant_of(module, name):
    """Return a constant of the engine, or of a model: these cannot be imported here."""
    path = ADDON / "models" / f"{module}.py"
    if not path.exists():
        return getattr(importlib.import_module(f"engine.{module}"), name)
    [value] = [
        node.value
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and node.targets[0].id == name
    ]
    return ast.literal_eval(value)
