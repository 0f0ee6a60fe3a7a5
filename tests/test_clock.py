"""Real, paced and virtual time."""

import asyncio
import math
import time

import pytest

from sim.clock import VIRTUAL, ClockLoop, clock_loop


def test_an_hour_of_virtual_time_takes_no_time() -> None:
    began = time.monotonic()
    with clock_loop(VIRTUAL) as loop:
        before = loop.time()
        loop.run_until_complete(asyncio.sleep(3600))
        assert loop.time() - before == pytest.approx(3600)
    assert time.monotonic() - began < 5


def test_timers_fire_in_order_whatever_their_distance() -> None:
    fired: list[float] = []
    with clock_loop(VIRTUAL) as loop:
        for delay in (5.0, 0.001, 86400.0, 5.0005):
            loop.call_later(delay, fired.append, delay)
        loop.run_until_complete(asyncio.sleep(90000))
    assert fired == [0.001, 5.0, 5.0005, 86400.0]


def test_loopback_data_arrives_before_any_time_passes() -> None:
    async def talk(loop: ClockLoop) -> float:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1000):
                writer.write(data)
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        # Somebody else's timers, of every size, must not run before the bytes are read.
        ticks = [loop.call_later(0.01 * 3**n, lambda: None) for n in range(12)]
        for n in range(500):
            writer.write(n.to_bytes(2, "big"))
            assert await reader.readexactly(2) == n.to_bytes(2, "big")
        spent = loop.time()
        for tick in ticks:
            tick.cancel()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return spent

    with clock_loop(VIRTUAL) as loop:
        assert loop.run_until_complete(talk(loop)) < 0.25


def test_virtual_time_waits_for_executor_jobs() -> None:
    async def job_beside_a_timer(loop: ClockLoop) -> float:
        asyncio.get_running_loop().call_later(1000, lambda: None)
        await loop.run_in_executor(None, sum, range(2_000_000))
        return loop.time()

    with clock_loop(VIRTUAL) as loop:
        assert loop.run_until_complete(job_beside_a_timer(loop)) == 0


def test_jumps_are_told() -> None:
    jumps: list[float] = []
    with clock_loop(VIRTUAL, on_jump=jumps.append) as loop:
        loop.run_until_complete(asyncio.sleep(10))
    assert sum(jumps) == pytest.approx(10)


def test_a_paced_clock_runs_ahead_of_real_time() -> None:
    began = time.monotonic()
    with clock_loop(1000) as loop:
        loop.run_until_complete(asyncio.sleep(20))
    assert 0.02 <= time.monotonic() - began < 10


@pytest.mark.parametrize("rate", [0, -1, math.nan])
def test_a_rate_that_is_no_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must be greater than 0"):
        ClockLoop(rate)


def test_a_closed_world_leaves_no_task() -> None:
    with clock_loop(VIRTUAL) as loop:
        task = loop.create_task(asyncio.sleep(math.inf))
        loop.run_until_complete(asyncio.sleep(1))
    assert task.cancelled()
