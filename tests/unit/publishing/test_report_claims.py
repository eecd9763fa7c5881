"""What the report says of claims: in short, per wave."""

from pathlib import Path

import pandas as pd
import pytest

from inspraak.publishing.published import Published
from inspraak.publishing.report_claims import summaries

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
