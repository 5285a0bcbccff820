"""How fast the portal is, beside others: each floor declares its figures in its own `bench.py`, portal measures them.

Machines, disks and neighbours differ, so only what one run has measured can be compared: the portal and its
references take turns, round by round, on a freshly prepared `DATA_DIR` of their own, never on anyone's data.

    declared()  →  races()  →  for each a copy of the data and a process: take_turns()  →  table, bench.json
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

from portal.serve import die_with_parent

RESULTS = "bench.json"
ROUNDS = 5
TAIL = 4000  # of what a measure that failed has said
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")

# One round of one contestant, in the figure's unit; and what makes it ready, then clears it away.
Measure = Callable[[], float]
Contestant = Callable[[], AbstractContextManager[Measure]]


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Figure:
    """What is measured, beside what, and how good it has to be.

    `reference` says what `peer` is and does. `goal` is for the ratio of ours to the peer's, or for our value where
    there is no peer; None where a figure is only watched. Figures with the same `ours` share its rounds.
    """

    name: str
    unit: str
    ours: Contestant
    better: Better = Better.HIGHER
    peer: Contestant | None = None
    reference: str = ""
    goal: float | None = None


@dataclass(frozen=True)
class Row:
    """One object of `bench.json`. The values are medians, the spreads [min, max]."""

    name: str
    unit: str
    better: Better
    value: float
    reference_value: float | None
    spread: list[float]
    reference_spread: list[float] | None
    runs: int
    reference: str
    ratio: float | None
    goal: float | None

    @classmethod
    def of(cls, figure: Figure, values: list[float], reference_values: list[float]) -> "Row":
        """The row of a figure from its rounds; the second list is empty where there is no peer."""
        value = statistics.median(values)
        reference = statistics.median(reference_values) if reference_values else None
        return cls(
            name=figure.name,
            unit=figure.unit,
            better=figure.better,
            value=short(value),
            reference_value=short(reference) if reference is not None else None,
            spread=[short(min(values)), short(max(values))],
            reference_spread=[short(min(reference_values)), short(max(reference_values))]
            if reference_values
            else None,
            runs=len(values),
            reference=figure.reference,
            ratio=short(value / reference) if reference else None,
            goal=figure.goal,
        )

    @property
    def is_met(self) -> bool | None:
        """Is the goal reached? None where there is none."""
        if self.goal is None:
            return None
        reached = self.value if self.ratio is None else self.ratio
        return reached >= self.goal if self.better == Better.HIGHER else reached <= self.goal


def short(number: float) -> float:
    """Four digits: more would be noise."""
    return float(f"{number:.4g}")


def declared() -> list[Figure]:
    """The figures of all floors, from the lowest up: the `FIGURES` of their `bench` modules."""
    return [
        figure
        for app in apps.get_app_configs()
        if app.name != "portal" and module_has_submodule(app.module, "bench")
        for figure in import_module(f"{app.name}.bench").FIGURES
    ]


def chosen(words: Sequence[str]) -> list[Figure]:
    """The figures whose name has one of `words` in it; all where there is no word."""
    return [figure for figure in declared() if not words or any(word in figure.name for word in words)]


def races(figures: Sequence[Figure]) -> list[list[Figure]]:
    """The figures together that measure the same of ours, in their order."""
    found: dict[Contestant, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.ours, []).append(figure)
    return list(found.values())


def take_turns(race: Sequence[Figure], rounds: int) -> list[Row]:
    """Measure the figures of one race here and now: ours and each peer once a round, the first round not counted.

    Every other round runs the other way round, so that nobody is always the one who comes after the heaviest.
    """
    ours = race[0].ours
    contestants = list(dict.fromkeys([ours, *(figure.peer for figure in race if figure.peer)]))
    taken: dict[Contestant, list[float]] = {contestant: [] for contestant in contestants}
    with ExitStack() as stack:
        measures = {contestant: stack.enter_context(contestant()) for contestant in contestants}
        for measure in measures.values():
            measure()
        for number in range(rounds):
            for contestant in contestants if number % 2 else reversed(contestants):
                taken[contestant].append(measures[contestant]())
    return [Row.of(figure, taken[ours], taken[figure.peer] if figure.peer else []) for figure in race]


def run(words: Sequence[str], rounds: int, say: Callable[[str], object]) -> int:
    """Measure the figures chosen by `words`, print the table, write `bench.json`; the exit code to leave with.

    A goal that is missed is said and is no error; a figure that could not be measured is one.
    """
    rows: list[Row] = []
    failed = 0
    # Beside the user's data, for that is the disk that the portal works with.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings.DATA_DIR) as folder:
        prepared, data = Path(folder, "prepared"), Path(folder, "data")
        manage(prepared, "prepare")
        say(heading())
        for race in races(chosen(words)):
            shutil.copytree(prepared, data)
            try:
                names = [figure.name for figure in race]
                manage(data, "bench", "--alone", "--rounds", str(rounds), *names)
            except subprocess.CalledProcessError as error:
                failed += 1
                say(f"{race[0].name} : la mesure a échoué (code {error.returncode}).\n{error.stderr[-TAIL:]}")
            else:
                measured = [Row(**row) for row in json.loads((data / RESULTS).read_text())]
                rows += measured
                for row in measured:
                    say(line(row))
            finally:
                shutil.rmtree(data)
    say(f"\n{write(rows)}")
    return 1 if failed else 0


def write(rows: Sequence[Row]) -> Path:
    """Write `bench.json`; where it lies."""
    path = settings.DATA_DIR / RESULTS
    path.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")
    return path


def heading() -> str:
    return f"{'':58} {'portail':>10} {'référence':>10} {'rapport':>8} {'but':>6}"


def line(row: Row) -> str:
    """One row as people read it."""
    reference = "" if row.reference_value is None else f"{row.reference_value:.4g}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    goal = "" if row.goal is None else f"{'≥' if row.better == Better.HIGHER else '≤'} {row.goal:g}"
    verdict = {True: "atteint", False: "MANQUÉ", None: ""}[row.is_met]
    name = f"{row.name}, {row.unit}"
    return f"{name:58} {row.value:>10.4g} {reference:>10} {ratio:>8} {goal:>6}  {verdict}".rstrip()


def manage(data_dir: Path, *arguments: str) -> None:
    """A command of ours on `data_dir`, with nothing of our own environment that could lead elsewhere.

    CalledProcessError, with what it said, where it fails.
    """
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**environment, "DATA_DIR": str(data_dir), "LOCAL_SUBMISSION_TRUSTED": "True"},
        capture_output=True,
        text=True,
        check=True,
    )


@contextmanager
def child(*command: str | Path, **environment: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """A Python process beside ours that has said its first line: the process and the line. Killed at the end."""
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PYTHONPATH": str(settings.BASE_DIR), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        said = process.stdout.readline().strip()
        if not said:
            raise ChildProcessError(f"{command[0]} has not started")
        yield process, said
    finally:
        process.kill()
        process.communicate()


@contextmanager
def script(path: Path, *arguments: str) -> Iterator[Measure]:
    """A script that measures itself: a line to its input asks for a round, a line of its output is the figure.

    Its first line says that it is ready. Whatever needs settings of its own is measured this way.
    """
    with child(path, *arguments) as (process, _):

        def measure() -> float:
            process.stdin.write("\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        yield measure
