"""The console command ``cae``."""
