"""JT74x: importing what Slurm printed."""

TITLES: dict[str, str] = {
    "JT741": "nothing that Slurm printed",
    "JT742": "a line that Slurm does not print",
    "JT743": "a value that Slurm does not print",
    "JT744": "the associations are no tree",
    "JT745": "an output of Slurm is missing",
    "JT746": "too little or too much for a fleet",
}
