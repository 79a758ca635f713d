"""`python docs/recipe_table.py`: print the table of recipes that stands in `training.md`."""

from __future__ import annotations

import sys

from naevia_train.markdown import table
from naevia_train.recipes import RECIPES, Recipe

_HEAD = ("recipe", "network", "size", "size in training", "epochs", "draws", "batch", "rebalance")


def main() -> None:
    """Print it."""
    sys.stdout.write(table(_HEAD, map(_cells, RECIPES.values())) + "\n")


def _cells(recipe: Recipe) -> tuple[str, ...]:
    return (
        f"`{recipe.name}`",
        recipe.network,
        str(recipe.size_px),
        ", ".join(str(size_px) for size_px in sorted({stage.size_px for stage in recipe.stages})),
        " + ".join(str(stage.epochs) for stage in recipe.stages),
        "as many as images" if recipe.draws is None else f"{recipe.draws:,}",
        str(recipe.batch_size),
        recipe.rebalance,
    )


if __name__ == "__main__":
    main()
