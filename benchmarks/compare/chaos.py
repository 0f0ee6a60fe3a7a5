"""Chaos: the old checkout records schedules over a sample of features, the new one replays them by name."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.compare.checkouts import PACKAGE, PYTEST, Checkout
from benchmarks.compare.diff import first_difference
from benchmarks.compare.differences import Differences
from benchmarks.compare.inside.renames import Renames

#: pytest's statuses of a run that came to its end: all passed, some failed.
ENDED = (0, 1)


def compare(
    old: Checkout,
    new: Checkout,
    seeds: Sequence[int],
    sample: int,
    differences: Differences,
    runner: Path,
    work: Path,
    jobs: int,
) -> bool:
    """Print all differences; True when verdicts and faults are the same."""
    rename = work / "rename.json"
    rename.write_text(json.dumps(asdict(differences.renames)))

    def run_both(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
        first, second = (work / f"chaos-{seed}-{side}.json" for side in ("old", "new"))
        _run(old, seed, first, runner, "--compare-sample", str(sample))
        _run(new, seed, second, runner, "--compare-play", first, "--compare-rename", rename)
        one, other = (json.loads(file.read_text(encoding="utf-8"))["scenarios"] for file in (first, second))
        return one, other

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(run_both, seeds))
    wrong = []
    for seed, (one, other) in zip(seeds, results, strict=True):
        problems = [f"{key}: {text}" for key in one for text in differ(one[key], other.get(key), differences.renames)]
        bytes_same = sum(one[key].get("port_sha256") == other.get(key, {}).get("port_sha256") for key in one)
        faults = sum(len(lay) for each in one.values() for lay in each["lays"])
        failed = sum(each["outcome"] != "passed" for each in one.values())
        print(
            f"seed {seed}: {len(one)} scenarios, {faults} faults, {failed} failed with old; "
            f"{bytes_same} of {len(one)} have the same bytes on the port, {len(problems)} differences"
        )
        if renamed := sum(key != each["key"] for key, each in other.items()):
            print(f"  {renamed} scenarios have another title in new, and were found by their place")
        for problem in problems:
            print(f"  {problem}")
        wrong += problems
    print("chaos: " + ("the same verdicts and faults" if not wrong else "DIFFERENT"))
    return not wrong


def differ(old: dict[str, Any], new: dict[str, Any] | None, renames: Renames) -> list[str]:
    """Differences between two runs of one scenario, a sentence each."""
    if new is None:
        return ["it did not run with new"]
    found = []
    if old["outcome"] != new["outcome"]:
        said = (new if new["outcome"] != "passed" else old)["message"].strip().partition("\n")[0]
        found.append(f"{old['outcome']} with old, {new['outcome']} with new: {said}")
    if [len(lay) for lay in old["lays"]] != [len(lay) for lay in new["lays"]]:
        found.append(f"devices join {len(old['lays'])} times with old, {len(new['lays'])} times with new")
    one, other = ([called(each, renames) for each in side["did"]] for side in (old, new))
    difference = first_difference(one, other)
    if difference is not None:
        ends = [next(iter(lines), "(nothing more)") for lines in (difference.old, difference.new)]
        found.append(f"control {difference.at + 1} of {len(one)} is {ends[0]} with old, {ends[1]} with new")
    return found


def called(did: list[Any], renames: Renames) -> str:
    """One call of a control as a line, in new names."""
    at, name, verb, positional, named, result = did
    verb, named = renames.renamed(name, verb, named)
    words = [*map(str, positional), *(f"{key}={value}" for key, value in sorted(named.items()))]
    return f"{at!r} s: {renames.name(name)} {' '.join([verb, *words])}, {result}"


def _run(checkout: Checkout, seed: int, out: Path, runner: Path, *arguments: str | Path) -> None:
    pytest = (*PYTEST, "features", "--chaos", str(seed), "--chaos-reruns", "0")
    plugin = ("-p", f"{PACKAGE}.chaos_plugin", "--compare-checkout", checkout.root, "--compare-out", out)
    checkout.run(*pytest, *plugin, *arguments, runner=runner, accept=ENDED)
