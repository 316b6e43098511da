import asyncio
import threading
from collections.abc import Iterator

import pytest

from sheetsync.threads import Threads

LONG = 60.0


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What a stuck job waits for; it is set when the test is over."""
    event = threading.Event()
    yield event
    event.set()


class WrongPageError(Exception):
    pass


def test_the_functions_result_comes_back() -> None:
    assert asyncio.run(Threads().run(int, "12", base=16)) == 18


def test_the_work_is_done_in_another_thread_that_does_not_keep_the_program_alive() -> None:
    worker = asyncio.run(Threads().run(threading.current_thread))
    assert worker is not threading.current_thread()
    assert worker.daemon


def test_an_exception_is_carried_over_to_the_one_who_waits() -> None:
    def fail() -> None:
        raise WrongPageError("no such page")

    with pytest.raises(WrongPageError, match="no such page"):
        asyncio.run(Threads().run(fail))


def test_a_thread_serves_on_after_an_exception() -> None:
    async def main() -> tuple[threading.Thread, threading.Thread]:
        threads = Threads(count=1, patience=LONG, deadline=LONG)
        first = await threads.run(threading.current_thread)
        with pytest.raises(ZeroDivisionError):
            await threads.run(divmod, 1, 0)
        return first, await threads.run(threading.current_thread)

    first, second = asyncio.run(main())
    assert first is second


def test_an_idle_thread_is_used_again() -> None:
    async def main() -> set[int]:
        threads = Threads(count=2, patience=LONG, deadline=LONG)
        return {(await threads.run(threading.current_thread)).native_id or 0 for _ in range(20)}

    assert len(asyncio.run(main())) == 1


def test_no_more_jobs_are_worked_at_once_than_allowed(release: threading.Event) -> None:
    async def main() -> int:
        threads = Threads(count=2, patience=LONG, deadline=LONG)
        before = set(threading.enumerate())
        jobs = [asyncio.create_task(threads.run(release.wait)) for _ in range(5)]
        for _ in range(10):
            await asyncio.sleep(0)
        at_once = len(set(threading.enumerate()) - before)
        release.set()
        assert all(await asyncio.gather(*jobs))
        return at_once

    assert asyncio.run(main()) == 2


def test_a_stuck_job_does_not_hold_others_up(release: threading.Event) -> None:
    async def main() -> int:
        threads = Threads(count=1, patience=0.001, deadline=LONG)
        stuck = asyncio.create_task(threads.run(release.wait))
        results = [await threads.run(int, str(number)) for number in range(5)]
        assert not stuck.done()
        release.set()
        assert await stuck
        return sum(results)

    assert asyncio.run(main()) == 10


def test_after_the_deadline_nobody_waits_any_more(release: threading.Event) -> None:
    async def main() -> int:
        threads = Threads(count=1, patience=0.001, deadline=0.002)
        with pytest.raises(TimeoutError):
            await threads.run(release.wait)
        return await Threads(patience=LONG, deadline=LONG).run(int, "7")

    assert asyncio.run(main()) == 7


def test_a_stuck_thread_is_never_given_another_job(release: threading.Event) -> None:
    workers: list[threading.Thread] = []

    def work() -> None:
        workers.append(threading.current_thread())
        release.wait()

    async def main() -> threading.Thread:
        threads = Threads(count=1, patience=0.001, deadline=0.002)
        with pytest.raises(TimeoutError):
            await threads.run(work)
        threads._deadline = LONG
        return await threads.run(threading.current_thread)

    assert asyncio.run(main()) not in workers


def test_a_result_that_comes_too_late_is_dropped_in_silence_and_its_thread_ends(release: threading.Event) -> None:
    complaints: list[object] = []
    workers: list[threading.Thread] = []

    def work() -> None:
        workers.append(threading.current_thread())
        release.wait()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        with pytest.raises(TimeoutError):
            await Threads(patience=0.001, deadline=0.002).run(work)
        release.set()
        while not workers or workers[0].is_alive():  # noqa: ASYNC110 - a thread cannot say that it has ended
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), LONG))
    assert complaints == []


def test_a_loop_that_is_gone_lets_its_thread_end(release: threading.Event) -> None:
    async def main() -> threading.Thread:
        started: asyncio.Queue[threading.Thread] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def work() -> None:
            loop.call_soon_threadsafe(started.put_nowait, threading.current_thread())
            release.wait()

        job = asyncio.create_task(Threads(patience=LONG, deadline=LONG).run(work))
        worker = await started.get()
        job.cancel()
        return worker

    worker = asyncio.run(main())
    release.set()
    worker.join(10)
    assert not worker.is_alive()


def test_closing_lets_idle_threads_end() -> None:
    async def main() -> threading.Thread:
        threads = Threads(count=1, patience=LONG, deadline=LONG)
        worker = await threads.run(threading.current_thread)
        threads.close()
        return worker

    worker = asyncio.run(main())
    worker.join(10)
    assert not worker.is_alive()


def test_closing_twice_and_closing_unused_does_no_harm() -> None:
    threads = Threads()
    threads.close()
    threads.close()
