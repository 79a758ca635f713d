"""What several pages are made of, and what they share."""
