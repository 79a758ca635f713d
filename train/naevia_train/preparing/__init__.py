"""From folders or a manifest to the batches that a network learns from."""
