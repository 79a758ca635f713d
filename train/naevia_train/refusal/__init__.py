"""What is refused: pictures that show no skin lesion, the boundary before them, and how well it holds."""
