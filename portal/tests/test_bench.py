"""`make bench`: its frame works, and what the floors declare has the fields of design.md. Nothing is timed here."""

import json
from contextlib import contextmanager
from functools import partial

import pytest

from portal import bench
from portal.bench import Better, Figure


@contextmanager
def says(*values):
    """A contestant that measures nothing; its first value is its warm-up."""
    rounds = iter(values)
    yield lambda: next(rounds)


def test_medians_spreads_and_ratio_of_the_rounds_without_the_first():
    quick = partial(says, 1, 30, 10, 20)
    slow = partial(says, 99, 5, 4, 6)
    race = [Figure("quick", "mails/s", quick, peer=slow, reference="a slow one", goal=2)]
    row = bench.take_turns(race, 3)[0]
    assert (row.value, row.spread, row.reference_value, row.reference_spread) == (20, [10, 30], 5, [4, 6])
    assert (row.ratio, row.runs, row.is_met) == (4, 3, True)


def test_figures_of_one_race_share_its_rounds():
    ours = partial(says, 1, 10)
    figures = [
        Figure("beside one", "mails/s", ours, peer=partial(says, 1, 5), goal=3),
        Figure("beside another", "mails/s", ours, peer=partial(says, 1, 2), goal=3),
        Figure("alone", "ms", partial(says, 1, 7), better=Better.LOWER, goal=7),
    ]
    assert [[figure.name for figure in race] for race in bench.races(figures)] == [
        ["beside one", "beside another"],
        ["alone"],
    ]
    rows = [row for race in bench.races(figures) for row in bench.take_turns(race, 1)]
    assert [(row.value, row.ratio, row.is_met) for row in rows] == [
        (10, 2, False),
        (10, 5, True),
        (7, None, True),
    ]


def test_one_round_gives_the_objects_of_bench_json(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    rows = bench.take_turns([Figure("tiny", "ms", partial(says, 1, 2), better=Better.LOWER)], 1)
    assert json.loads(bench.write(rows).read_text()) == [
        {
            "name": "tiny",
            "unit": "ms",
            "better": "lower",
            "value": 2,
            "reference_value": None,
            "spread": [2, 2],
            "reference_spread": None,
            "runs": 1,
            "reference": "",
            "ratio": None,
            "goal": None,
        }
    ]


def test_every_figure_is_wholly_declared_and_has_a_name_of_its_own():
    figures = bench.declared()
    assert [figure.name for figure in figures if not (figure.name and figure.unit)] == []
    assert [figure.name for figure in figures if bool(figure.peer) != bool(figure.reference)] == []
    assert sorted({figure.name for figure in figures}) == sorted(figure.name for figure in figures)


def test_a_word_chooses_the_figures_that_have_it_in_their_name():
    assert {"5 MB" in figure.name for figure in bench.chosen(["5 MB"])} == {True}
    assert bench.chosen([]) == bench.declared()


@pytest.mark.parametrize(
    ("better", "value", "goal", "met"),
    [(Better.HIGHER, 3, 3, True), (Better.HIGHER, 2, 3, False), (Better.LOWER, 4, 3, False)],
)
def test_a_goal_without_reference_is_for_the_value(better, value, goal, met):
    figure = Figure("alone", "ms", partial(says, value), better=better, goal=goal)
    assert bench.Row.of(figure, [value], []).is_met is met
