"""One file a command: what it asks for, what it prints, how it exits."""
