"""Pictures that show no skin lesion, and how many of them a model refuses."""
