"""`python -m benchmarks`: compare our bridge with real Zigbee2MQTT, on one radio.

`… day` measures a simulated day, `… scale` costs against the number of devices, `… suite` our test suite and commands.
"""

import argparse
import asyncio
import json
import selectors
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import broker, day, picture, record, scale, suite, table
from benchmarks.calibration import calibrate
from benchmarks.figures import SECTIONS
from benchmarks.hosts import BRIDGE, HOSTS, ZIGBEE2MQTT, Host
from benchmarks.inbox import ROOT
from benchmarks.plan import Plan, Result
from benchmarks.sections import measure
from zigloop.radio.line import DEFAULT_BAUD
from zigloop.testing.hosts import HostUnavailable

#: The picture at the head of docs/benchmarks.md.
PICTURE = ROOT / "docs/benchmarks.svg"


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that hosts and broker are stopped
    console = Console()
    if options.what == "day":
        return _day(options, console)
    if options.what == "scale":
        return _scale(options, console)
    if options.what == "suite":
        return _suite(console)
    names = [options.host] if options.host else [BRIDGE, ZIGBEE2MQTT]
    if not broker.mosquitto_installed():
        console.print(
            "[yellow]mosquitto isn't installed[/] (Debian: apt-get install mosquitto). amqtt is used instead, and only "
            "our bridge is measured: its figures can't be compared with those on mosquitto."
        )
        names = [name for name in names if name == BRIDGE]
    hosts = _hosts(names, console)
    if not hosts:
        return 2
    chosen = {"sections": options.only or SECTIONS, "baud": options.baud, "log_level": options.log_level}
    plan = Plan.quick(**chosen) if options.quick else Plan(**chosen)
    results: dict[str, tuple[Host, Result]] = {}
    conditions = record.Conditions(options.quick)

    def say(text: str) -> None:
        console.print(f"  {text}", highlight=False, markup=False)

    for host in hosts:
        console.print(f"[bold]{host.title} {host.version}[/]")
        # select() has a resolution of microseconds, epoll of milliseconds, which is too coarse to pace reports.
        with asyncio.Runner(loop_factory=_loop) as runner:
            result = runner.run(measure(host, plan, say))
        results[host.name] = (host, result)
    run = record.describe(plan, conditions, results)
    table.show(console, results)
    if options.json:
        options.json.write_text(json.dumps(run, indent=1) + "\n")
    if options.picture or options.record:
        (options.picture or PICTURE).write_text(picture.draw(run), encoding="utf-8")
    if options.record:
        record.append(run)
    return 1 if any(result.problems for _, result in results.values()) else 0


def _day(options: argparse.Namespace, console: Console) -> int:
    conditions = record.Conditions(options.quick)
    hours = 1.0 if options.quick else 24.0
    results = []
    for name in day.KINDS:
        result = day.simulate(name, hours=hours)
        results.append(result)
        table.show_day(console, result)
    run = record.describe_day(conditions, results)
    _keep(options, run)
    return 1 if any(result.problems for result in results) else 0


def _keep(options: argparse.Namespace, run: dict[str, Any]) -> None:
    """Write a run where the options want it."""
    if options.json:
        options.json.write_text(json.dumps(run, indent=1) + "\n")
    if options.record:
        record.append_plain(run)


def _scale(options: argparse.Namespace, console: Console) -> int:
    conditions = record.Conditions(options.quick)
    sizes = scale.QUICK if options.quick else scale.SIZES
    result = scale.measure(sizes, lambda size: console.print(f"  {size} devices", highlight=False))
    table.show_scale(console, result)
    run = record.describe_scale(conditions, result)
    _keep(options, run)
    return 0


def _suite(console: Console) -> int:
    loop = calibrate()
    console.print(f"calibration loop: {loop['cpu_ms']:.0f} ms CPU, {loop['wall_ms']:.0f} ms wall", highlight=False)
    console.print(f"{'seconds':>8} {'aim':>5}", highlight=False)
    failed = False
    for row in suite.ROWS:
        try:
            console.print(f"{row.seconds():8.2f} {row.aim:5g}  {row.title}", highlight=False, markup=False)
        except suite.CommandError as error:
            failed = True
            console.print(f"  failed {row.aim:5g}  {row.title}: {error}", highlight=False, markup=False)
    return 1 if failed else 0


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def _hosts(names: list[str], console: Console) -> list[Host]:
    """The installed ones of these hosts; prints why another isn't measured."""
    hosts = []
    for name in names:
        try:
            hosts.append(HOSTS[name]())
        except HostUnavailable as error:
            console.print(f"[yellow]{name} is not measured:[/] {error}")
    return hosts


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("hosts", "day", "scale", "suite"),
        default="hosts",
        help="hosts: the comparison (default); day: a simulated day of 50 devices, with bridge, broker and client "
        "in this process; scale: what things cost with 25 to 400 devices. These two have --quick, --json, --record. "
        "suite: the test suite and commands beside their aims, for three minutes",
    )
    parser.add_argument("--host", choices=HOSTS, help="measure only this host")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"measure only these: {', '.join(SECTIONS)}"
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: about a minute per host")
    parser.add_argument(
        "--baud",
        type=int,
        default=DEFAULT_BAUD,
        metavar="N",
        help="speed of the radio's line in starts and interviews (default %(default)s, 0: unlimited); "
        "commands and loads are never paced",
    )
    parser.add_argument(
        "--log-level",
        choices=("error", "warning", "info", "debug"),
        default="info",
        help="log level of both hosts; info is their default",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results, with single samples")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="write the picture of the ladder of rates, as SVG")
    parser.add_argument(
        "--record",
        action="store_true",
        help="append the figures to benchmarks/history.json; of the comparison, also draw docs/benchmarks.svg",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
