"""Images in rows, and one image looked at closely."""
