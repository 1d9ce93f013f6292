"""Parquet files with encoded images in a column, as Hugging Face keeps image sets."""
