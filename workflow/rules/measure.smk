"""From answers to indices, and what they look like: score, describe, assess."""

MEASUREMENT = (
    "reliability",
    "item_statistics",
    "fit",
    "loadings",
    "modification",
    "discriminant",
    "scorings",
    "method",
    "correlations",
)


rule score_indices:
    input:
        responses=rules.weigh_wave.output.responses,
        reasons=rules.clean_wave.output.reasons,
        imputed=rules.impute_wave.output.imputed,
        study=plan.declared("study", "codebook.csv", "scales", "indices"),
        code=plan.modules("score_indices"),
    output:
        scores="data/processed/{study}/wave/{wave}/scores.parquet",
        imputed_scores="data/processed/{study}/wave/{wave}/imputed_scores.parquet",
    log:
        "logs/{study}/{wave}/score_indices.log",
    priority: 20
    params:
        scoring=plan.configuration.scoring,
    script:
        "../scripts/score_indices.py"


rule describe_wave:
    input:
        responses=rules.weigh_wave.output.responses,
        reasons=rules.clean_wave.output.reasons,
        scores=rules.score_indices.output.scores,
        imputed_scores=rules.score_indices.output.imputed_scores,
        study=plan.declared("study", "codebook.csv", "scales", "indices"),
        code=plan.modules("describe_wave"),
    output:
        descriptives="data/processed/{study}/wave/{wave}/descriptives.parquet",
        densities="data/processed/{study}/wave/{wave}/densities.parquet",
        crossings="data/processed/{study}/wave/{wave}/crossings.parquet",
    log:
        "logs/{study}/{wave}/describe_wave.log",
    # before the claims: trends, and by them whether anything is published, rest on it
    priority: 10
    script:
        "../scripts/describe_wave.py"


rule judge_trends:
    input:
        descriptives=expand(
            "data/processed/{{study}}/wave/{wave}/descriptives.parquet",
            wave=plan.waves,
        ),
        responses=expand(
            "data/processed/{{study}}/wave/{wave}/responses.parquet", wave=plan.waves
        ),
        scores=expand(
            "data/processed/{{study}}/wave/{wave}/scores.parquet", wave=plan.waves
        ),
        imputed_scores=expand(
            "data/processed/{{study}}/wave/{wave}/imputed_scores.parquet",
            wave=plan.waves,
        ),
        study=plan.declared("study", "codebook.csv", "scales", "indices"),
        code=plan.modules("judge_trends"),
    output:
        trends="data/processed/{study}/all/trends.parquet",
    log:
        "logs/{study}/judge_trends.log",
    # a trend that may not be published stops the run before the rest is computed
    priority: 10
    params:
        waves=plan.waves,
        publish=plan.configuration.publish,
        largest_break=plan.configuration.frame.largest_break,
    script:
        "../scripts/judge_trends.py"


rule judge_invariance:
    input:
        responses=expand(
            "data/processed/{{study}}/wave/{wave}/responses.parquet",
            wave=plan.waves,
        ),
        study=plan.declared("study", "codebook.csv", "scales", "indices"),
        code=plan.modules("judge_invariance"),
    output:
        invariance="data/processed/{study}/all/invariance.parquet",
    log:
        "logs/{study}/judge_invariance.log",
    # claims over the waves wait for it
    priority: 5
    params:
        waves=plan.waves,
        limits=plan.configuration.invariance.model_dump(),
        seed=plan.configuration.seed,
    script:
        "../scripts/judge_invariance.py"


rule assess_scales:
    input:
        responses=rules.weigh_wave.output.responses,
        reasons=rules.clean_wave.output.reasons,
        scores=rules.score_indices.output.scores,
        imputed_scores=rules.score_indices.output.imputed_scores,
        study=plan.declared("study", "codebook.csv", "scales", "indices"),
        code=plan.modules("assess_scales"),
    output:
        tables=expand(
            "data/processed/{{study}}/wave/{{wave}}/{table}.parquet",
            table=MEASUREMENT,
        ),
    log:
        "logs/{study}/{wave}/assess_scales.log",
    params:
        seed=plan.configuration.seed,
        resamples=plan.configuration.repetitions.resamples,
        scoring=plan.configuration.scoring,
    script:
        "../scripts/assess_scales.py"
