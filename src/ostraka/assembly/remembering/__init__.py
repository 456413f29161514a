"""What is kept of a picture that was looked at, so that it need not be looked at again."""
