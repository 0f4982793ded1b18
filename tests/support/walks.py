"""The addresses of all pages that can be read without naming anything."""

from flask import Flask

_PARTS = {"dashboard.home_now", "dashboard.doors.sign_in", "dashboard.static", "dashboard.nowhere"}


def pages(app: Flask) -> list[str]:
    """Every page that stands at an address of its own."""
    found = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.")
        and "GET" in (rule.methods or ())
        and not rule.arguments
        and rule.endpoint not in _PARTS
        and not rule.rule.endswith(".csv")
    }
    return sorted(found)
