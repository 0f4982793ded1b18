"""A number's consent as a page to print or to hand to an authority: one file, no scripts."""

import base64
import hashlib
from typing import Any

from flask import Response, render_template_string

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0;page-break-inside:avoid}"
    "th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "th{width:11rem;background:#eee}td{overflow-wrap:anywhere;white-space:pre-wrap}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox"
)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Consent of {{ page.number }}</title>
<style>{{ style|safe }}</style>
<h1>Consent of {{ page.number }}</h1>
<p>State: <strong>{{ page.state }}</strong>{% if page.since %} since {{ page.since }}{% endif %}
{%- if page.expires_at %}, {{ "expired" if page.expired else "expires" }} at {{ page.expires_at }}
{%- endif %}. Times are UTC. Printed at {{ page.shown_at }}.</p>
{% for event in page.events %}<h2>{{ event.place }}. {{ event.event }} at {{ event.at }}</h2>
<table>{% for name, value in event.items() if value is not none %}
<tr><th>{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
{% else %}<p>Nothing was ever recorded.</p>
{% endfor %}<p>Each row is sealed with SHA-256 over its own contents and the seal of the row before.
The whole ledger is proved by <code>flask consent verify</code>.</p>
</html>
"""


def printable(page: dict[str, Any]) -> Response:
    """The page for a person; what stands in it can do nothing in a browser."""
    answer = Response(render_template_string(_PAGE, page=page, style=_STYLE), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
