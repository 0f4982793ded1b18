"""A fake Vonage: the Messages API over real HTTP, with faults on demand. Imports nothing of app."""
