"""Tables of the figures."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from benchmarks.day import Result as Day
from benchmarks.figures import ALL, Figure
from benchmarks.hosts import BRIDGE, ZIGBEE2MQTT, Host
from benchmarks.plan import Result
from benchmarks.scale import OPERATIONS
from benchmarks.scale import Result as Scale

#: A range is shown when its end is more than this many times its begin.
WIDE = 1.3

Results = Mapping[str, tuple[Host, Result]]


def show(console: Console, results: Results) -> None:
    """Print the comparison, each host's ladder of rates, the radio's own limit, and problems."""
    console.print(_comparison(results))
    if any(result.ladder for _, result in results.values()):
        console.print(_ladder(results))
    for host, result in results.values():
        if result.ceiling is not None:
            console.print(f"The radio alone (in {host.title}'s run): {result.ceiling:,.0f} reports/s")
    for host, result in results.values():
        for problem in result.problems:
            console.print(f"[red]{host.title}:[/] {problem}", markup=True)


def show_day(console: Console, day: Day) -> None:
    """Print a simulated day: its amounts, how long it took, and the shares of CPU time."""
    table = Table(title=f"A {day.name} day: {day.hours:g} hours of {day.devices} devices", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for title, value in (
        ("reports of values", day.reports),
        ("frames on the air", day.air_frames),
        ("frames on the port", day.mt_frames),
        ("MQTT messages", day.messages),
        ("wall seconds", day.wall),
        ("CPU seconds", day.cpu),
        ("messages a second", day.rate),
    ):
        table.add_row(title, number(value))
    table.add_section()
    for part, share in day.share.items():
        table.add_row(part, f"{share:.0%}")
    console.print(table)
    for problem in day.problems:
        console.print(f"[red]{day.name}:[/] {problem}")


def show_scale(console: Console, result: Scale) -> None:
    """Print the costs against the number of devices, and how they grow."""
    table = Table(title="CPU time against the number of devices", title_justify="left")
    table.add_column("")
    for title in (*map(str, result.sizes), "", "exponent"):
        table.add_column(title, justify="right")
    for each in OPERATIONS:
        costs = [number(seconds / each.scale) for seconds in result.seconds[each.key].values()]
        table.add_row(each.title, *costs, each.unit, f"{result.exponent(each.key):.2f}")
    console.print(table)


def _comparison(results: Results) -> Table:
    table = Table(title="Our bridge and Zigbee2MQTT, on the same radio", title_justify="left")
    table.add_column("")
    for host, _ in results.values():
        table.add_column(f"{host.title}\n{host.version}", justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("aim")
    table.add_column("")
    section = None
    for figure in ALL:
        values = [result.figures.get(figure.key) for _, result in results.values()]
        if all(value is None for value in values):
            continue
        if section not in (None, figure.section):
            table.add_section()
        section = figure.section
        table.add_row(
            f"{figure.title}{f' [dim]{figure.unit}[/]' if figure.unit else ''}",
            *(with_range(result, figure.key) for _, result in results.values()),
            *_judged(figure, results),
        )
    return table


def _judged(figure: Figure, results: Results) -> tuple[str, str, str]:
    """Ratio, aim, and whether that is met."""
    ours, theirs = (
        results[name][1].figures.get(figure.key) if name in results else None for name in (BRIDGE, ZIGBEE2MQTT)
    )
    ratio = f"{ours / theirs:.2f}" if ours is not None and theirs else ""
    if figure.aim is None:
        return ratio, "", ""
    met = figure.aim.met(ours, theirs) if ours is not None else None
    return ratio, figure.aim.text, {True: "[green]met[/]", False: "[red]not met[/]", None: ""}[met]


def _ladder(results: Results) -> Table:
    table = Table(title="Reports per second, step by step (dongle: 115,200 baud carry it)", title_justify="left")
    for title in ("", "asked", "sent", "lost", "p50 ms", "p99 ms", "max ms", "CPU %", "CPU µs/msg", ""):
        table.add_column(title, justify="right" if title else "left")
    for host, result in results.values():
        for step in result.ladder:
            reached = result.dongle is not None and step["rate"] <= result.dongle
            table.add_row(
                host.title,
                *(
                    number(step[key])
                    for key in ("rate", "sent", "lost", "p50_ms", "p99_ms", "max_ms", "cpu_percent", "cpu_us")
                ),
                ("dongle" if reached else "") if step["carried"] else "[red]not carried[/]",
            )
        table.add_section()
    return table


def with_range(result: Result, key: str) -> str:
    """A figure, with its range where that is wide: the values of some have two centres."""
    low, high = result.ranges.get(key, (0.0, 0.0))
    text = number(result.figures.get(key))
    return f"{text} ({number(low)} to {number(high)})" if high > WIDE * low else text


def number(value: float | None) -> str:
    """With three significant digits, or fewer when the value needs no more."""
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
