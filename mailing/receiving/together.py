"""Ten sessions, one query: what comes while a thread is at work is handed to it together the next time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from django.db import OperationalError

logger = logging.getLogger(__name__)


class Together:
    """Calls a function of many items with whatever has come since its last call.

    work: takes a list of items and gives as many results, in their order. in_thread: how to call it away from
    the loop. patience: the seconds to wait for more items before a call. enough: how many are not to be waited
    beyond, asked anew at each item.
    Where `work` fails for several, each is tried alone, so that one bad item fails by itself; save on an
    OperationalError, which means the database, and which nobody should wait for ten times.
    """

    def __init__(
        self,
        work: Callable[[list], Sequence],
        in_thread: Callable[..., Awaitable],
        patience: float = 0,
        enough: Callable[[], int] = lambda: 1,
    ) -> None:
        self._work = work
        self._in_thread = in_thread
        self._patience = patience
        self._enough = enough
        self._gathering: asyncio.Event | None = None
        self._waiting: list[tuple[Any, asyncio.Future]] = []
        self._worker: asyncio.Task | None = None

    async def __call__(self, item):
        """The result of `work` for `item`, or its exception."""
        result = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._gathering and self._is_enough():
            self._gathering.set()
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work_on())
        return await result

    async def _work_on(self) -> None:
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting, []
            items = [item for item, _ in batch]
            try:
                outcomes = await self._in_thread(self._outcomes, items)
            except Exception as error:
                outcomes = [error] * len(items)
            for (_, result), outcome in zip(batch, outcomes, strict=True):
                if result.cancelled():  # its client is gone
                    continue
                if isinstance(outcome, Exception):
                    result.set_exception(outcome)
                else:
                    result.set_result(outcome)

    def _is_enough(self) -> bool:
        return len(self._waiting) >= self._enough()

    async def _gather(self) -> None:
        await asyncio.sleep(0)  # what is ready now comes along
        if self._is_enough():
            return
        self._gathering = asyncio.Event()
        over = asyncio.get_running_loop().call_later(self._patience, self._gathering.set)
        await self._gathering.wait()
        over.cancel()
        self._gathering = None

    def _outcomes(self, items: list) -> Sequence:
        try:
            return self._work(items)
        except OperationalError:
            raise
        except Exception as error:
            if len(items) == 1:
                return [error]
            logger.warning(
                "%d items failed together (%s): each is tried alone", len(items), type(error).__name__
            )
            return [outcome for item in items for outcome in self._outcomes([item])]
