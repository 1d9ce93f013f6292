"""One pure loss per file."""
