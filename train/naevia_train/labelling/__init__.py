"""What is known of each file: where it came from, what its label is, which side of the split it stands on."""
