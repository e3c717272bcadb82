"""Each note that a question leaves open has a cause, and what is open can be counted by it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import propcheck
from propcheck.calculus import Undecided
from propcheck.cause import Cause

PACKAGE = Path(propcheck.__file__).parent


def stated() -> Iterator[tuple[str, str]]:
    """Each message with which a page gives a question up, U in place of what is put in, and where it stands."""
    texts_of = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    for path in [path for path, text in texts_of.items() if "Undecided(" in text]:
        for node in ast.walk(ast.parse(texts_of[path])):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Undecided" and node.args:
                (message,) = node.args
                parts = message.values if isinstance(message, ast.JoinedStr) else [message]
                texts = [str(part.value) if isinstance(part, ast.Constant) else "U" for part in parts]
                if texts != ["U"]:
                    yield "".join(texts), f"{path.relative_to(PACKAGE)}:{node.lineno}"


MESSAGES = list(stated())


def test_messages_are_found():
    assert len(MESSAGES) > 100


@pytest.mark.parametrize(("message", "place"), MESSAGES, ids=[place for _, place in MESSAGES])
def test_each_message_has_a_cause(message, place):
    assert Undecided(message).cause is not Cause.OTHER, f"{place}: no cause has words of {message!r}; add them to one"


NOTES = [
    ("fixed_points is not carried to another scale", Cause.PARAMETER),
    ("left out, as was asked", Cause.ASKED),
    ("stopped after 0.5 s", Cause.TIME),
    ("the 10 s of the target were used up", Cause.TIME),
    ("the 2 GiB of memory were used up", Cause.MEMORY),
    ("the process was killed, perhaps for want of memory", Cause.MEMORY),
    ("the process was ended by SIGSEGV", Cause.FAULT),
    ("TypeError: no", Cause.FAULT),
    ("the expression is nested too deeply", Cause.SIZE),
    ("infinitely many breakpoints: sin(x) is 0 again and again, with period 2*pi", Cause.PIECES),
    ("more than 4000 pieces", Cause.PIECES),
    ("the mean field of g could not be computed: more than 2000 panels would be needed to integrate g up to 64",
     Cause.SEARCH),
    ("q E[g'^2] >= E[g^2] was not shown at q = 1/64, 1/16, nor in the limit q -> 0", Cause.SEARCH),
    ("no critical point was found at q in [1e-08, 1e+06], nor a proof that there is none", Cause.SEARCH),
    ("the greatest value within the limit of boxes", Cause.SEARCH),
    ("the sign near -0.549306", Cause.ZEROS),
    ("the sign of a - b for every value of a, b", Cause.SIGN),
    ("the limit of f at oo: the leading term depends on a phase", Cause.WAVE),
    ("the limit of f at oo: the remainder hides the sign", Cause.TAIL),
    ("zeta is not an analytic function that can be enclosed", Cause.RULE),
    ("a division by zero", Cause.UNDEFINED),
    ("a number on the way is larger or smaller than all doubles", Cause.DOUBLES),
    ("words of tomorrow", Cause.OTHER),
]  # fmt: skip


@pytest.mark.parametrize(("note", "cause"), NOTES, ids=[note[:40] for note, _ in NOTES])
def test_a_note_tells_its_cause(note, cause):
    assert Cause.of(note) is cause


def test_causes_are_told_in_a_line():
    assert set(Cause) == {cause for _, cause in NOTES}
    assert all(cause.said and cause.remedy and len(cause.said + cause.remedy) < 110 for cause in Cause)


def test_what_is_open_is_counted_by_cause():
    analysis = propcheck.analyze("x*sign(sin(x))", without=["edge_of_chaos"])
    assert analysis.open["range"] is Cause.PIECES and analysis.open["edge_of_chaos"] is Cause.ASKED
    assert Counter(analysis.open.values())[Cause.ASKED] == 1
    assert propcheck.Analysis.from_json(analysis.to_json()).open == analysis.open
    assert propcheck.analyze("relu", without=["edge_of_chaos"]).open == {"edge_of_chaos": Cause.ASKED}
