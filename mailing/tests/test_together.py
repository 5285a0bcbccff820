import asyncio

import pytest
from django.db import OperationalError

from mailing.receiving.together import Together


def all_at_once(work, items, patience=0, enough=lambda: 1):
    """What each of `items` gets, asked for at the same time, and the batches in which `work` saw them."""
    batches = []

    def noted(batch):
        batches.append(list(batch))
        return work(batch)

    async def asking():
        together = Together(noted, asyncio.to_thread, patience, enough)
        return await asyncio.gather(*map(together, items), return_exceptions=True)

    return asyncio.run(asking()), batches


def halves(batch):
    return [12 // item for item in batch]


def test_each_gets_its_own_result():
    assert all_at_once(halves, [1, 2, 3]) == ([12, 6, 4], [[1, 2, 3]])


def test_once_there_are_enough_nobody_waits_for_more():
    """Else this test would take an hour."""
    assert all_at_once(halves, [1, 2], 3600, lambda: 2) == ([12, 6], [[1, 2]])


def test_those_who_never_come_are_waited_for_a_moment():
    assert all_at_once(halves, [1, 2], 0.001, lambda: 3) == ([12, 6], [[1, 2]])


def test_a_bad_item_fails_alone():
    results, batches = all_at_once(halves, [1, 0, 3])
    assert (results[0], type(results[1]), results[2]) == (12, ZeroDivisionError, 4)
    assert batches == [[1, 0, 3], [1], [0], [3]]


def test_a_database_that_is_gone_is_asked_once():
    def gone(batch):
        raise OperationalError

    results, batches = all_at_once(gone, [1, 2, 3])
    assert [type(result) for result in results] == [OperationalError] * 3
    assert len(batches) == 1


def test_who_comes_while_it_works_is_served_next():
    async def scene():
        begun, go_on, seen = asyncio.Event(), asyncio.Event(), []

        async def in_thread(work, batch):
            begun.set()
            await go_on.wait()
            return work(batch)

        together = Together(lambda batch: seen.append(list(batch)) or batch, in_thread)
        first = asyncio.create_task(together("first"))
        await begun.wait()
        others = [asyncio.create_task(together(name)) for name in ("left", "second", "third")]
        await asyncio.sleep(0)
        others[0].cancel()
        go_on.set()
        assert [await first, await others[1], await others[2]] == ["first", "second", "third"]
        with pytest.raises(asyncio.CancelledError):
            await others[0]
        return seen

    assert asyncio.run(scene()) == [["first"], ["left", "second", "third"]]
