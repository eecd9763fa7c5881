"""From estimates to what people read: tables, figures, workbook, report."""

WORDS = ("study", "codebook.csv", "scales", "indices", "hypotheses")
PARTS = (
    "sample",
    "missing",
    "imputation",
    "weights",
    "descriptives",
    *MEASUREMENT,
    "estimates",
    *BESIDE,
)


rule publish_tables:
    input:
        parts=[
            *expand(
                "data/processed/{{study}}/wave/{wave}/{part}.parquet",
                wave=plan.waves,
                part=[*PARTS, "crossings"],
            ),
            rules.test_claims_over_waves.output.estimates,
        ],
        margins=rules.judge_frame.output.margins,
        trends=rules.judge_trends.output.trends,
        invariance=rules.judge_invariance.output.invariance,
        verdicts=rules.judge_claims.output.verdicts,
        study=plan.declared(*WORDS),
        code=plan.modules("publish_tables"),
        catalogues=plan.package_data("publishing/catalogues"),
    output:
        tables=expand(
            "results/{{study}}/tables/{table}.csv",
            table=[
                *PARTS,
                "margins",
                "trends",
                "invariance",
                "verdicts",
                "disclosure",
            ],
        ),
    log:
        "logs/{study}/publish_tables.log",
    params:
        disclosure=plan.configuration.disclosure.model_dump(),
    script:
        "../scripts/publish_tables.py"


rule draw_figures:
    input:
        tables=rules.publish_tables.output.tables,
        densities=expand(
            "data/processed/{{study}}/wave/{wave}/densities.parquet", wave=plan.waves
        ),
        bins=expand(
            "data/processed/{{study}}/wave/{wave}/weight_bins.parquet", wave=plan.waves
        ),
        chains=expand(
            "data/processed/{{study}}/wave/{wave}/imputation_{part}.parquet",
            part=("traces", "distributions"),
            wave=plan.waves,
        ),
        study=plan.declared(*WORDS),
        code=plan.modules("draw_figures"),
        catalogues=plan.package_data("publishing/catalogues"),
    output:
        figures=directory("results/{study}/figures"),
    log:
        "logs/{study}/draw_figures.log",
    threads: len(plan.configuration.languages)
    params:
        languages=lookup("languages", within=config),
        disclosure=plan.configuration.disclosure.model_dump(),
    script:
        "../scripts/draw_figures.py"


rule write_report:
    input:
        tables=rules.publish_tables.output.tables,
        figures=rules.draw_figures.output.figures,
        study=plan.declared(*WORDS),
        code=plan.modules("write_report"),
        templates=plan.package_data("publishing/catalogues", "publishing/templates"),
    output:
        report=report(
            "results/{study}/report_{language}.html",
            caption="../report/report.rst",
            category="Report",
            labels={"language": "{language}"},
        ),
    log:
        "logs/{study}/write_report_{language}.log",
    params:
        disclosure=plan.configuration.disclosure.model_dump(),
    script:
        "../scripts/write_report.py"


rule write_workbook:
    input:
        tables=rules.publish_tables.output.tables,
        study=plan.declared(*WORDS),
        code=plan.modules("write_workbook"),
        catalogues=plan.package_data("publishing/catalogues"),
    output:
        workbook=report(
            "results/{study}/tables_{language}.xlsx",
            caption="../report/workbook.rst",
            category="Workbook",
            labels={"language": "{language}"},
        ),
    log:
        "logs/{study}/write_workbook_{language}.log",
    params:
        disclosure=plan.configuration.disclosure.model_dump(),
    script:
        "../scripts/write_workbook.py"


rule write_pdf:
    input:
        tables=rules.publish_tables.output.tables,
        figures=rules.draw_figures.output.figures,
        study=plan.declared(*WORDS),
        code=plan.modules("write_pdf"),
        templates=plan.package_data("publishing/catalogues", "publishing/templates"),
    output:
        pdf="results/{study}/report_{language}.pdf",
    log:
        "logs/{study}/write_pdf_{language}.log",
    params:
        disclosure=plan.configuration.disclosure.model_dump(),
    script:
        "../scripts/write_pdf.py"


rule audit_results:
    input:
        tables=rules.publish_tables.output.tables,
        figures=rules.draw_figures.output.figures,
        texts=expand(
            [
                rules.write_report.output.report,
                rules.write_workbook.output.workbook,
                rules.write_pdf.output.pdf,
            ],
            language=plan.configuration.languages,
            allow_missing=True,
        ),
        code=plan.modules("audit_results"),
    output:
        audit="results/{study}/provenance/audit.txt",
    log:
        "logs/{study}/audit_results.log",
    threads: 2
    params:
        disclosure=plan.configuration.disclosure.model_dump(),
    script:
        "../scripts/audit_results.py"
