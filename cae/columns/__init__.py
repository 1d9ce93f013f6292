"""Columns of a table of samples: titles, filters, queries, facets, colours of their values."""
