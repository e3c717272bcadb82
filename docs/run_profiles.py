"""Well-known functions by profile, with a reason for each failure: `python docs/run_profiles.py` writes profiles.md."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from propcheck import files, gate, target
from propcheck.gate.profiles import PROFILES, Need
from propcheck.inquiries.analysis import analyze

PAGE = Path(__file__).with_name("profiles.md")
FUNCTIONS = (
    "relu", "leaky_relu", "relu6", "elu", "selu", "gelu", "silu", "mish", "hard_swish", "softplus", "tanh", "hard_tanh",
    "softsign", "sigmoid", "hard_sigmoid", "sine", "linear", "square", "cube", "exponential", "step", "sign", "1 + 0*x",
)  # fmt: skip
SHORT = 48  # characters of a reason that stands in a cell

HEAD = """# Well-known functions by profile

What `propcheck check FUNCTION --profile PROFILE` finds of the requirements: `+` where all are met, else those that are
not, with what was found in their place. All of it is proved or enclosed. `python docs/run_profiles.py` makes this page.
"""


@cache
def checked(name: str) -> dict[str, tuple[gate.Check, ...]]:
    """What each profile finds of a function, from one analysis."""
    asked = {item.key: item for profile in PROFILES for item in gate.of_profile(profile)}
    item = replace(target.read(name), claims=())
    found = gate.judge(analyze(gate.with_requirements(item, asked.values())).to_json(), tuple(asked.values()))
    by_key = {check.key: check for check in found}
    return {profile.name: tuple(by_key[need.key] for need in profile.needs) for profile in PROFILES}


def page() -> str:
    """The text of the page."""
    names = [profile.name for profile in PROFILES]
    lines = [HEAD, f"| function | {' | '.join(names)} |", f"|---{'|---' * len(names)}|"]
    for name in FUNCTIONS:
        lines.append(
            f"| {target.read(name).title} | {' | '.join(_cell(checked(name)[profile]) for profile in names)} |"
        )
    for profile in PROFILES:
        lines += [f"\n## {profile.name}: {profile.place}\n", *map(_line, profile.needs)]
    return "\n".join(lines) + "\n"


def _cell(checks: tuple[gate.Check, ...]) -> str:
    return "<br>".join(_told(check) for check in checks if check.outcome != gate.PASSED) or "+"


def _told(check: gate.Check) -> str:
    reason = f", {check.reason}" if check.reason and len(check.reason) <= SHORT else ""
    return f"`{check.key}` {check.found}{reason}"


def _line(need: Need) -> str:
    return f"- `{need.key}` = {need.wanted}, since {need.why}."


if __name__ == "__main__":
    files.write(PAGE, page(), replace=True)
