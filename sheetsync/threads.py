"""Work for the processor, kept off the event loop and given up after a deadline.

A hostile page can keep libxml2 busy for minutes, and nothing can stop a thread. So such a thread is left behind: it
holds one core, no account waits for it, and it ends with the process, because it is a daemon.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Threads:
    """A few daemon threads that work one job each.

    Args:
        count: How many jobs are worked at once, as long as they are quick.
        patience: Seconds after which a job no longer keeps others waiting.
        deadline: Seconds after which nobody waits for a job any more.
    """

    def __init__(self, count: int = 2, *, patience: float = 0.5, deadline: float = 5.0) -> None:
        self._patience = patience
        self._deadline = deadline
        self._slots = asyncio.Semaphore(count)
        self._idle: list[queue.SimpleQueue[_Job | None]] = []

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result.

        Raises:
            TimeoutError: It took longer than the deadline; its thread is left to itself.
        """
        async with self._slots:
            future = self._start(lambda: function(*args, **kwargs))
            done, _ = await asyncio.wait({future}, timeout=self._patience)
        if not done:
            done, _ = await asyncio.wait({future}, timeout=self._deadline - self._patience)
        if not done:
            future.cancel()
            raise TimeoutError
        result: T = future.result()
        return result

    def close(self) -> None:
        """Let the idle threads end."""
        while self._idle:
            self._idle.pop().put(None)

    def _start(self, job: Callable[[], Any]) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if not self._idle:
            jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(jobs,), name="sheetsync-reader", daemon=True).start()
        else:
            jobs = self._idle.pop()
        jobs.put((job, loop, future))
        future.add_done_callback(lambda ended: jobs.put(None) if ended.cancelled() else self._idle.append(jobs))
        return future

    @staticmethod
    def _work(jobs: "queue.SimpleQueue[_Job | None]") -> None:
        while taken := jobs.get():
            job, loop, future = taken
            try:
                outcome, value = future.set_result, job()
            except Exception as error:  # noqa: BLE001 - carried over to the one who waits
                outcome, value = future.set_exception, error
            try:
                loop.call_soon_threadsafe(_settle, future, outcome, value)
            except RuntimeError:  # the loop is gone: nobody waits any more
                return
            del taken, job, future, outcome, value  # an idle thread keeps no page alive


def _settle(future: "asyncio.Future[Any]", outcome: Callable[[Any], None], value: object) -> None:
    if not future.done():
        outcome(value)
