"""What tests that kill, fill and cut say in figures; `make chaos` runs them longer and writes it down (F03, F04, F09).

Used as a plugin with `--chaos FILE`; without it nothing is written.
"""

import json
from collections import Counter
from pathlib import Path
from time import monotonic

RESULTS: list[dict] = []


def record(
    fault: str, *, sent: int, kills: int, began: float, database="sqlite", seed=None, stuck=0, **invariants
) -> None:
    """Note one run, before anything of it is asserted. began: what `monotonic()` said at its start.

    invariants: I1, I2, I3 (quality.md), each as two collections: what had to be there, and what is.
    """
    pairs = {name: (Counter(wanted), Counter(found)) for name, (wanted, found) in invariants.items()}
    RESULTS.append(
        {
            "fault": fault,
            "database": database,
            "seed": seed,
            "sent": sent,
            "kills": kills,
            "lost": sum((wanted - found).total() for wanted, found in pairs.values()),
            "doubled": sum((found - wanted).total() for wanted, found in pairs.values()),
            "stuck": stuck,
            "invariants": {
                name: [(wanted & found).total(), wanted.total()] for name, (wanted, found) in pairs.items()
            },
            "seconds": round(monotonic() - began, 1),
        }
    )


def pytest_addoption(parser):
    parser.addoption("--chaos", metavar="FILE", help="where to write what was found")


def pytest_sessionfinish(session):
    if path := session.config.getoption("--chaos"):
        Path(path).write_text(json.dumps(RESULTS, indent=2) + "\n")
