"""The picture of a run: latency and CPU time of both hosts against the rate of reports, as SVG."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from benchmarks.hosts import BRIDGE, ZIGBEE2MQTT
from benchmarks.loads import IN_TIME

WIDTH, HEIGHT = 900, 430
TOP, BOTTOM = 84, 356
#: Left and right edge of both charts.
LATENCY, CPU = (62, 440), (528, 878)
COLORS = {BRIDGE: "#0b6e4f", ZIGBEE2MQTT: "#c8553d"}
TITLES = {BRIDGE: "our bridge", ZIGBEE2MQTT: "Zigbee2MQTT"}
INK, GREY, GRID = "#222222", "#666666", "#e4e4e4"
LEAST_MS, MOST_MS = 0.1, 1000.0
STYLE = "font-family: system-ui, sans-serif; font-size: 12px"

Step = Mapping[str, Any]
Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value is between two edges in pixels, the first of which is the least value's."""

    least: float
    most: float
    edges: tuple[float, float]
    logarithmic: bool = True

    def __call__(self, value: float) -> float:
        inside = min(max(value, self.least), self.most)
        if self.logarithmic:
            share = math.log(inside / self.least) / math.log(self.most / self.least)
        else:
            share = (inside - self.least) / (self.most - self.least)
        return self.edges[0] + share * (self.edges[1] - self.edges[0])


def draw(run: Run) -> str:
    """The SVG of a recorded run. ValueError when it has no ladder of rates."""
    hosts = {name: host for name, host in run["hosts"].items() if host["ladder"]}
    if not hosts:
        raise ValueError("the run has no ladder of rates to draw")
    rates = [step["rate"] for host in hosts.values() for step in host["ladder"]]
    dongle = next((host["dongle"] for host in hosts.values() if host.get("dongle")), None)
    left, right = min([*rates, dongle or min(rates)]) * 0.9, max(rates) * 1.1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/><g style="{STYLE}">',
        _text(20, 26, "Reports per second through a host: latency, and CPU time a message", size=16, weight="bold"),
        *_legend(hosts),
    ]
    for edges, title, chart in (
        (LATENCY, "milliseconds from the radio's port to MQTT", _latency),
        (CPU, "CPU time of the host, µs a message", _cpu),
    ):
        across = Scale(left, right, edges)
        parts += [_text(edges[0] - 30, TOP - 12, title, color=GREY), *_rates(across, dongle), *chart(across, hosts)]
    machine = run["machine"]
    about = f"{run['date'][:10]}, {machine['cores']} cores of {machine['cpu']}, Python {machine['python']}"
    if machine.get("node"):
        about += f", node {machine['node']}"
    parts += [
        _text(
            20, HEIGHT - 12, f"{about}; commit {run['commit']}. Broker, radio and receiver share the cores.", color=GREY
        ),
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend(hosts: Mapping[str, Any]) -> Iterable[str]:
    at = 20.0
    for name, host in hosts.items():
        title = f"{TITLES[name]} {host['version']}"
        yield f'<rect x="{at}" y="40" width="14" height="10" fill="{_color(name)}"/>'
        yield _text(at + 19, 49, title)
        at += 40 + 7 * len(title)
    yield _text(at, 49, "line: median, dashes: 99 % of the messages, cross: a rate that isn't carried", color=GREY)


def _rates(across: Scale, dongle: float | None) -> Iterable[str]:
    """The axis of the rates, which both charts have, and what a dongle's line carries."""
    low, high = across.edges
    if dongle is not None:
        end = across(dongle)
        yield f'<rect x="{low}" y="{TOP}" width="{end - low:.1f}" height="{BOTTOM - TOP}" fill="#dfe9f5"/>'
        yield _text(
            low, BOTTOM + 34, f"shaded: up to {dongle:.0f}/s, all that a dongle's 115,200 baud carry", color=GREY
        )
    for rate in (250, 500, 1000, 2000, 5000, 10_000, 20_000):
        if across.least <= rate <= across.most:
            x = across(rate)
            yield f'<path d="M{x:.1f} {TOP}V{BOTTOM}" stroke="{GRID}"/>'
            yield _text(x, BOTTOM + 16, f"{rate:,}", anchor="middle")
    yield f'<path d="M{low} {BOTTOM}H{high}" stroke="{INK}"/>'


def _latency(across: Scale, hosts: Mapping[str, Any]) -> Iterable[str]:
    up = Scale(LEAST_MS, MOST_MS, (BOTTOM, TOP))
    yield from _values(across, up, [(value, f"{value:g}") for value in (0.1, 1, 10, 100, 1000)])
    limit = up(IN_TIME * 1e3)
    yield f'<path d="M{across.edges[0]} {limit:.1f}H{across.edges[1]}" stroke="{GREY}" stroke-dasharray="2 3"/>'
    yield _text(across.edges[1], limit - 4, f"{IN_TIME * 1e3:g} ms", anchor="end", color=GREY)
    for name, host in hosts.items():
        steps = _last(host["ladder"])
        yield _line(across, up, [(step["rate"], step["p50_ms"]) for step in steps], _color(name))
        yield _line(across, up, [(step["rate"], step["p99_ms"]) for step in steps], _color(name), dashed=True)
        yield from (_cross(across(step["rate"]), up(step["p99_ms"]), name) for step in steps if not step["carried"])


def _cpu(across: Scale, hosts: Mapping[str, Any]) -> Iterable[str]:
    """Of the rates that are carried: at others a host is busy with its backlog."""
    carried = {name: [step for step in _last(host["ladder"]) if step["carried"]] for name, host in hosts.items()}
    most = max((step["cpu_us"] for steps in carried.values() for step in steps), default=1.0)
    unit = 10 ** math.floor(math.log10(most))
    unit = next(each for each in (unit / 5, unit / 2, unit) if most / each <= 8)
    up = Scale(0, unit * math.ceil(most / unit), (BOTTOM, TOP), logarithmic=False)
    ticks = [unit * number for number in range(math.ceil(most / unit) + 1)]
    yield from _values(across, up, [(value, f"{value:g}") for value in ticks])
    for name, steps in carried.items():
        yield _line(across, up, [(step["rate"], step["cpu_us"]) for step in steps], _color(name))


def _values(across: Scale, up: Scale, ticks: Sequence[tuple[float, str]]) -> Iterable[str]:
    for value, text in ticks:
        y = up(value)
        yield f'<path d="M{across.edges[0]} {y:.1f}H{across.edges[1]}" stroke="{GRID}"/>'
        yield _text(across.edges[0] - 6, y + 4, text, anchor="end")


def _last(ladder: Sequence[Step]) -> list[Step]:
    """The steps of the ladder in order; of a rate that was tried again, the second time."""
    last = {step["rate"]: step for step in ladder}
    return [last[rate] for rate in sorted(last)]


def _line(across: Scale, up: Scale, points: Sequence[tuple[float, float]], color: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points if not math.isnan(y))
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>'


def _cross(x: float, y: float, name: str) -> str:
    path = f"M{x - 5:.1f} {y - 5:.1f}l10 10M{x - 5:.1f} {y + 5:.1f}l10 -10"
    return f'<path d="{path}" stroke="{_color(name)}" stroke-width="2.5"/>'


def _color(name: str) -> str:
    return COLORS[name]


def _text(
    x: float, y: float, text: str, *, color: str = INK, anchor: str = "start", size: int = 12, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
