"""Run the scenarios, print the table, and write it to docs/calibration_estimates.md and, as JSON, beside this file.

`python -m calibration` runs all of them over 2,000 replications on two processes; scenarios can be named, and
`--replications` (a multiple of 100) makes a trial run. The documentation is written after a full run only.
"""

import argparse
import json
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from calibration.coverage import BLOCK, Coverage, Intervals, draw_block, judge
from calibration.scenarios import SCENARIOS
from calibration.table import table

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parent / "docs" / "calibration_estimates.md"
REPLICATIONS, PROCESSES = 2_000, 2


def run_block(job: tuple[str, int]) -> tuple[Intervals, float]:
    """Draw one block of one scenario; gives the CPU seconds too."""
    name, block = job
    start = time.process_time()
    warnings.simplefilter("ignore")
    found = draw_block(name, SCENARIOS[name](), block)
    return found, time.process_time() - start


def run(names: list[str], replications: int, processes: int) -> tuple[list[Coverage], dict[str, float]]:
    """Give the coverage of every estimand, and the CPU seconds of every scenario by its title."""
    blocks = -(-replications // BLOCK)
    jobs = [(name, block) for name in names for block in range(blocks)]
    rows: list[Coverage] = []
    seconds: dict[str, float] = {}
    with ProcessPoolExecutor(processes) as pool:
        results = pool.map(run_block, jobs)
        for name in names:
            scenario = SCENARIOS[name]()
            found, spent = zip(*(next(results) for _ in range(blocks)))
            rows += judge(scenario, list(found))
            seconds[scenario.title] = sum(spent)
            print(f"{scenario.title}: {seconds[scenario.title]:.0f} s of CPU", flush=True)
    return rows, seconds


def main() -> None:
    """Read the arguments, run, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m calibration", description="Coverage of our own intervals."
    )
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}; default: all")
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    chosen = parser.parse_args()
    names = chosen.scenarios or list(SCENARIOS)
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        parser.error(f"unknown scenarios: {', '.join(unknown)}; known: {', '.join(SCENARIOS)}")
    start = time.perf_counter()
    rows, seconds = run(names, chosen.replications, chosen.processes)
    text = table(rows, seconds, wall=time.perf_counter() - start, processes=chosen.processes)
    print(text)
    if set(names) == set(SCENARIOS) and chosen.replications >= REPLICATIONS:
        DOCUMENT.write_text(text, encoding="utf-8")
        record = [asdict(row) | {"missed": row.missed, "biased": row.biased} for row in rows]
        (FOLDER / "estimates.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    main()
