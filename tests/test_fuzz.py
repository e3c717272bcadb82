"""Any text whatever ends in an expression or in an InputError, soon, and without an import or an opened file.

The texts are made from a seed, so that a failure can be run again: `python tests/test_fuzz.py COUNT SEED`.
PROPCHECK_FUZZ sets the count for the tests.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

COUNT = int(os.environ.get("PROPCHECK_FUZZ", "3000"))
SECONDS = 5.0  # of processor time that one text may take
FORBIDDEN = ("import", "open", "exec", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "marshal.", "pickle.")

VALID = [
    "x",
    "x*tanh(log(1+exp(x)))",
    "x if x >= 0 else a*(exp(x) - 1)",
    "min(max(0, x), 6)",
    "x/(1 + abs(x))",
    "Piecewise((0, x < -1), ((x + 1)/2, x < 1), (1, True))",
    "Piecewise((x, x > 0 and not x > 2), (2, x >= 2 or a == 1), (0, True))",
    "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
    "log1p(exp(x)) - log(2)",
    "-x^2 + 2^-x",
    "sqrt(x**2 + 1e-3) - e**-x",
    "x*heaviside(x) + sign(x)*gelu(x)",
    "1 if 0 < x <= 1 else 2 if x != 3 else asinh(x)",
    "arctan(x) + erf(x/sqrt(2)) - erfc(a*x)",
    "softsign(x) + softplus(a*x) + sigmoid(x/3) + relu(x - 1)",
    "acosh(1 + x**2) + atanh(x/(2 + x**2)) + asin(sin(x)) - acos(1/2)",
    "(x**3 - 3*x + 1)/(x**2 + 1)**(3/2)",
    "exp(-x**2/2)/sqrt(2*pi)*cosh(x)*sinh(x)*cos(x)*tan(x)",
]
FUNCTIONS = """
    abs sign min max sqrt exp expm1 log log1p sin cos tan sinh cosh tanh asinh acosh atanh asin acos atan erf erfc
    sigmoid softplus relu softsign gelu heaviside ln arcsin arctanh Piecewise
