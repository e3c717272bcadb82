"""Writes the list of the tests that `make quick` leaves out, from the times of a whole run.

python -m pytest -n auto --junitxml=times.xml
python tools/slow_tests.py times.xml > tests/slow.txt
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import defaultdict

MOST = 0.7  # seconds that all cases of one test may take together


def slow(path: str) -> list[str]:
    """The tests of which all cases together take longer, as `file::test`, but for those in `laws`."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for case in ET.parse(path).getroot().iter("testcase"):
        places = str(case.get("classname")).split(".")
        if "laws" not in places:
            seconds[f"{places[-1]}.py::{str(case.get('name')).partition('[')[0]}"] += float(case.get("time", 0))
    return sorted(name for name, taken in seconds.items() if taken > MOST)


if __name__ == "__main__":
    print(*slow(sys.argv[1]), sep="\n")
