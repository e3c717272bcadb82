"""The HTML page, read as a browser reads it: its structure, other people's words, the formulas, what changed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as tree
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path

import mpmath
import pytest
import sympy

from propcheck import load, notation
from propcheck.files import dump
from propcheck.language import RESERVED, X, parse
from propcheck.report import changes, page, record, tables
from propcheck.spec import names
from propcheck.verdict import InputError

REPORT = Path(__file__).parent.parent / "reports" / "paper"
PAPER = json.loads((REPORT / "record.json").read_text(encoding="utf-8"))
SCRIPT = "<script>alert(1)</script>"
HOSTILE = SCRIPT + "\"' onload=alert(1) {{ 7*7 }} {% raw %} &lt; --> ]]> \u202eb\x07\ud800 $\\evil$"
VOID = {"meta", "input", "br", "hr", "img", "link"}


class Reader(HTMLParser):
    """The elements of a page with their attributes, its visible text, and whether its tags are balanced."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.faults: list[str] = []
        self.inside: dict[str, str] = {"script": "", "style": "", "title": ""}
        self.feed(text)
        self.close()
        self.faults += self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag}")

    def handle_data(self, data):
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]] += data
        else:
            self.text += data

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def links(self):
        return [attributes["href"] for attributes in self.named("a")]


def drawn(made, **options):
    return {name: Reader(text) for name, text in page.draw(made, **options).items()}


def two(**about):
    """A record of two of the paper's functions, with some of what is said of the first in other words."""
    made = deepcopy({**PAPER, "activations": PAPER["activations"][:2]})
    made["activations"][0]["activation"] |= about
    return made


def spoilt(item, word):
    """The same data with every text that somebody may have written set to a word; keys and kinds as they were."""
    kept = {"key", "verdict", "standing", "outcome", "schema", "claim", "exact", "lower", "upper", "value"}
    if isinstance(item, dict):
        return {k: v if k in kept and not isinstance(v, dict) else spoilt(v, word) for k, v in item.items()}
    if isinstance(item, list):
        return [spoilt(value, word) for value in item]
    return word if isinstance(item, str) else item


def enclosed(value, lower, upper, **more):
    return {"value": value, "exact": None, "lower": lower, "upper": upper, "standing": "enclosed"} | more


OPEN = enclosed(None, None, None, standing="open")

PROBE = {
    "schema": "propcheck.probe/1",
    "setting": {"depth": 50, "width": 256, "dtype": "float32"},
    "seeds": [0, 1],
    "criteria": {
        "dead_units": {
            "verdict": {"number": 3, "key": "dead_units", "verdict": "fails", "reasons": ["41 % of units died"]},
            "measurements": [
                {"name": "dead share", "mean": 0.41, "spread": 0.02, "count": 2, "predicted": 0.4, "difference": 0.7,
                 "surprising": False},
                {"name": "alive", "mean": None},
            ],
            "profiles": [{"name": "zeros", "mean": [0.5, 0.6], "largest_difference": 9.0, "surprises": [2]}],
        },
        "sparsity": {},
    },
}  # fmt: skip


