"""Several finished models as one: their evidence is averaged, in one graph and one file."""
