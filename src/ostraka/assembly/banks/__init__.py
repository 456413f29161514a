"""Banks of known pictures as files that an operator keeps."""
