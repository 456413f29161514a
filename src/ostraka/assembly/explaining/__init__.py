"""What a verdict rests on, and what would have changed it, for people."""
