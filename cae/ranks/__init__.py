"""Several processes that train one model together, each with its part of every batch."""
