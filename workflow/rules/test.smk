"""From declared claims to verdicts: test each wave, and what compares waves, then judge all."""

# tables that some kinds of test fill beside the estimates
BESIDE = (
    "forms",
    "checks",
    "dominance",
    "heterogeneity",
    "slopes",
    "rivals",
    "survival",
    "necessity",
    "bottlenecks",
    "simple_slopes",
    "regions",
    "mediation_paths",
    "sensitivity",
    "surfaces",
    "classes",
    "class_profiles",
    "ranks",
)


rule test_claims:
    input:
        frames=[
            rules.weigh_wave.output.responses,
            rules.clean_wave.output.reasons,
            rules.score_indices.output.scores,
            rules.impute_wave.output.imputed,
            rules.score_indices.output.imputed_scores,
        ],
        study=plan.declared("study", "codebook.csv", "scales", "indices", "hypotheses"),
        code=plan.modules("test_claims"),
    output:
        tables=expand(
            "data/processed/{{study}}/wave/{{wave}}/{table}.parquet",
            table=("estimates", *BESIDE),
        ),
    log:
        "logs/{study}/{wave}/test_claims.log",
    # the longest jobs first, so that none is left alone at the end
    priority: 5
    params:
        scoring=plan.configuration.scoring,
        seed=plan.configuration.seed,
        precision=plan.configuration.precision,
    script:
        "../scripts/test_claims.py"


rule test_claims_over_waves:
    input:
        frames=expand(
            "data/processed/{{study}}/wave/{wave}/{frame}.parquet",
            frame=("responses", "reasons", "scores", "imputed", "imputed_scores"),
            wave=plan.waves,
        ),
        invariance=rules.judge_invariance.output.invariance,
        study=plan.declared("study", "codebook.csv", "scales", "indices", "hypotheses"),
        code=plan.modules("test_claims_over_waves"),
    output:
        estimates="data/processed/{study}/all/estimates.parquet",
    log:
        "logs/{study}/test_claims_over_waves.log",
    priority: 5
    params:
        waves=plan.waves,
    script:
        "../scripts/test_claims_over_waves.py"


rule judge_claims:
    input:
        estimates=[
            *expand(
                "data/processed/{{study}}/wave/{wave}/estimates.parquet",
                wave=plan.waves,
            ),
            rules.test_claims_over_waves.output.estimates,
        ],
        study=plan.declared("hypotheses"),
        code=plan.modules("judge_claims"),
    output:
        verdicts="data/processed/{study}/all/verdicts.parquet",
    log:
        "logs/{study}/judge_claims.log",
    script:
        "../scripts/judge_claims.py"
