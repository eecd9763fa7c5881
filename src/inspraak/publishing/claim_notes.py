"""Notes below the fold of a claim that come from the tables beside its estimates, in the latest wave that has them."""

import math
from collections.abc import Iterator

from inspraak.publishing.language import format_number, format_share, format_share_interval
from inspraak.publishing.published import Published, Row
from inspraak.study.claims import Claim

ANY = "lacking any of "


def notes_beside(published: Published, claim: Claim) -> Iterator[str]:
    """Say where a slope differs from zero, what a mediation is sensitive to, and how often conditions are lacking."""
    for row in _latest(published, "regions", claim):
        yield _region(published, row)
    text = published.words["report"]["claims"]
    for row in _latest(published, "sensitivity", claim):
        value = format_number(row["rho"], decimals=2, language=published.language)
        labels = {"m": published.short_label(row["mediator"]), "y": published.short_label(row["outcome"])}
        yield text["rho"].format(value=value, **labels)
    for row in _latest(published, "estimates", claim):
        if row["term"].startswith(ANY) and math.isfinite(row["estimate"]):
            share = format_share(row["estimate"], n=row["n"], language=published.language)
            ends = (row["ci_low"], row["ci_high"])
            interval = format_share_interval(*ends, n=row["n"], language=published.language)
            label = published.short_label(row["outcome"])
            yield text["lacking"].format(y=label, share=share, interval=interval, units=published.units)


def _latest(published: Published, table: str, claim: Claim) -> list[Row]:
    rows = [row for row in published.rows(table) if row["hypothesis"] == claim.name]
    waves = [wave for wave in published.waves if any(row["wave"] == wave for row in rows)]
    return [row for row in rows if waves and row["wave"] == waves[-1]]


def _region(published: Published, row: Row) -> str:
    text, language = published.words["report"]["claims"]["regions"], published.language
    labels = {
        key: published.short_label(row[name])
        for key, name in (("x", "x"), ("m", "moderator"), ("y", "outcome"))
    }
    ends = {
        key: format_number(row[name], decimals=1, language=language)
        for key, name in (("low", "from"), ("high", "to"))
        if math.isfinite(row[name])
    }
    form = "between" if len(ends) == 2 else "from" if "low" in ends else "to"
    share = ""
    if math.isfinite(row["share"]) and row["reach"] == "part":
        written = format_share(row["share"], n=row["n"], language=language)
        share = text["share"].format(share=written, units=published.units)
    sign = text["signs"]["positive" if row["sign"] > 0 else "negative"]
    span = text[form].format(**ends) if ends else ""
    return str(text[row["reach"]].format(**labels, sign=sign, range=span, share=share))
