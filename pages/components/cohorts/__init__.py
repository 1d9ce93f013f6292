"""Cards of saved cohorts and their export."""
