"""What the report says of claims: in short, per wave."""

from pathlib import Path

import pandas as pd
import pytest

from inspraak.publishing.check_notes import check_note
from inspraak.publishing.published import Published
from inspraak.publishing.report_claims import card_groups, cards, summaries

from .made_up_study import write_study
from .made_up_tables import published_tables


@pytest.fixture
def published(tmp_path: Path) -> Published:
    study = write_study(tmp_path / "demo", claims=12)
    return Published(study, published_tables(study), "nl")


def test_what_is_judged_over_the_waves_stands_with_the_latest_wave(published: Published) -> None:
    latest = published.waves[-1]
    verdicts = published.tables["verdicts"]
    over = verdicts[(verdicts["hypothesis"] == "H1") & (verdicts["wave"] == latest)].assign(wave="all")
    rest = verdicts[verdicts["hypothesis"] != "H1"]
    changed = pd.concat([rest, over], ignore_index=True)
    tables = {**published.tables, "verdicts": changed}
    made = summaries(Published(published.study, tables, "nl"))
    assert [summary.wave for summary in made] == list(reversed(published.waves))
    shown = [result.claim for results in made[0].groups.values() for result in results]
    assert sorted(shown) == sorted(published.study.claims)
    earlier = [result.claim for results in made[1].groups.values() for result in results]
    assert "H1" not in earlier


def test_a_claim_of_both_sorts_stands_once_with_its_verdict_over_waves_beside_it(
    published: Published,
) -> None:
    latest = published.waves[-1]
    verdicts = published.tables["verdicts"]
    over = verdicts[(verdicts["hypothesis"] == "H1") & (verdicts["wave"] == latest)].assign(wave="all")
    tables = {**published.tables, "verdicts": pd.concat([verdicts, over], ignore_index=True)}
    first = summaries(Published(published.study, tables, "nl"))[0]
    found = [result for results in first.groups.values() for result in results if result.claim == "H1"]
    assert [result.wave for result in found] == [latest]
    assert "all" in dict(found[0].others)


def test_a_card_begins_with_the_latest_wave_and_what_all_waves_tell(published: Published) -> None:
    latest = published.waves[-1]
    verdicts = published.tables["verdicts"]
    over = verdicts[(verdicts["hypothesis"] == "H1") & (verdicts["wave"] == latest)].assign(wave="all")
    tables = {**published.tables, "verdicts": pd.concat([verdicts, over], ignore_index=True)}
    card = cards(Published(published.study, tables, "nl"))[0]
    assert card.name == "H1"
    assert [verdict.waves for verdict in card.verdicts[: card.latest]] == [(latest,), ("all",)]
    alone = cards(published)[0]
    assert [verdict.waves for verdict in alone.verdicts[: alone.latest]] == [(latest,)]


def test_cards_stand_by_family_and_what_no_wave_can_test_comes_last(published: Published) -> None:
    verdicts = published.tables["verdicts"].copy()
    verdicts.loc[verdicts["hypothesis"] == "H2", "verdict"] = "not testable"
    tables = {**published.tables, "verdicts": verdicts}
    groups = card_groups(cards(Published(published.study, tables, "nl")))
    last = groups[-1]
    assert last.name == "untested"
    assert "H2" in [card.name for card in last.cards]
    assert sorted(card.name for group in groups for card in group.cards) == sorted(published.study.claims)
    for group in groups[:-1]:
        assert {published.study.claims[card.name].family for card in group.cards} == {group.name}


def test_checks_of_the_latest_wave_stand_in_one_line(published: Published) -> None:
    def noted(language: str, *verdicts: tuple[str, str]) -> list[str]:
        rows = [("H1", published.waves[-1], check, verdict) for check, verdict in verdicts]
        checks = pd.DataFrame(rows, columns=["hypothesis", "wave", "check", "verdict"])
        tables = {**published.tables, "checks": checks}
        return list(check_note(Published(published.study, tables, language), "H1"))

    few, curved = "without_most_influential", "curvature"
    (firm,) = noted("nl", (curved, "fine"), (few, "fine"))
    assert "hangt niet af van enkele" in firm
    assert "rechte lijn" not in firm
    (doubtful,) = noted("en", (few, "fine"), (curved, "doubtful"), (few, "doubtful"))
    assert "the outcome hangs on a few" in doubtful
    assert "(1 of 2)" in doubtful
    assert "no straight line (1 of 1)" in doubtful
    assert noted("nl") == []
