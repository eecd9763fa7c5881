"""Measure the whole way of the default study: seconds, peak memory, a second run, measurement and claims of a wave.

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

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.testing import test_claims
from inspraak.measurement.assessment import assess_wave
from inspraak.study.configuration import load_configuration
from inspraak.study.study import load_study

ROOT = Path(__file__).resolve().parents[1]
READ = ("responses", "reasons", "scores", "imputed_scores")
"""What the measurement of a wave reads of it."""
READ_FOR_CLAIMS = ("responses", "reasons", "scores", "imputed", "imputed_scores")
PARTS = ("Snakefile", "config.yaml", "workflow", "profiles", "src", "studies")
ASKED = {
    "whole way, seconds": 60.0,
    "peak memory of one process, MB": 600.0,
    "second run, seconds": 3.0,
    "measurement of a wave, CPU seconds": 6.0,
    "claims of a wave, CPU seconds": 12.0,
}


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


def of_waves(folder: Path) -> tuple[float, float]:
    """Give the CPU seconds that measurement and claims of a wave take, each of the wave that takes most.

    `folder` holds a run of the default study: what the rules read is read from there, beforehand.
    """
    configuration = load_configuration(folder / "config.yaml")
    study = load_study(folder / "studies" / configuration.study)
    shared = {"seed": configuration.seed, "scoring": configuration.scoring}
    repetitions = configuration.repetitions
    measurement, claims = [], []
    for wave in study.waves:
        processed = folder / "data" / "processed" / configuration.study / "wave" / wave
        frames = {name: pd.read_parquet(processed / f"{name}.parquet") for name in {*READ, *READ_FOR_CLAIMS}}
        start = time.process_time()
        assess_wave(study, wave, *(frames[name] for name in READ), resamples=repetitions.resamples, **shared)
        measurement.append(time.process_time() - start)
        start = time.process_time()
        answers = (frames[name] for name in READ_FOR_CLAIMS)
        test_claims(WaveData(study, wave, *answers, repetitions=repetitions, **shared))
        claims.append(time.process_time() - start)
    return max(measurement), max(claims)


def measure(target: Path) -> None:
    """Measure in a fresh copy, print, and write to `target`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder)
        first = run(folder)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        second = run(folder)
        waves = of_waves(folder)
    measured = dict(zip(ASKED, (first, peak, second, *waves)))
    for what, value in measured.items():
        print(f"{what:34s} {value:8.1f}   asked: at most {ASKED[what]:g}")
    rows = [{"what": what, "measured": value, "asked": ASKED[what]} for what, value in measured.items()]
    target.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
