"""What stands beside a verdict: how sure it is, and what an inconclusive one does not mean."""

from collections.abc import Collection, Mapping
from typing import Any

from inspraak.publishing.language import closed, format_number, format_p, format_share, unit_word, words
from inspraak.publishing.sentence_numbers import known_number
from inspraak.study.claims import Claim
from inspraak.study.kinds import IN_EXPLAINED

OF_THEIR_OWN = {"form_contest": "remark_forms", "heterogeneity": "remark_groups"}
"""Kinds that reach `equivalent to nil` otherwise than a single association does."""


def remark(
    verdict: Mapping[str, Any], n: float, *, unit: str, language: str, kinds: Collection[str] = ()
) -> str:
    """Say beside an inconclusive verdict how seldom `equivalent to nil` is reached; "" beside any other.

    `n` is the number of employers of the estimate (NaN: not said). The shares were simulated at a design
    effect of 1.5, a smallest effect of 0.10 and a true zero (13 % at n = 493, 65 % at n = 1,000). Where a contest of
    forms or a difference of slopes is one of the `kinds` that decide, it says how often that finds what is true.
    """
    if verdict["verdict"] != "inconclusive":
        return ""
    catalogue, units = words(language)["sentences"], unit_word(unit, language=language)
    own = next((kind for kind in OF_THEIR_OWN if kind in kinds), None)
    said = [catalogue[OF_THEIR_OWN[own] if own else "remark"].format(units=units).strip()]
    if known_number(n) is not None:
        count = format_number(n, language=language)
        said.append(catalogue["remark_n"].format(n=count, units=unit_word(unit, count=n, language=language)))
    detectable = known_number(verdict.get("detectable_effect"))
    if detectable is not None:
        explained = bool(IN_EXPLAINED & {*kinds})
        value = format_number(
            100 * detectable if explained else detectable, decimals=1 if explained else 2, language=language
        )
        said.append(catalogue["detectable_explained" if explained else "detectable"].format(value=value))
    return " ".join(said)


def certainty(claim: Claim, verdict: Mapping[str, Any], *, language: str) -> str:
    """Say how sure a verdict is: in words, with the adjusted p and the share of specifications that agree.

    The p of `equivalent to nil` is left out: it is of another question than the one that this verdict answers.
    """
    catalogue = words(language)["certainty"]
    key = str(verdict["verdict"])
    if key == "not testable":
        return ""
    strong = key == "supported" and str(verdict.get("strong")).casefold() in ("true", "1", "1.0")
    smallest = format_number(claim.smallest_effect, decimals=2, language=language)
    said = [catalogue["supported_strong" if strong else key].format(smallest=smallest)]
    p, count = known_number(verdict.get("p_adjusted")), known_number(verdict.get("family_size"))
    if p is not None and key != "equivalent to nil":
        written = format_p(p, language=language)
        many = count is not None and count > 1
        adjusted = catalogue["adjusted" if many else "adjusted_one"]
        said.append(closed(adjusted.format(p=written, count=format_number(count or 1, language=language))))
    same = known_number(verdict.get("same_sign_share"))
    if same is not None:
        share = format_share(same, n=0, language=language)
        said.append(closed(catalogue["same_sign"].format(share=share)))
    return " ".join(said)
