"""From declared claims to verdicts: test each wave, then judge all."""


rule test_claims:
    input:
        responses=rules.weigh_wave.output.responses,
        reasons=rules.clean_wave.output.reasons,
        imputed=rules.impute_wave.output.imputed,
        scores=rules.score_indices.output.scores,
        imputed_scores=rules.score_indices.output.imputed_scores,
        study=plan.declared("study", "codebook.csv", "scales", "indices", "hypotheses"),
        code=plan.modules("test_claims"),
    output:
        estimates="data/processed/{study}/wave/{wave}/estimates.parquet",
    log:
        "logs/{study}/{wave}/test_claims.log",
    params:
        scoring=plan.configuration.scoring,
    script:
        "../scripts/test_claims.py"


rule judge_claims:
    input:
        estimates=expand(
            "data/processed/{{study}}/wave/{wave}/estimates.parquet", wave=plan.waves
        ),
        study=plan.declared("hypotheses"),
        code=plan.modules("judge_claims"),
    output:
        verdicts="data/processed/{study}/all/verdicts.parquet",
    log:
        "logs/{study}/judge_claims.log",
    script:
        "../scripts/judge_claims.py"
