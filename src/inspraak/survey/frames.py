"""The delivered rows between two jobs: how the harmonised wave is written to Parquet and read again."""

from pathlib import Path

import pandas as pd

from inspraak.survey.harmonising import Harmonised

ROW = "row"


def write_harmonised(harmonised: Harmonised, values: Path, rows: Path) -> None:
    """Write the rows of one wave; the counts travel in the metadata of the values."""
    frame = harmonised.values.copy()
    frame.attrs = {"removed": harmonised.removed, "delivered": harmonised.delivered}
    frame.to_parquet(values)
    pd.concat([harmonised.rows.rename(ROW), harmonised.reasons], axis=1).to_parquet(rows)


def read_harmonised(values: Path, rows: Path) -> Harmonised:
    """Read what `write_harmonised` wrote."""
    frame, why = pd.read_parquet(values), pd.read_parquet(rows)
    return Harmonised(
        values=frame,
        reasons=why.drop(columns=ROW),
        rows=why[ROW],
        removed=dict(frame.attrs["removed"]),
        delivered=int(frame.attrs["delivered"]),
    )
