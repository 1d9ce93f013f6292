"""What one person looks at."""
