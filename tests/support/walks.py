"""The addresses of routes: of one with something in its places, of all pages that need nothing."""

import re

from flask import Flask
from werkzeug.routing import Rule

_PARTS = {"dashboard.home_now", "dashboard.doors.sign_in", "dashboard.static", "dashboard.nowhere"}


def path_of(rule: Rule) -> str:
    """The rule with something in each of its places."""
    return re.sub(r"<[^>]*>", "01a20284-46ec-7085-90b1-3294384bf7a9", rule.rule)


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
