"""The workbook: the published tables as sheets for policy advisers, in one language."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from inspraak.publishing.published import Published
from inspraak.publishing.workbook_cells import Sheet
from inspraak.publishing.workbook_claims import claims_sheet, relations_sheet, summary_sheet, tests_sheet
from inspraak.publishing.workbook_measurement import measurement_sheet
from inspraak.publishing.workbook_notes import contents_sheet, notes_sheet
from inspraak.publishing.workbook_sample import missing_sheet, sample_sheet
from inspraak.publishing.workbook_themes import theme_sheets
from inspraak.publishing.workbook_writing import write_sheets
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study


def write_workbook(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    language: str,
    limits: Disclosure = DISCLOSURE,
) -> None:
    """Write the published tables of a study as one workbook (xlsx) with questions, bases, intervals and marks.

    `tables` are the published tables by name (sample, missing, weights, margins, descriptives, correlations,
    reliability, estimates, verdicts, disclosure); what is absent or empty has no sheet. What is estimated by the
    employee weight has sheets of its own. `limits` are those of disclosure control, which the texts name. Numbers
    stay numbers, shares fractions; suppressed cells are the text x, unknown ones a point. The same tables give the
    same bytes. Raises UserError where the file cannot be written. No number is estimated here.
    """
    published = Published(study, tables, language, limits=limits)
    write_sheets(_sheets(published), path, published)


def _sheets(published: Published) -> list[Sheet]:
    """Give the sheets in order, the contents first; only those with a table."""
    made = [
        summary_sheet(published),
        sample_sheet(published),
        missing_sheet(published),
        *theme_sheets(published),
        *theme_sheets(replace(published, by_employees=True)),
        relations_sheet(published),
        claims_sheet(published),
        tests_sheet(published),
        measurement_sheet(published),
        notes_sheet(published),
    ]
    sheets = [sheet for sheet in made if sheet.filled]
    return [contents_sheet(published, sheets), *sheets]
