"""What the pages say of measurement: each score at a glance, how the models fit, and their figures."""

from typing import Any

from inspraak.publishing.published import Published
from inspraak.publishing.report_measurement import Measurement, Score
from inspraak.publishing.workbook_cells import wave_name

Content = dict[str, Any]
"""What the template gets: texts, lists and mappings of texts, never markup."""


def measurement_pages(published: Published, made: Measurement) -> Content:
    """Give the section as plain texts; without a score that mirrors one thing it says so in one sentence."""
    text = published.words["report"]["measurement"]
    return {
        "title": text["title"],
        "lead": text["lead"] if made.tested else text["none"],
        "tested": made.tested,
        "table": text["glance"].format(wave=wave_name(published, made.wave)),
        "note": made.note,
        "head": [text["score"], text["trust"], *made.columns],
        "scores": [_score(score) for score in made.scores],
        "remarks": list(made.remarks),
        "hints": " ".join(made.hints),
        "because": text["because_fold"],
        "reasons": [f"{one.score}, {one.over}: {one.word}. {one.why}" for one in made.reasons],
        "models_title": text["models"],
        "models_lead": text["models_lead"],
        "models": [
            {
                "label": model.label,
                "sentences": list(model.sentences),
                "figures": [figure.name for figure in model.figures],
            }
            for model in made.models
        ],
        "scorings_title": text["scorings"]["title"],
        "scorings": " ".join(made.scorings),
    }


def _score(score: Score) -> Content:
    return {
        "label": score.label,
        "grade": score.trust.word,
        "weak": score.trust.grade == "weak",
        "beside": list(score.trust.beside),
        "compared": [{"sign": made.sign, "word": made.word} for made in score.compared],
    }
