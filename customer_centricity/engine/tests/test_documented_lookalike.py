"""What the page on lookalikes says in figures is what the engine does."""

import re

import numpy as np
import pytest
from documented import Document, constant_of
from engine import lookalike

DOCUMENT = Document("lookalikes")
read_table = DOCUMENT.read_table


@pytest.mark.parametrize(("module", "name", "value"), DOCUMENT.read_constants())
def test_constants(module, name, value):
    assert str(constant_of(module, name)) == value


def test_constants_are_found():
    assert DOCUMENT.count_constants() == len(DOCUMENT.read_constants()) == 7


def test_worked_example():
    rows = {tier: list(map(int, counted)) for tier, *counted in read_table("tier")}
    best, others = rows["A"], rows["D"]
    # hotels, schools and those of which nothing is known
    industry = np.repeat([1, 2, 0, 1, 2, 0], best + others)
    is_best = np.arange(industry.size) < sum(best)
    [known] = np.nonzero(industry)
    values = (known, np.zeros(known.size), industry[known])
    learnt = lookalike.learn(*values, is_best)
    curve = lookalike.scale(lookalike.left_out(*values, learnt, is_best).total, is_best)
    assert curve.slope == 1
    base = learnt.known_best / learnt.known
    share = (learnt.best + lookalike.SHRINKAGE * base) / (
        learnt.count + lookalike.SHRINKAGE
    )
    prospects = lookalike.evidence([0, 1, 2], [0] * 3, [1, 2, 3], learnt, 3)
    scores = lookalike.scores(prospects.total, prospects.known, curve.slope)
    assert scores[2] == 0  # the circus
    told = read_table("industry")
    for place, (_name, calculated, weight, score) in enumerate(told):
        result = calculated.rpartition("= ")[2]
        decimals = len(result.partition(".")[2])
        assert decimals >= 3 and result == f"{share[place]:.{decimals}f}"
        assert weight == f"{learnt.weight[place]:.3f}"
        assert int(score) == scores[place]
        # as it is written down
        best, count = re.findall(r"\((\d+) \+", calculated)
        assert (int(best), int(count)) == (learnt.best[place], learnt.count[place])
    assert len(told) == 2
    assert f"base = 10/34 = {base[0]:.3f}" in DOCUMENT.text
    assert f"logit is {np.log(10 / 24):.3f}" in DOCUMENT.text


def test_what_chance_explains():
    assert f"0.5 give or take {lookalike.chance_of(12, 24):.3f}" in DOCUMENT.text
