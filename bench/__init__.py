"""Measurements that a person runs: `make bench-import`."""
