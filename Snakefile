"""The root of the workflow: `snakemake --cores 4` makes everything that people read."""


configfile: "config.yaml"


include: "workflow/Snakefile"


rule all:
    default_target: True
    input:
        rules.results.input,
