"""One row a fact: what others know of it, held against what its question answers."""

from __future__ import annotations

import pytest

import propcheck
from propcheck import facts, spec
from propcheck.inquiries import questions
from propcheck.report import card, phrases, side_by_side, tables
from propcheck.verdict import Number

FOUND = propcheck.analyze("x*erf(x/3) + a*x", a="1/7", without=["edge_of_chaos"])


@pytest.mark.parametrize("row", facts.ROWS, ids=lambda row: row.key)
def test_a_row_says_what_its_question_answers(row):
    assert dict(questions.QUESTIONS)[row.key] is row.ask
    arises = not (row.of_random or row.of_law) and row.key != "image"
    assert (row.key in FOUND.facts) == arises  # what does not arise is not there
    if row.key in FOUND.facts:
        assert isinstance(FOUND.facts[row.key], Number) == row.number
    assert bool(row.label) == bool(row.said) and (not row.said or row.said in phrases.SAID)
    assert not row.number or spec.CLAIMS[row.key] == "number"
    assert row.said != "flag" or (
        spec.CLAIMS[row.key] == "yes or no" and FOUND.facts[row.key]["value"] in (True, False)
    )


def test_a_row_with_a_label_stands_in_card_tables_and_comparison(monkeypatch):
    row = facts.Row("monotone", "analysis.shape:monotonicity", "runs one way", "word")
    for page in (card, side_by_side):
        monkeypatch.setattr(page, "ROWS", (*facts.ROWS, row))
    known = FOUND.to_json()["facts"]
    found = known | {"monotone": known["monotonicity"]}
    word = known["monotonicity"]["value"]
    assert ("runs one way", word, "proved") in list(card.facts(found))
    assert all(name != "runs one way" for name, *_ in card.facts(known))  # it was not asked
    rows = [{"key": key, "values": [fact, fact]} for key, fact in found.items()]
    assert [" ", "runs one way", word, word] in list(side_by_side._facts(rows))
    assert len(set(tables._PROPERTIES)) >= sum(bool(one.label) for one in facts.ROWS)