CURVES = {
    "span": [-1.0, 1.0],
    "curves": [
        {"order": 0, "view": [0.0, 1.0], "stretches": [{"x": [-1.0, 0.0, 1.0], "y": [0.0, 0.0, 1.0]}],
         "marks": [{"at": 0.0, "left": 0.0, "right": 0.0, "value": 0.0}], "resolved": False},
    ],
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- structure


def empty():
    return record.record([], {"time_limit": 30.0})


def undecided():
    """Two functions of which nothing is known."""
    made = two()
    for entry in made["activations"]:
        entry["activation"] |= {"pieces": None, "derivative": None, "latex": None}
        entry["facts"] = {key: {"standing": "open", "note": "stopped"} for key in entry["facts"]}
        entry["facts"] |= {"lipschitz": OPEN, "nonlinearity": OPEN}
        for verdict in entry["criteria"]:
            verdict |= {"verdict": "open", "standing": "open", "measure": None, "claim": None}
    return made


RECORDS = {
    "the paper": lambda: PAPER,
    "no function": empty,
    "nothing is known": undecided,
    "two of one name": lambda: {**two(), "activations": [PAPER["activations"][0]] * 2},
    "measured": lambda: {**two(), "activations": [PAPER["activations"][2] | {"measured": PROBE}]},
    "parts are missing": lambda: {k: v for k, v in two().items() if k in ("activations", "criteria", "together")},
}


@pytest.mark.parametrize("pages", [False, True], ids=["one page", "pages"])
@pytest.mark.parametrize("made", RECORDS.values(), ids=list(RECORDS))
def test_a_page_is_whole_and_every_link_leads_somewhere(made, pages):
    made = made()
    count = len(made["activations"])
    files = drawn(made, pages=pages, changes=[])
    assert len(files) == 1 + pages * count
    cards = [name for read in files.values() for name in read.ids if name.startswith("f-")]
    assert len(cards) == count
    for name, read in files.items():
        assert read.faults == [] and len(set(read.ids)) == len(read.ids)
        assert len(read.named("h1")) == 1 and read.inside["title"].strip()
        for link in read.links:
            path, _, anchor = link.partition("#")
            place = (Path(name).parent / path if path else Path(name)).as_posix().replace("functions/../", "")
            assert place in files
            assert not anchor or anchor in files[place].ids
    index = files[page.INDEX]
    rows = [link for link in index.links if "f-" in link or "functions/" in link]
    assert len(set(rows)) == count


def test_every_function_is_in_the_table_with_its_verdicts_and_its_numbers():
    read = drawn(PAPER)[page.INDEX]
    cells = [attributes for attributes in read.named("td") if "data-value" in attributes]
    words = [attributes["data-word"] for attributes in cells if "data-word" in attributes]
    assert words == [verdict["verdict"] for entry in PAPER["activations"] for verdict in entry["criteria"]]
    values = [attributes["data-value"] for attributes in cells if "data-word" not in attributes]
    assert all(value == "" or float(value) is not None for value in values) and len(values) == 17 * 8
    (heads,) = {len(read.named(tag)) for tag in ("output", "form")}
    assert heads == 1


def test_what_is_said_of_a_function_stands_on_its_card():
    text = " ".join(drawn(PAPER)[page.INDEX].text.split())
    for entry in PAPER["activations"]:
        for verdict in entry["criteria"]:
            assert all(reason in text for reason in verdict["reasons"])
        assert all(" ".join(claim["quote"].split()) in text for claim in entry["claims"])
        assert entry["activation"]["expression"] in text
    for finding in PAPER["equations"]["findings"]:
        assert finding["text"] in text
    for part in ("What of the paper is false", "How to reproduce this", "How surely it is known", "time limit"):
        assert part in text


def test_what_is_false_is_said_once_with_all_that_say_it():
    text = " ".join(drawn(PAPER)[page.INDEX].text.split())
    false = text[text.index("What of the paper is false", 900) : text.index("Claims that are open")]
    claims = [c for entry in PAPER["activations"] for c in entry["claims"] if c["outcome"] == "contradicts"]
    assert len(claims) > 15 and all(c["found"] in false and c["quote"] in false for c in claims)
    assert false.count("sigmoid: cost") == 1 and len([c for c in claims if c["key"] == "cost"]) > 2
    assert "limit on the right" in false and "limits.right.value" not in false and "found ~ partly" in false
    assert "doi:10.12198" in text[:2000] and "Of 136 verdicts" in text[:2000]


def test_what_was_measured_stands_beside_what_was_predicted():
    made = {**two(), "activations": [PAPER["activations"][2] | {"measured": PROBE}]}
    text = " ".join(drawn(made)[page.INDEX].text.split())
    assert "By the formula" in text and "By experiment" in text and "41 % of units died" in text
    assert "which differs" not in text and "0 differ" in text
    assert all(part in text for part in ("0.41 ± 0.02", "+9 (surprising)", "depth 50, width 256", "seeds 0, 1"))
    made["activations"][0].pop("measured")
    probe = PROBE | {"activation": {"name": "relu"}}
    for known in ({"measured": {"probes": [probe]}}, {"made": made | {"measured": {"probes": [{}, 3, probe]}}}):
        assert "0.41 ± 0.02" in drawn(known.pop("made", made), **known)[page.INDEX].text
    for broken in (None, 3, {}, {"criteria": []}, {"criteria": {"cost": {"measurements": [1, {}], "profiles": {}}}}):
        assert drawn({**two(), "activations": [PAPER["activations"][2] | {"measured": broken}]})


def test_where_an_experiment_differs_is_said_in_the_summary_the_table_and_the_card():
    probe = deepcopy(PROBE)
    probe["criteria"]["dead_units"]["verdict"]["verdict"] = "holds"
    made = {**two(), "activations": [PAPER["activations"][2] | {"measured": probe}, PAPER["activations"][0]]}
    read = drawn(made, beside=["experiments.md", "record.json"])[page.INDEX]
    text = " ".join(read.text.split())
    assert "that both the formula and an experiment decide, 1 differs." in text and "Experiments see 1 of" in text
    assert ", measured holds" in text and "By experiment, which differs" in text
    assert "Beyond 4 standard errors: dead units, zeros, 2 layers: from 0.5 to 0.6; 1 layer differs" in text
    assert [row for row in read.named("tr") if "data-differs" in row] and "experiments.md" in read.links
    assert "record.json" not in read.links and "Experiments" not in drawn(two())[page.INDEX].text


def test_curves_stand_in_the_cards_and_what_has_none_says_why():
    made = two()
    names = [entry["activation"]["name"] for entry in made["activations"]]
    one = CURVES | {"activation": {"name": names[0], "title": names[0]}}
    graphs = {"graphs": [one, {"activation": {"name": names[1]}, "note": "it took too long"}]}
    for pages in (False, True):
        files = page.draw(made, graphs=graphs, pages=pages)
        text = "".join(text for name, text in files.items() if pages is ("/" in name))
        assert text.count(f"g(x) of {names[0]}</title>") == 1 and "There is no curve: it took too long" in text
    assert page.draw(made, graphs=graphs) == page.draw(made, graphs=graphs)


def test_a_claim_that_names_another_function_leads_to_its_card():
    assert any(claim["claimed"] == "tanh" for entry in PAPER["activations"] for claim in entry["claims"])
    read = drawn({**PAPER, "activations": [e for e in PAPER["activations"] if e["activation"]["name"] in
                                           ("tanh", "relu", "softsign")]})[page.INDEX]  # fmt: skip
    assert read.links.count("#f-tanh") > read.links.count("#f-softsign")


# ---------------------------------------------------------------------------------------------- nothing from outside


@pytest.mark.parametrize("pages", [False, True], ids=["one page", "pages"])
def test_a_page_asks_nothing_of_the_network_and_runs_one_script(pages):
    for name, read in drawn(PAPER, pages=pages).items():
        for tag, attributes in read.elements:
            assert tag != "link" or attributes == {"rel": "icon", "href": "data:,"}  # or it would be asked for
            assert tag not in ("iframe", "object", "embed", "base", "img", "image", "foreignobject", "metadata")
            assert not [key for key in attributes if key.startswith("on") or key in ("src", "action", "xlink:href")]
            assert not re.search(r"https?:|//|javascript:|@import", " ".join(
                value for key, value in attributes.items() if key in ("href", "style", "clip-path", "fill")
            )), name  # fmt: skip
        assert not re.search(r"url\(|@import|https?:", read.inside["style"])
        assert not re.search(r"fetch|XMLHttpRequest|import\(|https?:|eval|innerHTML", read.inside["script"])
        assert len(read.named("script")) == 1
        digest = base64.b64encode(hashlib.sha256(read.inside["script"].encode()).digest()).decode()
        (policy,) = (item["content"] for item in read.named("meta") if "http-equiv" in item)
        assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


def said_by_others(word, pages):
    """The page of two functions of which everything that can be in other people's words is this word."""
    made = spoilt(two(), word)
    parameter = dict.fromkeys(("value", "role", "range"), word)
    made["activations"][0]["activation"]["parameters"] = {word: parameter}
    made["activations"][0]["measured"] = spoilt(PROBE, word)
    graphs = {"graphs": [CURVES | {"activation": {"name": word, "title": word}}, {"note": word}]}
    graphs["graphs"][1]["activation"] = {"name": word}
    change = changes.Change(word, word, word, word, word, word, word)
    return page.draw(made, pages=pages, changes=[change], command=word, graphs=graphs)


@pytest.mark.parametrize("pages", [False, True], ids=["one page", "pages"])
def test_other_peoples_words_are_text_wherever_they_stand(pages):
    known = {tag for text in said_by_others("a", pages).values() for tag, _ in Reader(text).elements}
    files = said_by_others(HOSTILE, pages)
    assert len(files) == 1 + 2 * pages
    for text in files.values():
        text.encode("utf-8")
        read = Reader(text)
        assert read.faults == [] and len(read.named("script")) == 1 and {tag for tag, _ in read.elements} <= known
        assert "<script>alert" not in text and "49" not in read.inside["title"]
        assert SCRIPT in read.text and not set("\u202e\x07\ud800") & set(text)
        assert not [key for _, attributes in read.elements for key in attributes if key.startswith("on")]


# ---------------------------------------------------------------------------------------------- formulas


GREEK = {"π": "pi", "α": "alpha", "β": "beta", "θ": "theta", "λ": "lam"}


def spoken(node: tree.Element) -> str:
    """What a reader of MathML reads, in the expression language: no more brackets than are shown."""
    children = [spoken(child) for child in node]
    match node.tag:
        case "mfrac":
            return f"(({children[0]})/({children[1]}))"
        case "msup":
            return f"{children[0]}**({children[1]})"
        case "msqrt":
            return f"sqrt({''.join(children)})"
        case "mtable":
            return f"Piecewise({', '.join(children)})"
        case "mtr":
            value, when = children
            return f"({value}, {when})"
        case "mo" if node.get("form") == "prefix":
            return {"|": "abs(", "{": ""}[node.text or ""]
        case "mo" if node.get("form") == "postfix":
            return ")"
        case "mo" | "mi" | "mn" | "mtext":
            signs = {"\u2061": "", "\u2062": "*", "\u22c5": "*", "\u2212": "-", "≤": "<=", "≥": ">=", "=": "==",
                     "≠": "!=", "if": "", "otherwise": "True", **GREEK}  # fmt: skip
            text = (node.text or "").replace("\u00a0", " ")
            return signs.get(text.strip(), text)
        case "math" | "mrow" | "mtd":
            return "".join(children)
    raise AssertionError(node.tag)


def agree(text: str) -> None:
    """Is a formula read back from its MathML the same function?"""
    markup = notation.mathml(text)
    assert markup is not None, text
    again = spoken(tree.fromstring(markup))
    letters = {name: sympy.Symbol(name, positive=True) for name in set(re.findall(r"[A-Za-z]\w*", text)) - RESERVED}
    given, read = parse(text, letters), parse(again, letters)
    for place in ("-2.3", "-0.7", "0.4", "1.9", "7.1"):
        values = {X: sympy.Rational(place)} | {
            letter: sympy.Rational(3 + len(name), 7) for name, letter in letters.items()
        }
        with mpmath.workdps(50):
            one, other = (sympy.N(item.subs(values), 50) for item in (given, read))
        assert one.equals(other) or abs(one - other) < 1e-40, (text, again)


@pytest.mark.parametrize("name", names())
def test_a_formula_of_the_catalogue_is_typeset_as_it_is(name):
    about = {entry["activation"]["name"]: entry["activation"] for entry in PAPER["activations"]}.get(name)
    if about is not None:
        agree(about["expression"])
        agree(about["derivative"])
    else:
        from propcheck.language import show

        activation = load(name)
        agree(show(activation.expression))
        agree(show(activation.derivative_expression()))


@pytest.mark.parametrize(
    "text",
    [
        "-a*x", "a*-x", "2*3*x", "x*(1/2)", "1/2*x", "1 - (2 - x)", "1 - (2 + x)", "(1 - x) - 2", "-(x + 1)", "-(-x)",
        "x**-2", "-x**2", "(-x)**2", "(x**2)**3", "x**2**3", "exp(x)**2", "sqrt(x**2)**3", "(2/x)**2", "1/(2/x)",
        "abs(x)*abs(x - 1)", "abs(abs(x) - 1)", "-x/2", "(-x)/(-2)", "x/2/3", "x*2*(-3)", "max(x, -x, 1)*2",
        "(x if x > 0 else -x) + 1", "2*(x if x > 0 else (1 if x > -1 else 2))", "(1 if x > 0 else 2)**2",
        "1 if x > 0 and (x < 1 or x > 3) else 2", "1 if not (x > 0 or x < -1) else 2", "1 if 0 < x <= 2 else 3",
        "0.1*x", "1e-3*x", "x^2", "beta*x", "e**x", "pi*x",
        "Piecewise((Piecewise((1, x > 0), (2, True)), x > -1), (3, True))",
    ],
)  # fmt: skip
def test_brackets_stand_where_they_are_needed(text):
    agree(text)


@pytest.mark.parametrize(
    "text",
    ["", "x +", "<b>", "'a'", "x.y", "f()", "x[0]", "lambda x: x", "a; b", "1 = 2", "f(x=1)", "0x10", "1_0", "x @ y",
     "x" * 20_000, "(" * 500 + "x" + ")" * 500, "-" * 5_000 + "x", "Piecewise(x)", "Piecewise((1, 2, 3))", SCRIPT],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_is_outside_the_language_is_not_typeset(text):
    assert notation.mathml(text) is None


# ---------------------------------------------------------------------------------------------- what changed


def test_a_record_has_not_changed_from_itself():
    assert changes.changes(PAPER, json.loads(dump(PAPER))) == ()


NUMBERS = {
    "a tighter enclosure": (enclosed(1.0, 0.5, 1.5), enclosed(1.1, 1.05, 1.15), None),
    "enclosures that touch": (enclosed(1.0, 0.5, 1.5), enclosed(2.0, 1.5, 2.5), None),
    "enclosures apart": (enclosed(1.0, 0.5, 1.5), enclosed(2.0, 1.6, 2.5), ("1", "2")),
    "a small difference": (enclosed(1.0, 1.0, 1.0), enclosed(1 + 1e-10, 1 + 1e-10, 1 + 1e-10), ("1", "1.0000000001")),
    "found": (OPEN, enclosed(1.0, 0.5, 1.5), ("?", "1")),
    "lost": (enclosed(1.0, 0.5, 1.5), OPEN, ("1", "?")),
    "infinite": (enclosed("inf", "inf", "inf"), enclosed("inf", "inf", "inf"), None),
    "no longer infinite": (enclosed("inf", "inf", "inf"), enclosed(2.0, 1.5, 2.5), ("inf", "2")),
    "open both times": (OPEN, OPEN, None),
}


@pytest.mark.parametrize(("before", "after", "said"), NUMBERS.values(), ids=list(NUMBERS))
def test_a_number_has_changed_only_beyond_its_bounds(before, after, said):
    old, new = two(), two()
    old["activations"][0]["facts"]["lipschitz"], new["activations"][0]["facts"]["lipschitz"] = before, after
    found = changes.changes(old, new)
    assert [(one.kind, one.key, (one.was, one.now)) for one in found] == (
        [] if said is None else [("fact", "lipschitz", said)]
    )


def test_of_two_functions_of_one_name_the_one_that_changed_is_marked():
    old, new = two(), two()
    for made in (old, new):
        made["activations"][1]["activation"]["name"] = made["activations"][0]["activation"]["name"]
    new["activations"][1]["facts"]["parity"]["value"] = "even"
    found = changes.changes(old, new)
    assert [(one.place, one.key) for one in found] == [(1, "parity")]
    (read,) = drawn(new, changes=found).values()
    assert read.text.count("Changed since the baseline") == 1


def test_verdicts_claims_formulas_and_functions_that_changed_are_marked():
    old = two()
    first = old["activations"][0]
    first["criteria"][0]["verdict"], first["criteria"][1]["standing"] = "fails", "enclosed"
    first["claims"][0]["outcome"] = "open"
    first["facts"]["parity"]["value"] = "odd"
    first["facts"]["range"] = {"standing": "open", "note": "stopped"}
    first["facts"]["smoothness"]["kinks"] = [{"at": 0}]
    del first["facts"]["domain"]
    new = two(expression="1/(1 + exp(-x) + 0)")
    new["activations"][1] = PAPER["activations"][4]
    found = changes.changes(old, new)
    assert [(one.kind, one.key, one.was, one.now) for one in found] == [
        ("formula", "expression", "1/(1 + exp(-x))", "1/(1 + exp(-x) + 0)"),
        ("verdict", "differentiability", "fails", "holds"),
        ("standing", "gradient_flow", "enclosed", "computed"),
        ("fact", "smoothness.kinks", "[at 0]", "[]"),
        ("fact", "parity", "odd", "none"),
        ("fact", "range", "?", "proved"),
        ("claim", "derivative: sigmoid(x)*(1 - sigmoid(x))", "open", "agrees"),
        ("function", "in the report", "no", "yes"),
        ("function", "in the report", "yes", "no"),
    ]
    text = drawn(new, changes=found)[page.INDEX].text
    assert text.count("changed") >= 2 and "Changed since the baseline" in text
    assert "Nothing changed" in drawn(new, changes=())[page.INDEX].text
    assert "baseline" not in drawn(new)[page.INDEX].text
    assert len(changes.table(found).rows) == len(found)


BASELINES = {
    "no file": (None, "there is no baseline"),
    "no JSON": ("{", "is not JSON"),
    "not a number": ('{"schema": NaN}', "is not JSON"),
    "another schema": ('{"schema": "propcheck.run/1"}', "is no record"),
    "a list": ("[]", "is no record"),
    "parts missing": ('{"schema": "propcheck.record/1", "activations": [{}]}', "is damaged"),
}


@pytest.mark.parametrize(("text", "said"), BASELINES.values(), ids=list(BASELINES))
def test_a_baseline_that_is_no_record_is_refused(text, said, tmp_path):
    path = tmp_path / "record.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=f"{said}.*record.json of a report"):
        changes.load(path)
    path.write_text(dump(PAPER))
    assert changes.load(path) == PAPER


# ---------------------------------------------------------------------------------------------- tables and size


def test_columns_are_chosen_by_their_short_names_and_others_stay_whole():
    files = tables.draw(PAPER, ["csv"], ["parity", "formula", "dead", "verdict"], 4)
    assert files["properties.csv"].splitlines()[0] == "function,parity,formula,P[g'(z) = 0]"
    assert files["criteria.csv"].splitlines()[0] == "name,verdict"
    assert files["legend.csv"] == tables.draw(PAPER, ["csv"])["legend.csv"]
    assert "dead units" in tables.draw(PAPER, ["md"], ["dead_units"])["criteria.md"].splitlines()[2]
    tables.check_columns(["parity", "dead_units", "limits", "outcome"])
    with pytest.raises(InputError, match="no column 'size'; there are .*parity"):
        tables.check_columns(["parity", "size"])


@pytest.mark.parametrize(
    ("digits", "item", "said"),
    [
        (3, enclosed(0.123456789, 0.12345678, 0.1234568), "0.123"),
        (6, enclosed(0.123456789, 0.12345678, 0.1234568), "0.123457"),
        (15, enclosed(0.123456789, 0.12345678, 0.1234568), "0.1234568"),
        (15, enclosed(0.123456789012345, 0.123456789012345, 0.123456789012345), "0.123456789012345"),
        (15, enclosed(0.5, 0.4, 0.6), "0.5"),
        (3, enclosed(1 / 3, 1 / 3, 1 / 3, exact="1/3"), "1/3"),
    ],
)  # fmt: skip
def test_no_digit_is_shown_beyond_what_is_enclosed(digits, item, said):
    from propcheck.report import phrases

    assert phrases.number(item, digits) == said


def test_a_long_table_is_a_longtable_with_its_head_on_each_page():
    many = {**PAPER, "activations": PAPER["activations"] * 3}
    files = tables.draw(many, ["latex"])
    for name in ("criteria.tex", "properties.tex"):
        assert r"\begin{longtable}" in files[name] and r"\endhead" in files[name] and "longtable}" in files[name][:90]
        assert files[name].count(r"\begin{longtable}") == files[name].count(r"\end{longtable}")
        assert "longtable" not in tables.draw(PAPER, ["latex"])[name]


def test_the_page_is_small():
    assert (REPORT / "report.html").stat().st_size < 3_000_000
    assert len(page.draw(PAPER)[page.INDEX].encode()) < 600_000
    assert page.draw(PAPER) == page.draw(json.loads(dump(PAPER)))