""".split()
WORDS = [
    *FUNCTIONS,
    *"""
    x x x x a pi e and or not if else True False None lambda for in is import __import__ eval exec print open
    + - * / ** ^ ( ) , < <= > >= == != = ; : . [ ] { } & | ~ ! @ % # $ ? \\ ' " ` // -> := ...
    0 1 2 3 7 0.5 .1 1. 1e3 1e-300 1e308 1e999999 9999999999999999999999 0x1F 1_000 1j 1e 00 1/3 -1 100000
    x.y ().__class__ 2x f'{x}' × − π ²
    """.split(),
    *(" ", "\t", "\n", "\0", "\ud800", "\u05d0", "\u202e", "\u00a0"),
]  # fmt: skip


def _number(rng: random.Random) -> str:
    kind = rng.randrange(8)
    if kind < 4:
        return str(rng.randrange(12))
    if kind == 4:
        return f"{rng.uniform(0, 10):.{rng.randrange(1, 20)}f}"
    if kind == 5:
        return f"{rng.randrange(1, 100)}e{rng.choice((-300, -20, -3, 3, 20, 300, 5000))}"
    return "".join(rng.choice("0123456789") for _ in range(rng.choice((2, 5, 20, 200)))) or "1"


def _value(rng: random.Random, depth: int) -> str:
    """A text that is formed as the language wants it, whatever it means."""
    if depth <= 0:
        return rng.choice(("x", "x", "x", "a", "pi", "e", _number(rng)))
    inner = [_value(rng, depth - rng.randrange(1, 3)) for _ in range(3)]
    kind = rng.randrange(12)
    if kind < 4:
        return f"({inner[0]} {rng.choice('+-*/')} {inner[1]})"
    if kind == 4:
        return f"({inner[0]})**({inner[1]})"
    if kind == 5:
        return f"-{inner[0]}"
    if kind == 6:
        return f"({inner[0]} if {_condition(rng, inner)} else {inner[2]})"
    if kind == 7:
        return f"Piecewise(({inner[0]}, {_condition(rng, inner)}), ({inner[2]}, True))"
    if kind == 8:
        return f"{rng.choice(('min', 'max'))}({', '.join(inner[: rng.randrange(2, 4)])})"
    return f"{rng.choice(FUNCTIONS[4:-1])}({inner[0]})"


def _condition(rng: random.Random, values: list[str]) -> str:
    signs = ("<", "<=", ">", ">=", "==", "!=")
    one, two = (f"{rng.choice(values)} {rng.choice(signs)} {rng.choice(values)}" for _ in range(2))
    return rng.choice((one, f"not {one}", f"{one} and {two}", f"({one} or {two})", f"{one} < {values[0]}"))


def _mutated(rng: random.Random, text: str) -> str:
    for _ in range(rng.randrange(1, 6)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 0, 1, 1, 2, 5)))
        kind = rng.randrange(5)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:start] + rng.choice(WORDS) + text[end:]
        elif kind == 2:
            text = text[:start] + chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x3000)))) + text[end:]
        elif kind == 3:
            other = rng.choice(VALID)
            text = text[:start] + other[rng.randrange(len(other)) :] + text[end:]
        else:
            text = text[:start] + text[start:end] * rng.choice((2, 3, 50)) + text[end:]
    return text


def _nested(rng: random.Random) -> str:
    opening = rng.choice(("(", "-", "not ", "x+", "x*(", "x**", "x if x>0 else ", "1/(1+", "2**", "[", "x<"))
    if rng.random() < 0.7:
        before, inside = rng.choice(("", "1+", "x-", "3*", "x/", "-x*")), rng.choice(("", "x,", "x-", "1+x*", "2,"))
        opening = f"{before}{rng.choice(FUNCTIONS)}({inside}"
    depth = rng.choice((3, 8, 20, 50, 60, 120, 1000, 5000, 100_000))
    closing = ")" + rng.choice(("", "", "**2", "**(1/2)", "/3", "*x", "-1", "/2)**(1/3"))
    return opening * depth + rng.choice(("x", "1", "a", "")) + (closing * (depth if rng.random() < 0.9 else depth // 2))


def _long(rng: random.Random) -> str:
    size = rng.choice((10, 100, 500, 3000))
    part = rng.choice(("sqrt({})", "{}", "(x+{})", "x**{}", "{}**x", "{}**(1/3)", "log({})*x", ""))
    sign = rng.choice(("+", "*", "-", "/", "**", " and ", " < ", ","))
    count = size // rng.randrange(1, 10) + 1
    text = sign.join(part.format(_number(rng)) if part else _value(rng, 1) for _ in range(count))
    whole = rng.choice(("{}", "{}", "sqrt({})", "abs({})", "exp({})", "max({})", "({})**2", "x if {} else 1"))
    return whole.format(text)


def _soup(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.randbytes(rng.choice((1, 5, 30, 300))).decode(rng.choice(("latin-1", "utf-8")), "surrogateescape")
    return rng.choice(("", " ")).join(rng.choice(WORDS) for _ in range(rng.randrange(1, 15)))


def texts(count: int, seed: int) -> Iterator[str]:
    """`count` texts, from nearly right ones to noise."""
    rng = random.Random(seed)
    for _ in range(count):
        kind = rng.random()
        if kind < 0.45:
            yield _mutated(rng, rng.choice(VALID))
        elif kind < 0.60:
            yield _value(rng, rng.randrange(1, 7))
        elif kind < 0.70:
            yield _mutated(rng, _value(rng, rng.randrange(1, 5)))
        elif kind < 0.90:
            yield _soup(rng)
        elif kind < 0.95:
            yield _nested(rng)
        else:
            yield _long(rng)


def run(count: int, seed: int) -> dict[str, object]:
    """Parse the texts and say how it went: what ended otherwise than it should, and what the process tried."""
    import sympy
    import sympy.assumptions.wrapper  # SymPy imports this one where it first needs it

    from propcheck.grammar import names, parse, parse_condition, show
    from propcheck.verdict import InputError

    a = sympy.Symbol("a", real=True)

    class TooLong(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise TooLong

    watching: list[str] = []
    seen: list[tuple[str, str]] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event.startswith(FORBIDDEN):
            seen.append((event, repr(arguments)[:200]))
            raise PermissionError(event)

    for text in VALID:  # what SymPy imports at its first use is none of the text's doing
        show(parse(text, {"a": a}))
    sys.addaudithook(watch)
    signal.signal(signal.SIGVTALRM, interrupt)
    ends: Counter[str] = Counter()
    failures: list[tuple[str, str]] = []
    slowest = (0.0, "")
    for text in texts(count, seed):
        start = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, 10 * SECONDS)
        watching.append(text)
        try:
            expr = parse(text, {"a": a})
            end = "expression" if isinstance(expr, sympy.Expr) else f"a {type(expr).__name__}"
        except InputError as error:
            end = "error"
            if str(error).encode("utf-8", "replace") != str(error).encode("utf-8") or not str(error).strip():
                end = "an error that cannot be printed"
        except TooLong:
            end = "no end"
        except BaseException as error:
            end = f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            watching.clear()
        taken = time.process_time() - start
        slowest = max(slowest, (taken, text[:300]))
        if taken > SECONDS:
            failures.append((f"{taken:.1f} s", text))
        if end not in ("expression", "error"):
            failures.append((end, text))
        ends[end] += 1
        for reader in (names, lambda text: parse_condition(text, {"a": a})) if len(text) < 60 else ():
            with suppress(InputError):
                reader(text)
    return {"ends": ends, "failures": failures, "seen": seen, "slowest": slowest}


def test_any_text_ends_soon_in_an_expression_or_an_input_error():
    """In a process of its own, since an audit hook stays."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    command = [sys.executable, __file__, str(COUNT), os.environ.get("PROPCHECK_FUZZ_SEED", "1")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + COUNT, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    outcome = json.loads(done.stdout)
    assert outcome["seen"] == []
    assert outcome["failures"] == []
    assert sum(outcome["ends"].values()) == COUNT
    assert min(outcome["ends"]["expression"], outcome["ends"]["error"]) > COUNT // 20


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
