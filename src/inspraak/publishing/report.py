"""The report: one self-contained HTML file in one language, made from the published tables and figures only."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from inspraak.publishing.comparison_marks import MARKS, sign
from inspraak.publishing.language import CONFIDENTIAL, NIL, UNKNOWN, format_list, format_number, in_sentence
from inspraak.publishing.published import Published
from inspraak.publishing.report_cells import SYMBOLS, filter_cells, filter_choices
from inspraak.publishing.report_claims import VERDICTS, card_groups, cards, summaries
from inspraak.publishing.report_frame import frame_warnings
from inspraak.publishing.report_images import Figure, read_figures
from inspraak.publishing.report_measurement import measurement
from inspraak.publishing.report_methods import methods
from inspraak.publishing.report_relations import relations
from inspraak.publishing.report_sample import REASONS, sample
from inspraak.publishing.report_themes import themes
from inspraak.publishing.report_trends import trend_warnings
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study

SLUGS = {
    "supported": "supported",
    "contradicted": "contradicted",
    "equivalent to nil": "nil",
    "inconclusive": "inconclusive",
    "not testable": "untestable",
}
"""Class and anchor of each verdict."""
SECTIONS = ("summary", "sample", "themes", "relations", "measurement", "claims", "methods")
PLACES = {
    "correlations": "relations",
    "paths": "measurement",
    "loadings": "measurement",
    "weights": "methods",
    "imputation": "methods",
    "chains": "methods",
}
"""Section of a figure without a theme, by its kind; any other kind stands above the themes."""


def render_report(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    figures: Path,
    *,
    language: str,
    limits: Disclosure = DISCLOSURE,
) -> str:
    """Write the report of a study as one HTML file that needs no network.

    `tables` are the published tables by name (outputs: sample, missing, weights, margins, descriptives, correlations,
    reliability, estimates, verdicts, disclosure); what is absent or empty leaves its part of the report out.
    `figures` is the folder of drawings and captions. `limits` are those of disclosure control, which the texts
    name. Suppressed cells show x, unknown ones a point. No number is estimated here. Raises UserError for a caption
    without its drawing.
    """
    published = Published(study, tables, language, limits=limits)
    drawn = read_figures(figures, language=language)
    environment = _environment(published)
    style, script = _asset("report.css"), _asset("report.js")
    page = environment.get_template("report.html").render(
        **_masthead(published),
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        warnings=(*frame_warnings(published), *trend_warnings(published)),
        summaries=summaries(published),
        sample=sample(published),
        themes=themes(published, drawn),
        relations=relations(published),
        measurement=measurement(published, drawn),
        card_groups=card_groups(cards(published, drawn)),
        methods=methods(published),
        figures=_by_section(study, drawn),
        choices=filter_choices(published),
        cells=filter_cells(published),
        filter_words=_filter_words(published),
    )
    return page.strip() + "\n"


def _environment(published: Published) -> Environment:
    environment = Environment(
        loader=PackageLoader("inspraak.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["plain"] = in_sentence
    environment.filters["tight"] = tight
    environment.filters["listing"] = lambda parts: format_list(parts, language=published.language)
    every = published.words["general"]["all_waves"]
    environment.filters["wave_name"] = lambda wave: wave if wave in published.study.waves else every
    environment.globals |= {
        "study": published.study,
        "language": published.language,
        "words": published.words,
        "text": published.words["report"],
        "unit": published.unit,
        "units": published.units,
        "named": published.named,
        "weight": published.weight_words,
        "waves": published.waves,
        "slugs": SLUGS,
        "missing_reasons": REASONS,
        "claim_count": format_number(len(published.study.claims), language=published.language),
        "labels": {name: published.label(name) for name in published.study.indices},
        "symbols_of_marks": _legend(published),
    }
    return environment


def tight(text: str) -> str:
    """Keep `p < 0,001` and `n = 493` on one line."""
    return re.sub(r"\b([np]) ([<=>]) (?=\d)", "\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}", text)


def _masthead(published: Published) -> dict[str, str]:
    study, text = published.study, published.words["report"]
    named = format_list(published.waves, language=published.language)
    counted = text["wave_many" if len(published.waves) > 1 else "wave_one"].format(waves=named)
    return {
        "title": study.title[published.language],
        "meta": text["meta"].format(waves=counted, units=published.units),
        "source": study.source[published.language] if study.source is not None else "",
    }


def _legend(published: Published) -> list[tuple[str, str]]:
    signs = {"nil": NIL, "unknown": UNKNOWN, "confidential": CONFIDENTIAL}
    brackets = {"small_meaning": published.words["marks"]["small"]}
    equal = {name: sign(name) for name in MARKS.values()}
    return [*SYMBOLS.items(), *signs.items(), *brackets.items(), *equal.items()]


def _filter_words(published: Published) -> dict[str, Any]:
    text = published.words["report"]["filter"]
    return {
        "waves": list(published.waves),
        "unknown": UNKNOWN,
        "showing": text["showing"],
        "showing_all": text["showing_all"].format(units=published.units),
        "one_group": text["one_group"],
        "tag": text["tag"],
    }


def _by_section(study: Study, figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    placed: dict[str, list[Figure]] = {section: [] for section in SECTIONS}
    for figure in figures:
        if figure.theme not in study.themes and not figure.claim:
            placed[PLACES.get(figure.kind, "themes")].append(figure)
    return placed


def _asset(name: str) -> str:
    return files("inspraak.publishing").joinpath("templates", name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Forbid every connection, and every style and script but the report's own."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (style, script)
    ]
    return (
        f"default-src 'none'; img-src data:; style-src {hashes[0]}; script-src {hashes[1]}; "
        "base-uri 'none'; form-action 'none'"
    )


assert tuple(SLUGS) == VERDICTS
