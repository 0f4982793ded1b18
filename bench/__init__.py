"""Measurements: `make bench-...`; what they are good for is said in each."""
