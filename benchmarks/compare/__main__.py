"""`python -m benchmarks.compare OLD [NEW] [frames chaos cpu]`: is NEW the same as OLD on port and air, and as fast?

OLD and NEW are folders of checkouts, or git revisions. The default of NEW is the checkout
that contains this program.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.compare import chaos, cpu, differences, frames
from benchmarks.compare.checkouts import Checkout, CompareError, environment, located, prepare_runner, revision

HERE = Path(__file__).resolve().parents[2]
PARTS = ("frames", "chaos", "cpu")


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        known = differences.load(options.differences)
        with ExitStack() as stack:
            work = options.out
            if work is None:
                work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zigloop-compare-")))
            work.mkdir(parents=True, exist_ok=True)
            work = work.resolve()
            return _compare(options, known, work, stack)
    except (CompareError, ValueError, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2


def _compare(options: argparse.Namespace, known: differences.Differences, work: Path, stack: ExitStack) -> int:
    sides = []
    for label, place, python, hash_seed in (
        ("old", options.old, options.old_python, options.hash_seeds[0]),
        ("new", options.new, options.new_python, options.hash_seeds[1]),
    ):
        root = stack.enter_context(located(place, HERE))
        interpreter = environment(root) if python is None else python.absolute()
        sides.append(Checkout(label, root, interpreter, hash_seed, revision(root)))
        print(f"{label}: {root} ({sides[-1].revision}), {interpreter}, PYTHONHASHSEED={hash_seed}", flush=True)
    old, new = sides
    runner = prepare_runner(work)
    good = True
    if "frames" in options.parts:
        good &= frames.compare(old, new, options.seeds, known, runner, work, options.jobs)
    if "chaos" in options.parts:
        good &= chaos.compare(old, new, options.seeds, options.sample, known, runner, work, options.jobs)
    if "cpu" in options.parts:
        good &= cpu.compare(old, new, options.runs, options.cpu_jobs, options.features, known, runner, work)
    return 0 if good else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("old", help="a checkout's folder, or a git revision")
    parser.add_argument("new", nargs="?", default=str(HERE), help="the same; default: this checkout")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, dest="parts", help="default: all three")
    parser.add_argument("--old-python", type=Path, metavar="PYTHON", help="an interpreter that has OLD installed")
    parser.add_argument("--new-python", type=Path, metavar="PYTHON", help="an interpreter that has NEW installed")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5], metavar="N", help="default: 1 to 5")
    parser.add_argument("--sample", type=int, default=12, metavar="N", help="scenarios for each seed (default 12)")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="of each checkout, for CPU time (default 7)")
    parser.add_argument(
        "--cpu-jobs", nargs="+", choices=cpu.JOBS, default=("frames", "features"), help="default: frames features"
    )
    parser.add_argument("--features", default=cpu.FEATURES, metavar="EXPRESSION", help="-k of the job features")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at once, but for CPU time (default 1)")
    parser.add_argument(
        "--hash-seeds", nargs=2, default=("0", "0"), metavar=("OLD", "NEW"),
        help="PYTHONHASHSEED of both (default 0 0); with different ones the frames must be the same, too",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep plans, streams and schedules here")
    parser.add_argument("--differences", type=Path, default=differences.FILE, metavar="FILE", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
