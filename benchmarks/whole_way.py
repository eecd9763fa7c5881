"""Measure the whole way of the default study: seconds, peak memory of the largest process, a second run.

Prints a table with the asked numbers beside the measured ones and writes it as JSON.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "profiles", "src", "studies")
ASKED = {"whole way, seconds": 60.0, "peak memory of one process, MB": 600.0, "second run, seconds": 3.0}


def copy_project(folder: Path) -> None:
    """Copy what a run needs, without results."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, folder / part)


def run(folder: Path) -> float:
    """Run snakemake on two cores; gives the seconds that it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def measure(target: Path) -> None:
    """Measure in a fresh copy, print, and write to `target`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder)
        first = run(folder)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        second = run(folder)
    measured = dict(zip(ASKED, (first, peak, second)))
    for what, value in measured.items():
        print(f"{what:32s} {value:8.1f}   asked: at most {ASKED[what]:g}")
    rows = [{"what": what, "measured": value, "asked": ASKED[what]} for what, value in measured.items()]
    target.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
