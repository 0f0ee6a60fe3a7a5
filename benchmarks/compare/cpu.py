"""CPU time: both checkouts run the same jobs in turns, old, new, old, new."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.compare import frames
from benchmarks.compare.checkouts import PYTEST, Checkout, CompareError
from benchmarks.compare.differences import Differences

#: Highest ratio of medians that counts as equally fast.
LIMIT = 1.03
#: Random splits of the old runs, and the share of them that the spread covers.
SPLITS, COVERED = 2000, 0.95

#: By the feature's file: titles may differ between checkouts.
FEATURES = "zncz02lm"


@dataclass(frozen=True)
class Timing:
    """CPU seconds of one job, in the order of the runs."""

    old: list[float]
    new: list[float]

    @property
    def ratio(self) -> float:
        """Of the medians, new to old."""
        return median(self.new) / median(self.old)

    @property
    def spread(self) -> float:
        """Old against itself: 95 % of the random splits of its runs into halves have a smaller ratio of medians."""
        rng, half = random.Random(0), len(self.old) // 2
        ratios = []
        for _ in range(SPLITS if half else 0):
            some = rng.sample(self.old, len(self.old))
            one, other = median(some[:half]), median(some[half : 2 * half])
            ratios.append(max(one, other) / min(one, other))
        return sorted(ratios)[int(COVERED * (len(ratios) - 1))] if ratios else 1.0

    @property
    def good(self) -> bool:
        return self.ratio <= max(LIMIT, self.spread)


def compare(
    old: Checkout,
    new: Checkout,
    runs: int,
    jobs: Sequence[str],
    features: str,
    differences: Differences,
    runner: Path,
    work: Path,
) -> bool:
    """Print medians, their ratio, and the spread of old; True when new is as fast."""
    rename = work / "rename.json"
    rename.write_text(json.dumps(asdict(differences.renames)))
    plan = work / "cpu-plan"
    frames.record(old, 1, plan, runner)
    file = plan / "plan.json"

    counts: set[str] = set()

    def run_frames(checkout: Checkout) -> float:
        return frames.record(checkout, 1, work / f"cpu-{checkout.label}", runner, plan=file, rename=rename)

    def run_features(checkout: Checkout) -> float:
        done = checkout.run(*PYTEST, "features", "-k", features, runner=runner)
        counts.add(counted(done.output))
        if len(counts) > 1:
            raise CompareError(f"-k {features!r} selects other tests in old than in new: {', '.join(sorted(counts))}")
        return done.cpu

    def run_day(checkout: Checkout) -> float:
        # With `-P` the folder is not searched, and `benchmarks` is installed nowhere.
        start = "import runpy, sys; sys.path.insert(0, ''); sys.argv[:] = ['benchmarks', 'day', '--quick']; "
        return checkout.run("-c", f"{start}runpy.run_module('benchmarks', run_name='__main__')", runner=runner).cpu

    known: dict[str, Callable[[Checkout], float]] = {"frames": run_frames, "features": run_features, "day": run_day}
    good = True
    for job in jobs:
        timing = Timing([], [])
        for number in range(runs):
            timing.old.append(known[job](old))
            timing.new.append(known[job](new))
            print(f"  {job} {number + 1}: old {timing.old[-1]:.2f} s, new {timing.new[-1]:.2f} s", flush=True)
        verdict = "fine" if timing.good else "TOO SLOW"
        print(
            f"{job}: median {median(timing.old):.2f} s old ({min(timing.old):.2f} to {max(timing.old):.2f}), "
            f"{median(timing.new):.2f} s new ({min(timing.new):.2f} to {max(timing.new):.2f}); "
            f"ratio {timing.ratio:.3f}, old against itself up to {timing.spread:.3f}, limit {LIMIT}: {verdict}"
        )
        good &= timing.good
    return good


def counted(output: str) -> str:
    """The numbers in pytest's last line, without the time: "12 passed, 462 deselected"."""
    return output.strip().rpartition("\n")[2].partition(" in ")[0]


JOBS = ("frames", "features", "day")
