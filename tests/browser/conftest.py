from collections.abc import Iterator
from pathlib import Path

import pytest

from inspraak.publishing.report import render_report
from inspraak.publishing.sentences import add_sentences

from ..unit.publishing.made_up_measurement import compared, measurement_tables
from ..unit.publishing.made_up_study import draw_figures, write_study
from ..unit.publishing.made_up_tables import published_tables
from .chromium import Page, browser, find_chromium


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("Chromium is not installed: the report is not looked at in a browser")
    with browser(executable) as page:
        yield page


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report in each language, and `open`: the Dutch one with every fold open."""
    folder = tmp_path_factory.mktemp("report")
    study = write_study(folder / "demo", claims=12)
    tables = compared(study, published_tables(study) | measurement_tables(study))
    tables["verdicts"] = add_sentences(tables["verdicts"], tables["estimates"], study)
    figures = draw_figures(folder / "figures", study)
    files = {name: folder / f"report_{name}.html" for name in ("nl", "en", "open")}
    for language in ("nl", "en"):
        files[language].write_text(render_report(study, tables, figures, language=language), "utf-8")
    text = files["nl"].read_text("utf-8")
    files["open"].write_text(text.replace("<details ", "<details open "), "utf-8")
    return files
