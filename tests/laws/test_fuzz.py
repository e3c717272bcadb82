"""Any text whatever ends in an expression or in an InputError, soon, and without an import or an opened file.

And any spec ends every command that reads it with a status and a sentence, within its limits. All is made from a seed,
so that a failure can be run again: `python tests/laws/test_fuzz.py texts COUNT SEED`, likewise `analyses` and `specs`.
PROPCHECK_FUZZ sets the count for the tests.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
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

    from propcheck.language import names, parse, parse_condition, show
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


# -------------------------------------------------------------------------------------------- commands and specs

SPEC = """
name = "mine"
title = "Mine"
expression = "x if x >= 0 else a*(exp(b*x) - 1)"
source = "a notebook"
aliases = ["my"]
note = "as used"

[parameters.a]
role = "constant"
default = 1.5
range = "a >= 0"

[parameters.b]
role = "trained"
default = "1/3"
range = "0 < b < 2"

[claims]
said_by = "paper"
derivative = "1 if x >= 0 else a*b*exp(b*x)"
range = "(-a, inf)"
monotonicity = "increasing"
slope_at_most = {is = "1", on = ["(0, 1)"]}
value = {is = "0", at = {x = 0}}
equals = {is = "x", on = "(0, inf)"}
slope_above = {is = "relu", on = ["(-1, 0)"]}
zero_mean = "holds"
"""
RANDOM = """
name = "noisy"
expression = "max(0, x + n)"

[parameters.n]
role = "random"
distribution = "normal(0, sigmoid(x))"

[claims]
"gaussian.mean" = 1
"""
UNITS = """
name = "units"

[units]
k = 3
weights = [1, "-1/2", 0.25]
biases = [0, "sqrt(2)", -1e-3]

