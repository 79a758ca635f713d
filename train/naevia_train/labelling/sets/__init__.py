"""Sets of diagnoses that labelled images may come with, one TOML file each."""
