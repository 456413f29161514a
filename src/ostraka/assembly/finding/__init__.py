"""From what the operator names to pictures that nobody has looked at yet."""
