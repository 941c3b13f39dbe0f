"""Every sum that the docs work out by hand is right, to its last digit."""

import ast
import operator
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NUMBER = r"-?\d+(?:,\d+)*(?:\.\d+)?%?"
SPANISH = ("guia_de_usuario.md",)  # 36.000 and 0,3
# Numbers and operators between two signs of equality, or before the first
TERM = rf"(?:{NUMBER}|[()+/^×-]|\bx\b|\broot\b|\blog2\b|\s)+"
SUM = re.compile(rf"(?<![\w.,])({TERM})=\s+(?:\*\*)?({NUMBER})(?![\w%]|,\d|\.\d)")
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
FUNCTIONS = {"root": np.sqrt, "log2": np.log2}


def value_of(node):
    """Return the value of an expression of numbers."""
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](value_of(node.left), value_of(node.right))
    if isinstance(node, ast.UnaryOp):
        return -value_of(node.operand)
    if isinstance(node, ast.Call):
        return FUNCTIONS[node.func.id](*map(value_of, node.args))
    return node.value


def computed(text):
    """Return the value of a term as it is written in the docs."""
    text = text.replace(",", "").replace("^", "**")
    text = re.sub(r"\bx\b|×", "*", text)
    text = re.sub(r"([\d.]+)%", r"(\1/100)", text)
    return value_of(ast.parse(text.strip(), mode="eval").body)


def found_sums(path):
    """Return (term, result) of the sums of a page that calculate anything."""
    text = re.sub(r"\s*\n\s*", " ", path.read_text("utf-8"))
    if path.name in SPANISH:
        text = re.sub(r"(?<=\d)[.,](?=\d)", lambda sign: ",."[sign[0] == ","], text)
    # of a chain such as 1 + 1 = 4 / 2 = 2 every link
    return [
        # a parenthesis around the whole sum is closed behind the result
        (term.strip().removeprefix("(" * (term.count("(") - term.count(")"))), result)
        for term, result in SUM.findall(text)
        if re.search(r"\d.*(?: x | × |[+/^]| - ).*\d", term)
    ]


def unit(text):
    """Return half of the last digit, as a number is written."""
    decimals = len(text.rstrip("%").partition(".")[2])
    return 0.5001 * 10.0**-decimals / (100 if text.endswith("%") else 1)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_sums(path):
    wrong = []
    for term, result in found_sums(path):
        told = float(computed(result))
        if abs(computed(term) - told) > unit(result):
            wrong.append(f"{term} = {computed(term)}, not {result}")
    assert not wrong


def test_sums_are_found():
    counts = {path.name: len(found_sums(path)) for path in PAGES}
    assert counts["method.md"] >= 10
    assert sum(counts.values()) >= 25
