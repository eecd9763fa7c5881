"""Run the scenarios of intervals: coverage of every estimand, and the table of docs/calibration_estimates.md."""

import time
import warnings
from collections.abc import Sequence

from calibration.coverage import BLOCK, Coverage, Intervals, draw_block, judge
from calibration.processes import shared_out
from calibration.scenarios import SCENARIOS
from calibration.table import table

REPLICATIONS = 2_000


def run_block(job: tuple[str, int]) -> tuple[Intervals, float]:
    """Draw one block of one scenario; gives the CPU seconds too."""
    name, block = job
    start = time.process_time()
    warnings.simplefilter("ignore")
    found = draw_block(name, SCENARIOS[name](), block)
    return found, time.process_time() - start


def run(names: Sequence[str], replications: int, processes: int) -> tuple[list[Coverage], str]:
    """Give the coverage of every estimand, and the table with the CPU seconds of every scenario."""
    start = time.perf_counter()
    blocks = -(-replications // BLOCK)
    jobs = [(name, block) for name in names for block in range(blocks)]
    rows: list[Coverage] = []
    seconds: dict[str, float] = {}
    with shared_out(processes) as pool:
        results = pool.map(run_block, jobs)
        for name in names:
            scenario = SCENARIOS[name]()
            found, spent = zip(*(next(results) for _ in range(blocks)))
            rows += judge(scenario, list(found))
            seconds[scenario.title] = sum(spent)
            print(f"{scenario.title}: {seconds[scenario.title]:.0f} s of CPU", flush=True)
    return rows, table(rows, seconds, wall=time.perf_counter() - start, processes=processes)
