"""The checker of the report's page, in JavaScript, agrees with the one in Python, with which it shares no code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from certificates import FALSE, TRUE, confirms, mutants, written
from test_certificates import HARD, IN_A_BOX, boxed

import propcheck
from propcheck.certificates import BROWSER, certificate
from propcheck.report import page, record

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node is there to run JavaScript")
RUNNER = """
const rows = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(rows.map(row => {
  const words = [];
  try { certificates.check(row, text => words.push(text)); return [true, words]; }
  catch (error) { return [false, error instanceof certificates.Refused ? error.message : `a fault: ${error.stack}`]; }
})));
"""


def checked(rows: list[dict[str, Any]], script: str = "") -> list[tuple[bool, Any]]:
    """What the script says of these certificates: whether each is confirmed, and its words."""
    source = (script or BROWSER.read_text("utf-8")) + RUNNER
    run = subprocess.run([str(NODE), "-e", source], input=json.dumps(rows), capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return [(confirmed, words) for confirmed, words in json.loads(run.stdout)]


def differing(rows: list[dict[str, Any]]) -> list[str]:
    """The certificates of which the two do not say the same."""
    answers = zip(rows, checked(rows), strict=True)
    return [f"{row} {words}" for row, (confirmed, words) in answers if confirmed != confirms(row)]


def test_both_agree_on_what_is_false_and_what_is_true():
    assert differing([written(*row) for row in (*FALSE, *TRUE)]) == []


def test_both_agree_on_what_holds_for_every_value_of_a_parameter():
    rows = [boxed(*row[:3], a=box) for row in IN_A_BOX for box in row[3:] if box]
    assert differing(rows) == []


def test_both_agree_on_hard_formulas():
    rows = [written(formula, "parity", {"value": "odd"}) for formula in HARD if len(formula) < 400]
    assert differing(rows) == []


@pytest.mark.parametrize("name", ["silu", "elu", "hardshrink", "sine"])
def test_both_agree_on_a_certificate_and_its_mutants(name):
    made = propcheck.analyze(name, without=["edge_of_chaos"]).certificate()
    record = made.to_json()
    assert checked([record]) == [(True, list(made.words))]
    assert differing([mutant for _, mutant, _ in mutants(record)][::5]) == []


@pytest.mark.parametrize("strange", [None, 7, "x", [], {}, {"schema": "propcheck.certificate/1", "facts": 3}])
def test_what_is_no_certificate_is_refused(strange):
    ((confirmed, words),) = checked([strange])
    assert not confirmed and "a fault" not in words


def test_the_page_checks_its_own_certificates():
    analyses = [propcheck.analyze(name, without=["edge_of_chaos"]).to_json() for name in ("relu", "softsign")]
    proofs = [certificate(found["activation"], found["facts"]) for found in analyses]
    (text,) = page.draw(record.record(analyses, {}), certificates=proofs).values()
    script = re.findall(r"<script>(.*?)</script>", text, re.S)[-1]
    shown = re.findall(r'<details class="certificate">.*?<pre>(.*?)</pre>', text, re.S)
    rows = [json.loads(one.replace("&#34;", '"').replace("&gt;", ">").replace("&lt;", "<")) for one in shown]
    assert rows == [proof.to_json() for proof in proofs]
    checker = script.partition("})();\n")[0] + "})();\n"
    assert checked(rows, checker) == [(True, list(proof.words)) for proof in proofs]
    assert text.count(">check it here<") == text.count(">certified<")
    assert text.count(">certified<") == sum(len(proof.certified) for proof in proofs)
    assert not re.search(r"fetch|XMLHttpRequest|import\(|https?:|eval|innerHTML", script)


def test_a_report_holds_certificates_and_a_table_says_of_what(tmp_path):
    made = propcheck.report(
        ["relu", "x*sin(x**2)"], tmp_path / "made", probes=False, columns=["certified"], formats=["md"]
    )
    files = sorted((made.folder / "certificates").iterdir())
    assert len(files) == 2
    assert all(confirms(json.loads(file.read_text("utf-8"))) for file in files)
    table = (made.folder / "properties.md").read_text("utf-8")
    assert "all but range, slope range, Lipschitz constant" in table
    assert "uncertified" not in (made.folder / "record.json").read_text("utf-8")
