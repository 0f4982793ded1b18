"""The carrier: every word of the Vonage Messages API, and nothing else."""
