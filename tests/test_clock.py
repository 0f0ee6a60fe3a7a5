"""Real, paced and virtual time."""

import asyncio
import math
import socket
import threading
import time

import pytest

from zigloop.clock import VIRTUAL, ClockLoop, clock_loop


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


def test_jumps_are_emitted() -> None:
    jumps: list[float] = []
    with clock_loop(VIRTUAL) as loop:
        loop.jumps.subscribe(lambda event: jumps.append(event.seconds))
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


def test_the_rate_may_change_while_time_runs() -> None:
    with clock_loop(1000) as loop:
        loop.run_until_complete(asyncio.sleep(5))
        loop.rate = VIRTUAL
        before = loop.time()
        assert before >= 5
        loop.run_until_complete(asyncio.sleep(3600))
        assert loop.time() == before + 3600
        loop.rate = 1
        assert before + 3600 <= loop.time() < before + 3660
    with clock_loop() as loop, pytest.raises(ValueError, match="greater than 0"):
        loop.rate = 0


def test_with_patience_a_jump_waits_for_other_processes() -> None:
    """Somebody in a thread, in real time, answers each question within a hundredth of a second."""
    ours, theirs = socket.socketpair()

    def other() -> None:
        while question := theirs.recv(1):
            time.sleep(0.01)
            theirs.sendall(question)

    async def ask(loop: ClockLoop) -> list[float]:
        reader, writer = await asyncio.open_connection(sock=ours)
        waited = []
        for number in range(3):
            before = loop.time()
            writer.write(bytes((number,)))
            assert await asyncio.wait_for(reader.readexactly(1), 600) == bytes((number,))
            waited.append(loop.time() - before)
            await asyncio.sleep(600)
        writer.close()
        return waited

    thread = threading.Thread(target=other)
    thread.start()
    try:
        with clock_loop(VIRTUAL, patience=0.5) as loop:
            assert max(loop.run_until_complete(ask(loop))) == 0
            assert loop.time() == pytest.approx(1800)
    finally:
        theirs.shutdown(socket.SHUT_RDWR)
        thread.join()
        theirs.close()


def test_a_patient_clock_takes_short_waits_as_they_are() -> None:
    began = time.monotonic()
    with clock_loop(VIRTUAL, patience=5.0) as loop:
        loop.run_until_complete(asyncio.sleep(0.02))
        assert loop.time() == pytest.approx(0.02)
    assert 0.015 < time.monotonic() - began < 4
