"""From delivered files to one row per employer: draw (simulated studies only), read, clean, weigh."""

if plan.simulates:

    rule simulate_answers:
        input:
            study=plan.declared(
                "study", "codebook.csv", "scales", plan.study.survey.simulated
            ),
            tables=plan.tables_for_cleaning(),
            code=plan.modules("simulate_answers"),
        output:
            raw=plan.all_raw_files(),
        log:
            f"logs/{plan.study.name}/simulate_answers.log",
        params:
            folder=lambda wildcards: str(plan.configuration.raw_folder()),
            seed=lookup("seed", within=config),
        script:
            "../scripts/simulate_answers.py"


rule read_wave:
    input:
        raw=lambda wildcards: plan.raw_files(wildcards.wave),
        study=plan.declared("study", "codebook.csv", "scales"),
        code=plan.modules("read_wave"),
    output:
        values="data/processed/{study}/wave/{wave}/delivered.parquet",
        rows="data/processed/{study}/wave/{wave}/delivered_rows.parquet",
    log:
        "logs/{study}/{wave}/read_wave.log",
    # the longest way, by the claims of each wave, goes by here: other work fills the cores beside it
    priority: 20
    params:
        folder=lambda wildcards: str(plan.configuration.raw_folder()),
    script:
        "../scripts/read_wave.py"


rule clean_wave:
    input:
        values=rules.read_wave.output.values,
        rows=rules.read_wave.output.rows,
        study=plan.declared("study", "codebook.csv", "scales"),
        tables=plan.tables_for_cleaning(),
        code=plan.modules("clean_wave"),
    output:
        cleaned="data/processed/{study}/wave/{wave}/cleaned.parquet",
        reasons="data/processed/{study}/wave/{wave}/reasons.parquet",
        sample="data/processed/{study}/wave/{wave}/sample.parquet",
        missing="data/processed/{study}/wave/{wave}/missing.parquet",
    log:
        "logs/{study}/{wave}/clean_wave.log",
    priority: 20
    script:
        "../scripts/clean_wave.py"


rule weigh_wave:
    input:
        cleaned=rules.clean_wave.output.cleaned,
        study=plan.declared("study"),
        tables=plan.tables_for_weighting(),
        code=plan.modules("weigh_wave"),
    output:
        responses="data/processed/{study}/wave/{wave}/responses.parquet",
        weights="data/processed/{study}/wave/{wave}/weights.parquet",
        totals="data/processed/{study}/wave/{wave}/margin_totals.parquet",
        bins="data/processed/{study}/wave/{wave}/weight_bins.parquet",
    log:
        "logs/{study}/{wave}/weigh_wave.log",
    priority: 20
    script:
        "../scripts/weigh_wave.py"


rule impute_wave:
    input:
        responses=rules.weigh_wave.output.responses,
        reasons=rules.clean_wave.output.reasons,
        study=plan.declared("study", "codebook.csv", "scales", "indices", "hypotheses"),
        code=plan.modules("impute_wave"),
    output:
        imputed="data/processed/{study}/wave/{wave}/imputed.parquet",
        diagnostics=expand(
            "data/processed/{{study}}/wave/{{wave}}/{part}.parquet",
            part=("imputation", "imputation_traces", "imputation_distributions"),
        ),
    log:
        "logs/{study}/{wave}/impute_wave.log",
    priority: 20
    params:
        seed=plan.configuration.seed,
        imputations=plan.configuration.repetitions.imputations,
        cycles=plan.configuration.repetitions.cycles,
    script:
        "../scripts/impute_wave.py"


rule judge_frame:
    input:
        totals=expand(
            "data/processed/{{study}}/wave/{wave}/margin_totals.parquet",
            wave=plan.waves,
        ),
        code=plan.modules("judge_frame"),
    output:
        margins="data/processed/{study}/all/margins.parquet",
    log:
        "logs/{study}/judge_frame.log",
    # a sample that may not be published stops the run before anything is computed from it
    priority: 10
    params:
        publish=plan.configuration.publish,
        largest_gap=plan.configuration.frame.largest_gap,
    script:
        "../scripts/judge_frame.py"
