"""Run what is on trial, print the tables, and write them to docs/ after a full run.

`python -m calibration` runs everything on two processes: intervals, factor models, verdicts, and the contest of forms.
Parts can be named: scenarios of intervals (`linear`), `factors`, scenarios of verdicts (`null`), `forms`.
`--replications` makes a trial run. A table is written when all of its parts ran with the full number.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from calibration import factors, forms, intervals, verdict_table, verdicts
from calibration.scenarios import SCENARIOS
from calibration.truths import declared_truths

FOLDER = Path(__file__).parent
DOCS = FOLDER.parent / "docs"
PROCESSES = 2


def calibrate_intervals(names: Sequence[str], replications: int | None, processes: int) -> None:
    """Count how often intervals hold the truth."""
    made = replications or intervals.REPLICATIONS
    rows, text = intervals.run(names, made, processes)
    print(text)
    if set(names) == set(SCENARIOS) and made >= intervals.REPLICATIONS:
        (DOCS / "calibration_estimates.md").write_text(text, encoding="utf-8")
        record = [asdict(row) | {"missed": row.missed, "biased": row.biased} for row in rows]
        (FOLDER / "estimates.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def calibrate_factors(replications: int | None, processes: int) -> None:
    """Fit factor models to answers from a known one."""
    made = replications or factors.REPLICATIONS
    text = factors.document(factors.run(made, processes))
    print(text)
    if made >= factors.REPLICATIONS:
        (DOCS / "calibration_factors.md").write_text(text, encoding="utf-8")


def calibrate_verdicts(
    names: Sequence[str], *, contest: bool, replications: int | None, processes: int
) -> None:
    """Count how often verdicts tell the truth, and how often the true form is named."""
    made = replications or verdicts.REPLICATIONS
    found = verdicts.run(names, made, processes)
    named = forms.run(replications or forms.REPLICATIONS, processes) if contest else []
    text = verdict_table.table(found, named, made)
    print(text)
    whole = contest and set(names) == set(declared_truths().scenarios)
    if whole and made >= verdicts.REPLICATIONS:
        (DOCS / "calibration_verdicts.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the arguments and run what was named."""
    truths = list(declared_truths().scenarios)
    known = [*SCENARIOS, "factors", *truths, "forms"]
    parser = argparse.ArgumentParser(
        prog="python -m calibration", description="Try methods where the truth is known."
    )
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(known)}; default: all")
    parser.add_argument("--replications", type=int)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    chosen = parser.parse_args()
    unknown = [name for name in chosen.parts if name not in known]
    if unknown:
        parser.error(f"unknown parts: {', '.join(unknown)}; known: {', '.join(known)}")
    parts = chosen.parts or known
    often = {"replications": chosen.replications, "processes": chosen.processes}
    start = time.perf_counter()
    if names := [name for name in parts if name in SCENARIOS]:
        calibrate_intervals(names, **often)
    if "factors" in parts:
        calibrate_factors(**often)
    if (names := [name for name in parts if name in truths]) or "forms" in parts:
        calibrate_verdicts(names, contest="forms" in parts, **often)
    print(f"{(time.perf_counter() - start) / 60:.1f} minutes on {chosen.processes} processes")


if __name__ == "__main__":
    main()