[presets.other]
k = 2
weights = [1, -1]
biases = [0, 0]
"""
ODD_VALUES = [
    "1e400", "-1e-400", "1e9999", "0", "-0.0", "nan", "inf", "true", "[]", "{}", "[[[[1]]]]", "1979-05-27", "2**63",
    '"9**9**9"', '"24**0.7345678901"', '"x"', '"1/0"', '"sqrt(-1)"', '"oo"', '""', '"' + "9" * 900 + '"', "0x1F",
    '"a < 0 and a > 1"', '"a"', '"uniform(1, 0)"', '"uniform(0, 1e400)"', '"normal(x, -1)"', '"(1, 0)"', '"[0, inf)"',
    '"relu"', '"exp(exp(exp(x)))"', '"tanh(1e60*x)"', '"x if x < 1e-400 else 0"', '"sin(1e30*x)"', '"x*(x > 0)"',
]  # fmt: skip
COMMANDS = {  # how each command is asked of a spec
    "lint": ("lint", "{}"),
    "check": ("check", "{}", "--time-limit", "{limit}"),
    "analyze": ("analyze", "{}", "--json", "--time-limit", "{limit}"),
    "verify": ("verify", "{}", "--time-limit", "{limit}"),
    "compare": ("compare", "{}", "relu", "--time-limit", "{limit}"),
    "identify": ("identify", "{}", "--time-limit", "{limit}"),
    "accuracy": ("accuracy", "{}", "--dtype", "float16", "--order", "0", "--time-limit", "{limit}"),
    "export": ("export", "{}", "--to", "c", "--time-limit", "{limit}"),
    "phase": ("phase", "{}", "--json", "--time-limit", "{limit}"),
    "plot": ("plot", "function", "{}", "-o", "drawn.json", "--time-limit", "{limit}"),
    "report": ("report", "{}", "--no-probes", "-o", "tables", "--time-limit", "{limit}"),
}
LIMIT = 0.5  # seconds of processor time that each command is given for a spec
SLACK = 20.0  # more seconds, in which targets are read, and libraries loaded
MEMORY = 6 << 30  # bytes, of each process


def specs(count: int, seed: int) -> Iterator[str]:
    """`count` texts of specs, from right ones to noise."""
    rng = random.Random(seed)
    formulas = texts(10 * count, seed)
    for _ in range(count):
        lines = rng.choice((SPEC, SPEC, RANDOM, UNITS)).splitlines()
        for _ in range(rng.randrange(1, 4)):
            place = rng.choice([k for k, line in enumerate(lines) if " = " in line] or [0])
            key = lines[place].partition(" = ")[0]
            kind = rng.random()
            if kind < 0.35:
                text = next(formulas).encode("utf-8", "replace").decode()[:2000]
                lines[place] = f"{key} = {json.dumps(text, ensure_ascii=False)}"
            elif kind < 0.7:
                lines[place] = f"{key} = {rng.choice(ODD_VALUES)}"
            elif kind < 0.8:
                lines.insert(place, lines[rng.randrange(len(lines))])
            elif kind < 0.9:
                del lines[place]
            else:
                lines[place] = _mutated(rng, lines[place])
        yield "\n".join(lines)


def ended(arguments: Sequence[str], limit: float) -> str:
    """What is wrong with how a command ended, in a process of its own that has all imports; empty where nothing is."""
    from propcheck.cli import main

    with tempfile.TemporaryFile("w+") as told:
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            for stream in (1, 2):
                os.dup2(told.fileno(), stream)
            sys.stdout, sys.stderr = (os.fdopen(os.dup(stream), "w", errors="replace") for stream in (1, 2))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            sys.argv = ["propcheck", *arguments]
            status: object = 99
            try:
                main()
            except SystemExit as end:
                status = end.code
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status if isinstance(status, int) else 98)
        _, state, used = os.wait4(pid, 0)
        told.seek(0)
        text = told.read()
    seconds = used.ru_utime + used.ru_stime
    if os.WIFSIGNALED(state):
        return f"ended by signal {os.WTERMSIG(state)}"
    if os.WEXITSTATUS(state) not in (0, 1, 2, 3) or "Traceback" in text:
        return f"status {os.WEXITSTATUS(state)}: {text[-600:]}"
    return f"{seconds:.1f} s of processor time" if seconds > limit + SLACK else ""


def spoilt(count: int, seed: int, commands: Sequence[str] = tuple(COMMANDS)) -> dict[str, object]:
    """Put each of so many specs to the commands; what ended otherwise than it should."""
    import propcheck.inquiries.analysis
    import propcheck.inquiries.comparison
    import propcheck.inquiries.identification
    import propcheck.inquiries.verification  # noqa: F401  so that no process has to import them

    failures: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, text in enumerate(specs(count, seed)):
            file = Path("mine.toml")
            file.write_text(text, "utf-8", errors="replace")
            for command in commands:
                arguments = [part.format(file, limit=LIMIT) for part in COMMANDS[command]]
                if wrong := ended(arguments, LIMIT):
                    failures.append((command, wrong, text))
                    print(json.dumps(failures[-1]), file=sys.stderr, flush=True)
            if number % 50 == 49:
                print(f"{number + 1} specs, {time.process_time():.0f} s here", file=sys.stderr, flush=True)
        os.chdir("/")
    return {"failures": failures}


def analysed(count: int, seed: int) -> dict[str, object]:
    """Analyse so many texts that are expressions, each under its limit; what ended otherwise than it should."""
    from propcheck import InputError, analyze

    failures: list[tuple[str, str]] = []
    ends: Counter[str] = Counter()
    for text in texts(20 * count, seed):
        if sum(ends.values()) >= count:
            break
        try:
            analysis = analyze(text, time_limit=LIMIT, a="1/2") if "a" in text else analyze(text, time_limit=LIMIT)
            ends["analysis"] += 1
            lost = next((fact.note for fact in analysis.facts.values() if "SIG" in (fact.note or "")), "")
            if lost:
                failures.append((lost, text))
                print(json.dumps(failures[-1]), file=sys.stderr, flush=True)
        except InputError:
            ends["error"] += text.isprintable()
        except Exception as error:
            failures.append((repr(error), text))
            print(json.dumps(failures[-1]), file=sys.stderr, flush=True)
    return {"failures": failures, "ends": ends}


# ---------------------------------------------------------------------------------------------------------- tests


def _run(kind: str, count: int) -> dict[str, object]:
    """In a process of its own, since an audit hook stays, and since only a process of one thread may fork."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, __file__, kind, str(count), os.environ.get("PROPCHECK_FUZZ_SEED", "1")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200 + COUNT, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def test_any_text_ends_soon_in_an_expression_or_an_input_error():
    outcome = _run("texts", COUNT)
    assert outcome["seen"] == []
    assert outcome["failures"] == []
    ends = outcome["ends"]
    assert sum(ends.values()) == COUNT
    assert min(ends["expression"], ends["error"]) > COUNT // 20


def test_any_text_is_analysed_or_refused_and_ends_no_process():
    assert _run("analyses", max(1, COUNT // 150))["failures"] == []


def test_any_spec_ends_every_command_with_a_status_and_within_its_limits():
    assert _run("specs", max(1, COUNT // 500))["failures"] == []


if __name__ == "__main__":
    ways = {"texts": run, "analyses": analysed, "specs": spoilt}
    print(json.dumps(ways[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))))
