"""Writes the list of the tests that `make quick` leaves out, from the times of a whole run and of a quick one.

python -m pytest -n auto --junitxml=times.xml
python tools/slow_tests.py times.xml > tests/slow.txt
python -m pytest -n auto --quick --junitxml=quick.xml  # what was made ready for several tests falls on others now
python tools/slow_tests.py times.xml quick.xml > tests/slow.txt
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import defaultdict

MOST = 0.35  # seconds that all cases of one test may take together


def slow(path: str) -> set[str]:
    """The tests of which all cases together take longer, as `file::test`, but for those in `laws`."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for case in ET.parse(path).getroot().iter("testcase"):
        places = str(case.get("classname")).split(".")
        if "laws" not in places:
            seconds[f"{places[-1]}.py::{str(case.get('name')).partition('[')[0]}"] += float(case.get("time", 0))
    return {name for name, taken in seconds.items() if taken > MOST}


if __name__ == "__main__":
    print(*sorted(set().union(*map(slow, sys.argv[1:]))), sep="\n")
