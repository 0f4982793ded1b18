"""A number's consent as a page to print or to hand to an authority: one file, no scripts."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any

from flask import Response, render_template_string

from app.domain.consent_ledger import ConsentKind
from app.domain.proof_words import EVENTS, STATES, facts, moment
from app.services.consents import ConsentPage

_STYLE = """
@page { size: A4; margin: 18mm 16mm }
:root { color-scheme: light }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: #1a2230;
  background: #fff; max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 3rem }
h1, h2, p, dl, dd, ol { margin: 0; padding: 0 }
header { border-bottom: 2px solid #1a2230; padding-bottom: 1rem }
header p { color: #566072 }
h1 { font-size: 1.8rem; line-height: 1.2; letter-spacing: -.01em }
.state { margin: 1.5rem 0; padding: .9rem 1.1rem; border: 1px solid #8b95a5;
  border-left: .45rem solid #8b95a5; border-radius: 6px }
.opted_in { border-left-color: #12703f }
.opted_out { border-left-color: #b3261e }
.pending { border-left-color: #8a5200 }
.state strong { display: block; font-size: 1.15rem }
ol { list-style: none }
li { border: 1px solid #cdd3dc; border-radius: 6px; padding: 1rem 1.1rem; margin: 1rem 0;
  break-inside: avoid }
h2 { font-size: 1.05rem; line-height: 1.3 }
h2 span { color: #566072; font-weight: 400 }
time { display: block; color: #566072; margin-bottom: .6rem }
dl { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: .3rem 1rem }
dt { color: #566072 }
dd { overflow-wrap: anywhere; white-space: pre-wrap }
.seal { font: .75rem/1.7 ui-monospace, "DejaVu Sans Mono", Consolas, monospace }
footer { border-top: 1px solid #8b95a5; margin-top: 2rem; padding-top: .8rem; color: #566072;
  font-size: .87rem; break-inside: avoid }
code { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace }
@media (max-width: 32rem) {
  body { padding: 1rem .9rem 2rem }
  h1 { font-size: 1.5rem }
  li { padding: .8rem .85rem }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0 }
  dd { margin-bottom: .5rem }
}
@media print {
  .seal { font-size: 8pt }
  body { font-size: 10.5pt; max-width: none; padding: 0 }
  .state, li { border-radius: 0 }
}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Proof of consent of {{ number }}</title>
<style>{{ style|safe }}</style></head>
<body><main>
<header><p>Proof of consent</p><h1>{{ number }}</h1>
<p>As on record on {{ shown_at }}</p></header>
<div class="state {{ state }}"><strong>{{ state_words }}</strong>
{%- if since %}<span>Since {{ since }}</span>{% endif %}
{%- if expires_at %}<br><span>{{ "Ran out on" if expired else "Runs out on" }} {{ expires_at }}
</span>{% endif %}</div>
{% if first > 1 %}<p>The {{ first - 1 }} oldest records are left out here.</p>{% endif %}
{% if events %}<ol>
{% for event in events %}<li><h2><span>{{ event.place }}.</span> {{ event.what }}</h2>
<time datetime="{{ event.machine }}">{{ event.at }}</time>
<dl>{% for name, text in event.facts %}<dt>{{ name }}</dt><dd>{{ text }}</dd>
{% endfor %}<dt>Record</dt><dd class="seal">{{ event.id }}</dd>
<dt>Seal</dt><dd class="seal">{{ event.seal }}</dd></dl></li>
{% endfor %}</ol>{% else %}<p>Nothing was ever recorded about this number.</p>{% endif %}
<footer><p>Times are {{ zone }}. Each record is sealed with SHA-256 over its own contents and the
seal of the record before, so that none can be changed or left out without its being seen.
<code>flask consent verify</code> proves the whole ledger.</p></footer>
</main></body></html>
"""


def printable(page: ConsentPage, zone: tzinfo = UTC) -> Response:
    """The page for a person, in times of this zone; what stands in it can do nothing."""
    html = render_template_string(_PAGE, style=_STYLE, **_told(page, zone))
    answer = Response(html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _told(page: ConsentPage, zone: tzinfo) -> dict[str, Any]:
    return {
        "number": page.number,
        "state": page.state,
        "state_words": STATES[page.state],
        "since": page.since and moment(page.since, zone),
        "expires_at": page.expires_at and moment(page.expires_at, zone),
        "expired": page.expired,
        "shown_at": moment(page.shown_at, zone),
        "zone": "UTC" if zone is UTC else f"those of {zone}",
        "first": page.events[0].place if page.events else 1,
        "events": list(_events(page, zone)),
    }


def _events(page: ConsentPage, zone: tzinfo) -> Iterator[dict[str, Any]]:
    for each in page.events:
        yield {
            "id": each.id,
            "seal": each.seal,
            "place": each.place,
            "what": EVENTS[ConsentKind(each.event)],
            "at": moment(each.at, zone),
            "machine": each.at.astimezone(UTC).isoformat(timespec="seconds"),
            "facts": list(facts(each, zone)),
        }
