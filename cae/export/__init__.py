"""Every archive that leaves the program."""
