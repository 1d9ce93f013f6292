"""The folder on disk that holds an image set and everything computed from it."""
