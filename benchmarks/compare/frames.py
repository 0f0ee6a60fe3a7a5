"""Frames: the old checkout draws and records a run, the new one repeats it; their streams are compared."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks.compare.checkouts import PACKAGE, Checkout, CompareError, cache
from benchmarks.compare.diff import digest, first_difference
from benchmarks.compare.differences import STREAMS, Differences


def compare(
    old: Checkout, new: Checkout, seeds: Sequence[int], differences: Differences, runner: Path, work: Path, jobs: int
) -> bool:
    """Print all differences; True when there are none."""
    rename = work / "rename.json"
    rename.write_text(json.dumps(asdict(differences.renames)))

    def record_both(seed: int) -> tuple[Path, Path, str]:
        first, second = (work / f"frames-{seed}-{side}" for side in ("old", "new"))
        record(old, seed, first, runner)
        try:
            record(new, seed, second, runner, plan=first / "plan.json", rename=rename)
        except CompareError as error:  # the streams up to the failure are still compared
            return first, second, str(error)
        return first, second, ""

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(record_both, seeds))
    used: dict[str, int] = {}
    same = True
    for seed, (first, second, failure) in zip(seeds, results, strict=True):
        one = json.loads((first / "summary.json").read_text())
        hours = one["virtual_seconds"] / 3600
        print(f"seed {seed}: {hours:.1f} h, {one['actions']} actions, {one['controls']} controls of devices")
        other = one if failure else json.loads((second / "summary.json").read_text())
        if failure:
            same = False
            print(f"  FAILED: {failure}")
        if one["refused"] != other["refused"]:
            same = False
            print(f"  DIFFERS: other controls are refused: {_refused(one, other, first)}")
        for stream in STREAMS:
            same &= _stream(stream, first, second, old, differences, runner, used)
    for reason, count in used.items():
        print(f"known difference: {reason}: {count} lines" + ("" if count else " (REMOVE IT: it matches nothing)"))
    print("frames: " + ("no difference" if same else "DIFFERENT"))
    return same


def record(
    checkout: Checkout,
    seed: int,
    out: Path,
    runner: Path,
    plan: Path | None = None,
    rename: Path | None = None,
) -> float:
    """One run into a folder; its CPU seconds."""
    shutil.rmtree(out, ignore_errors=True)
    arguments: list[str | Path] = ["--checkout", checkout.root, "--seed", str(seed), "--out", out]
    arguments += ["--plan", plan] if plan else []
    arguments += ["--rename", rename] if rename else []
    return checkout.run("-m", f"{PACKAGE}.frames", *arguments, runner=runner).cpu


def _stream(
    stream: str, first: Path, second: Path, old: Checkout, differences: Differences, runner: Path, used: dict[str, int]
) -> bool:
    sides = []
    for side, folder in (("old", first), ("new", second)):
        file = folder / f"{stream}.txt"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        lines, counts = differences.apply(stream, side, text.splitlines())
        sides.append(lines)
        for reason, count in counts.items():
            used[reason] = used.get(reason, 0) + count
    difference = first_difference(*sides)
    if difference is None:
        print(f"  {stream:4} {len(sides[0]):7} lines  sha256 {digest(sides[0])}")
        return True
    one, other = sides
    count = sum(a != b for a, b in zip_longest(one, other))
    print(f"  {stream:4} DIFFERS from line {difference.at + 1} on, {count} lines; {len(one)} old, {len(other)} new")
    for mark, lines in (("  ", difference.before), ("- ", difference.old), ("+ ", difference.new)):
        for line, meaning in zip(lines, _decoded(stream, lines, old, runner), strict=True):
            print(f"    {mark}{line[:400]}" + (f"\n         {meaning[:400]}" if meaning else ""))
    return False


def _decoded(stream: str, lines: list[str], checkout: Checkout, runner: Path) -> list[str]:
    """Each line decoded by the old checkout."""
    if stream == "mqtt" or not lines:
        return [""] * len(lines)
    command = [str(checkout.python), "-P", "-m", f"{PACKAGE}.decode", stream]
    done = subprocess.run(
        command,
        input="\n".join(lines) + "\n",
        text=True,
        capture_output=True,
        cwd=checkout.root,
        env={"PYTHONPATH": str(runner), "PYTHONPYCACHEPREFIX": str(cache() / "bytecode")},
        check=False,
    )
    found = done.stdout.splitlines()
    return found if len(found) == len(lines) else [""] * len(lines)


def _refused(one: dict[str, Any], other: dict[str, Any], folder: Path) -> str:
    actions = json.loads((folder / "plan.json").read_text())["actions"]
    only = sorted(set(one["refused"]) ^ set(other["refused"]))
    return ", ".join(f"{actions[number]['do']} ({'old' if number in one['refused'] else 'new'})" for number in only)
