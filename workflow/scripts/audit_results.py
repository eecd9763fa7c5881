"""Audit all that is published, as the last step: nothing in it may tell of fewer employers than the limits say."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.publishing.audit.auditing import audit_results
from inspraak.study.configuration import Disclosure
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(tables: list[Path], audit: Path, *, disclosure: dict[str, float]) -> None:
    """Audit the folder that holds the tables; write what was audited, or stop with every breach."""
    limits = Disclosure(**disclosure)
    said = audit_results(tables[0].parent.parent, limits=limits, side_by_side=True)
    audit.write_text("\n".join([*said, ""]), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
