"""The dashboard: pages for people, on the same services as the API."""
