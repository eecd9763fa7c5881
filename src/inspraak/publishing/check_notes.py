"""What the checks of the regressions behind a claim say, in one line."""

from collections.abc import Iterable

from inspraak.publishing.language import format_list, format_number
from inspraak.publishing.published import Published

FEW = "without_most_influential"


def check_note(published: Published, claim: str) -> Iterable[str]:
    """Say whether the outcome of a claim hangs on a few employers, and what else is doubtful; nothing unchecked.

    Of the latest wave that has checks. What is doubtful stands with how many of its checks are.
    """
    rows = [row for row in published.rows("checks") if row["hypothesis"] == claim]
    if not rows:
        return
    catalogue, language = published.words["report"]["claims"]["checks"], published.language
    waves = [wave for wave in published.waves if any(row["wave"] == wave for row in rows)]
    wave = waves[-1] if waves else rows[-1]["wave"]
    of_wave = [row for row in rows if row["wave"] == wave]
    doubts: list[str] = []
    for check in dict.fromkeys((FEW, *(row["check"] for row in of_wave))):
        verdicts = [row["verdict"] for row in of_wave if row["check"] == check]
        doubtful = verdicts.count("doubtful")
        if check == FEW and verdicts and not doubtful:
            doubts.append(catalogue["firm"].format(units=published.units))
        if doubtful:
            count = {"doubtful": doubtful, "n": len(verdicts)}
            numbers = {name: format_number(value, language=language) for name, value in count.items()}
            said = catalogue["doubts"][check].format(units=published.units)
            doubts.append(catalogue["count"].format(said=said, **numbers))
    if doubts:
        yield catalogue["said"].format(wave=wave, said=format_list(doubts, language=language))
