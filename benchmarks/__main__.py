"""Measure the engines and the whole way, print what was asked beside what was measured, write it as JSON.

`python -m benchmarks` measures both, `python -m benchmarks engines` or `whole_way` one of them; `--jobs` and
`--sizes` choose among the engines' jobs. JSON goes to benchmarks/engines.json and benchmarks/whole_way.json.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import whole_way
from benchmarks.engines import JOBS, SIZES

FOLDER = Path(__file__).parent
RUNS = {493: 5, 5_000: 3, 50_000: 1}
"""Timed runs at each size, after one that warms up."""
LINEAR = 1.1
"""Memory counts as linear where it grows by no more than this times the growth of the survey."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measured(job: str, n: int) -> dict[str, Any]:
    """Measure one job at one size in a process of its own, on one thread."""
    command = [sys.executable, "-m", "benchmarks.measuring", job, str(n), str(RUNS[n])]
    done = subprocess.run(
        command, cwd=FOLDER.parent, env=os.environ | ONE_THREAD, check=True, capture_output=True, text=True
    )
    row: dict[str, Any] = json.loads(done.stdout)
    return row | {"asked": JOBS[job].asked[SIZES.index(n)]}


def measure_engines(jobs: list[str], sizes: list[int]) -> None:
    """Measure the jobs at each size; print a line as soon as it is known."""
    print(
        "seconds on one thread: median after a warm-up run; machine = seconds of a fixed piece of numpy work"
    )
    print(f"{'':32s} {'employers':>9s} {'asked':>7s} {'wall':>8s} {'CPU':>8s} {'machine':>8s} {'MB':>7s}")
    rows = []
    for job in jobs:
        for n in sizes:
            row = measured(job, n)
            before = rows[-1] if rows and rows[-1]["job"] == job else None
            # small surveys take as much as their blocks: growth shows from 5,000 on
            linear = before is None or before["n"] < 5_000 or growth(before, row) <= LINEAR
            rows.append(row | {"memory_linear": linear})
            asked = "none" if row["asked"] is None else f"{row['asked']:.2f}"
            print(
                f"{JOBS[job].title:32s} {n:9,d} {asked:>7s} {row['wall']:8.3f} {row['cpu']:8.3f} "
                f"{row['machine']:8.3f} {row['memory']:7.0f}"
                f"{'' if row['asked'] is None or row['cpu'] <= row['asked'] else '  slower than asked'}"
                f"{'' if linear else '  memory grows faster than the survey'}",
                flush=True,
            )
    (FOLDER / "engines.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def growth(before: dict[str, Any], row: dict[str, Any]) -> float:
    """Give by how much memory grew, over by how much the survey did."""
    return float(row["memory"] / max(before["memory"], 1.0) / (row["n"] / before["n"]))


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure engines and whole way."
    )
    parser.add_argument(
        "what", nargs="*", choices=["engines", "whole_way", []], default=["engines", "whole_way"]
    )
    parser.add_argument("--jobs", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--sizes", nargs="+", type=int, choices=SIZES, default=list(SIZES))
    chosen = parser.parse_args()
    if "engines" in chosen.what:
        measure_engines(chosen.jobs, chosen.sizes)
    if "whole_way" in chosen.what:
        whole_way.measure(FOLDER / "whole_way.json")


if __name__ == "__main__":
    main()
