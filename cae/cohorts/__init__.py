"""Selections, saved cohorts and their export."""
