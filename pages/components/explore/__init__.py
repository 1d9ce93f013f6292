"""What is selected, filtered and found beside the map."""
