"""The verdicts of the PDF: each claim with its verdict in every wave, its figures and where it comes from."""

from collections.abc import Iterable

from inspraak.publishing.language import format_list
from inspraak.publishing.pdf_measurement import Content
from inspraak.publishing.published import Published
from inspraak.publishing.report import SLUGS
from inspraak.publishing.report_claims import CardGroup, ClaimCard
from inspraak.publishing.report_images import Figure
from inspraak.publishing.workbook_cells import wave_name


def claim_pages(published: Published, groups: Iterable[CardGroup]) -> list[Content]:
    """Give every group of claims as the template takes it."""
    return [_group(published, group) for group in groups]


def pdf_figure(figure: Figure, language: str) -> Content:
    """Give a drawing as the template takes it, with its alternative and its shape."""
    return {
        "path": f"/{figure.name}_{language}.svg",
        "title": figure.title,
        "alternative": figure.alternative or figure.title,
        "height-by-width": figure.wide.height / figure.wide.width if figure.wide.width else 0,
    }


def _group(published: Published, group: CardGroup) -> Content:
    words = published.words["report"]["claims"]
    return {
        "title": words["groups"][group.name],
        "note": words["group_notes"][group.name],
        "cards": [_card(published, card) for card in group.cards],
    }


def _card(published: Published, card: ClaimCard) -> Content:
    """Give a claim with its verdict in each wave, the latest first."""
    text, language = published.words["pdf"], published.language
    return {
        "claim": card.name,
        "wording": card.wording,
        "source": text["phrase"].format(phrase=card.phrase, file=card.file) if card.phrase else "",
        "verdicts": [
            {
                "slug": SLUGS[verdict.result.verdict],
                "word": published.words["verdicts"][verdict.result.verdict],
                "waves": format_list(
                    [wave_name(published, wave) for wave in verdict.waves], language=language
                ),
                "sentence": verdict.result.sentence,
                "certainty": verdict.result.certainty,
            }
            for verdict in card.verdicts
        ],
        "latest": min(card.latest, len(card.verdicts)),
        "figures": [pdf_figure(figure, language) for figure in card.figures],
    }
