"""The table of a calibration run, as Markdown."""

from calibration.coverage import HIGHEST, LOWEST, MOST_BIAS, Coverage
from calibration.population import EMPLOYERS, SAMPLE

HEAD = f"""# Do the intervals hold what they promise?

`make calibrate` draws one population of {EMPLOYERS:,} simulated employers, takes stratified samples of {SAMPLE} from it
without replacement (twelve strata, large employers drawn far more often, so that design effects matter; finite
population correction), and counts how often the nominal 95 % intervals of each method hold the value of the whole
population. Asked: between {LOWEST:.0%} and {HIGHEST:.0%}. A bound is missed only where the 95 % interval of the rate
(Monte Carlo, exact) lies wholly outside it. Bias is in standard deviations of the estimate; asked: at most {MOST_BIAS}
(then it costs less than a point of coverage; its Monte Carlo error is 1 over the root of the replications). A sample
without an interval counts as one that does not hold the value. HC3 is tried on samples of a model, without a design.
Where answers are missing at random, they are imputed with strata, weights and the cause of the gaps as predictors.
"""
COLUMNS = "| method | estimand | coverage | 95 % of the rate | bias | replications | no interval | verdict |"


def table(rows: list[Coverage], seconds: dict[str, float], *, wall: float, processes: int) -> str:
    """Give the table with its heading, and the seconds that each method took."""
    lines = [HEAD, COLUMNS, "| --- | --- | ---: | --- | ---: | ---: | ---: | --- |"]
    for row in rows:
        faults = [word for word, is_so in (("coverage missed", row.missed), ("biased", row.biased)) if is_so]
        cells = (
            row.title,
            row.estimand,
            f"{row.rate:.1%}",
            f"{row.low:.1%} to {row.high:.1%}",
            f"{row.bias:+.2f}",
            f"{row.replications:,}",
            str(row.failed),
            ", ".join(faults) or "as asked",
        )
        lines.append(f"| {' | '.join(cells)} |")
    missed = sum(row.missed or row.biased for row in rows)
    notes = {row.title: row.note for row in rows if row.note and (row.missed or row.biased)}
    lines += [
        "",
        f"{len(rows)} estimands, {missed} outside what was asked.",
        "",
        *(f"**{title}**: {note}\n" for title, note in notes.items()),
        "| method | CPU seconds |",
        "| --- | ---: |",
        *(f"| {title} | {spent:.0f} |" for title, spent in seconds.items()),
        "",
        f"The whole run took {wall / 60:.1f} minutes on {processes} processes.",
        "",
    ]
    return "\n".join(lines)
