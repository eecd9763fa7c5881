"""Measure one job at one size in a process of its own: seconds of wall and CPU, peak memory, the machine's speed.

Run as `python -m benchmarks.measuring JOB EMPLOYERS RUNS`; prints one line of JSON.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.engines import JOBS


@dataclass(frozen=True)
class Measurement:
    """Medians over `runs`, after one that does not count; memory in MB above that of the bare process.

    `machine` is how long a fixed piece of numpy work takes, in seconds just before and just after: numbers of
    different days and machines compare as multiples of it.
    """

    job: str
    n: int
    runs: int
    wall: float
    cpu: float
    memory: float
    machine: float


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Give the seconds of wall and of CPU (user and system) that a call takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def machine_speed() -> float:
    """Give the CPU seconds of a fixed piece of work: products, elementwise arithmetic, a sort."""
    rng = np.random.default_rng(0)
    square, column = rng.random((200, 200)), rng.random(50_000)

    def work() -> None:
        for _ in range(40):
            square @ square
            np.exp(column) * column
            np.sort(column)

    return min(timed(work)[1] for _ in range(3))


def peak() -> float:
    """Give the most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, n: int, runs: int) -> Measurement:
    """Prepare a job, run it once to warm up, then `runs` times."""
    before = machine_speed()
    bare = peak()
    work = JOBS[name].prepare(n)
    work()
    memory = peak() - bare
    seconds = [timed(work) for _ in range(runs)]
    wall, cpu = (statistics.median(column) for column in zip(*seconds))
    return Measurement(name, n, runs, wall, cpu, memory, (before + machine_speed()) / 2)


if __name__ == "__main__":
    job, employers, times = sys.argv[1:]
    print(json.dumps(asdict(measure(job, int(employers), int(times)))))
