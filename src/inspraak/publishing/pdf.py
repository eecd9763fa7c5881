"""The report in short as a PDF of A4 pages, made from the published tables and figures only."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pandas as pd
import typst

from inspraak.errors import Problem, UserError
from inspraak.publishing.language import format_list
from inspraak.publishing.pdf_claims import claim_pages, pdf_figure
from inspraak.publishing.pdf_measurement import Content, measurement_pages
from inspraak.publishing.published import Published
from inspraak.publishing.report import PLACES, SLUGS
from inspraak.publishing.report_cells import Cell
from inspraak.publishing.report_claims import Result, Summary, card_groups, cards, summaries
from inspraak.publishing.report_frame import frame_warnings
from inspraak.publishing.report_images import Figure, read_figures
from inspraak.publishing.report_measurement import measurement
from inspraak.publishing.report_methods import methods
from inspraak.publishing.report_relations import relations
from inspraak.publishing.report_sample import Sample, sample
from inspraak.publishing.report_themes import Theme, themes
from inspraak.publishing.report_trends import trend_warnings
from inspraak.publishing.workbook_cells import capital, wave_name
from inspraak.publishing.workbook_notes import legend
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study


def write_pdf(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    figures: Path,
    path: Path,
    *,
    language: str,
    limits: Disclosure = DISCLOSURE,
) -> None:
    """Write the report of a study in short as a tagged PDF (PDF/UA-1) with the fonts that typst brings along.

    `tables` are the published tables by name (sample, missing, weights, margins, descriptives, correlations,
    reliability, estimates, verdicts, disclosure); what is absent or empty leaves its part out. `figures` is the
    folder of drawings and captions. `limits` are those of disclosure control, which the texts name. Suppressed
    cells show x, unknown ones a point. The same input gives the same bytes: the file bears no date. Raises
    UserError for a caption without its drawing, a drawing that cannot be read, or a file that cannot be written. No
    number is estimated here.
    """
    published = Published(study, tables, language, limits=limits)
    made = _compiled(content(published, read_figures(figures, language=language)), figures)
    try:
        path.write_bytes(made)
    except OSError as error:
        expected = "a folder that exists, and a file that no other program has open"
        raise UserError(Problem(str(path), "", "cannot be written", expected)) from error


def content(published: Published, figures: Iterable[Figure]) -> Content:
    """Give everything that the pages say, in the order of the pages, as plain texts."""
    study, language, text = published.study, published.language, published.words["pdf"]
    drawn = tuple(figures)
    return {
        "language": language,
        "title": study.title[language],
        "simulated": published.words["general"]["simulated"] if study.simulated else "",
        "simulated_long": published.words["general"]["simulated_long"] if study.simulated else "",
        "meta": text["meta"].format(
            waves=format_list(published.waves, language=language),
            units=published.units,
            weight=published.weight_words,
        ),
        "warnings": [*frame_warnings(published), *trend_warnings(published)],
        "source": study.source[language] if study.source is not None else "",
        "words": _words(published),
        "summaries": [_summary(published, summary) for summary in summaries(published)],
        "sample": _sample(published),
        "themes": [_theme(theme, language) for theme in themes(published, drawn)],
        "relations": _relations(published),
        "measurement": measurement_pages(published, measurement(published, drawn)),
        "claims": claim_pages(published, card_groups(cards(published, drawn))),
        "methods": _methods(published),
        "figures": {
            section: [pdf_figure(figure, language) for figure in drawn if _section(study, figure) == section]
            for section in ("relations", "themes", "methods")
        },
        "figures-by-name": {figure.name: pdf_figure(figure, language) for figure in drawn},
    }


def _compiled(made: Content, figures: Path) -> bytes:
    """Set the pages; texts reach the template as data, so that none of them can be read as markup.

    A text with a sign that the fonts lack cannot keep to PDF/UA: the sign then shows as a box, and the file, still
    tagged, does not claim the standard.
    """
    try:
        return _pages(made, figures, standards=["ua-1"])
    except typst.TypstError:
        pass
    try:
        return _pages(made, figures, standards=[])
    except typst.TypstError as error:
        expected = "drawings (svg) that can be read"
        raise UserError(Problem(str(figures), "", str(error.message), expected)) from error


def _pages(made: Content, figures: Path, *, standards: list[Literal["ua-1"]]) -> bytes:
    compiler = typst.Compiler(
        files("inspraak.publishing").joinpath("templates", "report.typ").read_bytes(),
        root=figures if figures.is_dir() else None,
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(made, ensure_ascii=False)},
    )
    compiled = compiler.compile(format="pdf", pdf_standards=[*standards])
    assert isinstance(compiled, bytes)
    return compiled


def _words(published: Published) -> Content:
    """Give the labels of the template, filled in."""
    labels = published.words["pdf"]["labels"]
    filled = {key: label.format(**published.named) for key, label in labels.items()}
    return filled | {"legend": [list(entry) for entry in legend(published)]}


def _section(study: Study, figure: Figure) -> str:
    """Give the section of a figure; "" for a figure of a theme or claim, which stands with that."""
    return "" if figure.theme in study.themes or figure.claim else PLACES.get(figure.kind, "themes")


def _summary(published: Published, summary: Summary) -> Content:
    words, text = published.words, published.words["pdf"]
    name = wave_name(published, summary.wave)
    groups = [
        {
            "slug": SLUGS[verdict],
            "word": capital(words["verdicts"][verdict]),
            "meaning": words["verdict_meanings"][verdict],
            "results": [_result(result) for result in results],
        }
        for verdict, results in summary.groups.items()
        if results and verdict != "not testable"
    ]
    return {
        "lead": text["lead"].format(wave=name),
        "other": text["other_wave"].format(wave=name),
        "counts": [
            {"slug": SLUGS[verdict], "word": words["verdicts"][verdict], "count": str(count)}
            for verdict, count in summary.counts.items()
        ],
        "groups": groups,
        "untestable": [
            {
                "reason": reason,
                "claims": format_list([result.claim for result in results], language=published.language),
            }
            for reason, results in summary.reasons.items()
        ],
    }


def _result(result: Result) -> Content:
    return {
        "claim": result.claim,
        "wording": result.wording,
        "sentence": result.sentence,
        "certainty": result.certainty,
    }


def _sample(published: Published) -> Content:
    """Give the steps from delivered to analysed rows, and the questions of the latest wave least answered."""
    made, text = sample(published), published.words["pdf"]
    latest = next((wave for wave in made.gaps if wave.latest), None)
    gaps = latest.most if latest is not None else ()
    wave = wave_name(published, latest.wave) if latest is not None else ""
    return {
        "waves": [wave_name(published, name) for name in made.waves],
        "flow": [asdict(step) for step in made.flow],
        "cautions": [*made.empty, *made.uncomputable],
        "strata": _strata(published, made),
        "gaps_title": text["gaps"].format(wave=wave),
        "gaps": [[gap.label, gap.asked, gap.share] for gap in gaps],
        "no_gaps": text["no_gaps"].format(wave=wave) if latest is not None else "",
    }


def _strata(published: Published, made: Sample) -> Content:
    """Give invited and response per stratum of the latest wave of which they are known."""
    wave, strata = next(iter(made.strata.items()), ("", ()))
    words = published.words["report"]["sample"]
    return {
        "title": published.words["pdf"]["response"].format(wave=wave_name(published, wave)) if strata else "",
        "head": [
            words["stratum"],
            words["steps"]["invited"],
            words["steps"]["response"],
            words["response_share"],
        ],
        "rows": [[row.label, row.invited, row.responded, row.share] for row in strata],
    }


def _theme(theme: Theme, language: str) -> Content:
    return {
        "label": theme.label,
        "waves": list(theme.waves),
        "means": [
            {"head": line.head, "sign": line.sign, "cells": [_cell(cell) for cell in line.cells]}
            for line in theme.means
        ],
        "incomparable": list(theme.incomparable),
        "figures": [pdf_figure(figure, language) for figure in theme.figures],
    }


def _cell(cell: Cell) -> Content:
    return {"text": cell.text, "beside": list(cell.beside)}


def _relations(published: Published) -> Content:
    """Give the strongest correlations of the latest wave."""
    text = published.words["pdf"]
    found = next((wave for wave in relations(published) if wave.latest), None)
    if found is None:
        return {"title": "", "pairs": []}
    wave = wave_name(published, found.wave)
    pairs = [
        [pair.first, pair.second, pair.estimate, pair.interval, pair.adjusted, pair.n]
        for pair in found.strongest
    ]
    return {"title": text["strongest"].format(count=len(pairs), wave=wave), "pairs": pairs}


def _methods(published: Published) -> Content:
    words, said = published.words["report"]["methods"], methods(published)
    named = published.named
    return {
        "who": f"{words['unit'].format(**named)} {said.design}",
        "calibration": list(said.calibration),
        "imputation": list(said.imputation),
        "scores": " ".join(said.scores),
        "reading": [words[key] for key in ("interval", "difference", "standardised")],
        "rules": [
            {
                "slug": SLUGS[verdict],
                "word": published.words["verdicts"][verdict],
                "rule": rule.format(**named),
            }
            for verdict, rule in words["verdict_rules"].items()
        ],
        "correction": words["correction"],
        "limits": [words[key].format(**named) for key in words if key.startswith("limit_")],
        "disclosure": f"{words['disclosure_text'].format(**named)} "
        f"{words['disclosure_count'].format(count=said.suppressed)}",
        "weights": [
            [wave_name(published, row.wave), row.weight, row.n, row.design_effect, row.effective_n]
            for row in said.weights
        ],
    }
