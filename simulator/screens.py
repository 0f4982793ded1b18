"""The phones as HTML. Whatever came from outside goes through `escape`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from string import Template

from simulator.payloads import timestamp
from simulator.phones import Bubble, Phone

QUICK = ("STOP", "START", "HELP", "YES")  # what phones mostly reply
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Phones - simulator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/phones/phones.css">
<script src="/phones/phones.js" defer></script>
</head>
<body data-version="$version" data-number="$digits">
<a class="skip" href="#phones">Skip to the phones</a>
<header>
<div><h1>Phones</h1>
<p>What the simulator of Vonage delivered. Nothing here was really sent.</p></div>
<form action="/phones" method="get" role="search">
<label for="number">Find a number</label>
<div class="row"><input id="number" name="number" type="search" inputmode="tel" value="$digits">
<button>Find</button></div>
</form>
</header>
<p id="news" role="status" aria-live="polite"></p>
$mistake
<details$open>
<summary>Text from a phone that is not here yet</summary>
<form action="/phones/text" method="post" class="new">
<div><label for="new-from">Its number</label>
<input id="new-from" name="from" required inputmode="tel" placeholder="+15551112222" \
value="$new_from"></div>
<div><label for="new-to">To</label>
<input id="new-to" name="to" required inputmode="tel" value="$new_to"></div>
<div class="wide"><label for="new-text">Text</label>
<input id="new-text" name="text" required maxlength="3200" autocomplete="off" \
value="$new_text"></div>
<button>Send</button>
</form>
</details>
<main id="phones" tabindex="-1">$phones</main>
</body>
</html>
""")
_PHONE = Template("""<article class="phone" id="phone-$number" aria-labelledby="name-$number">
<h2 id="name-$number">+$number</h2>
<ol class="screen" tabindex="0" aria-label="Texts of +$number, the newest first">$bubbles</ol>
$reply
</article>""")
_REPLY = Template("""<form action="/phones/text" method="post" class="reply">
<input type="hidden" name="from" value="$number">
$to
<div class="quick">$quick</div>
<div class="row"><input name="text" maxlength="3200" autocomplete="off" \
aria-label="Reply from +$number" placeholder="Reply">
<button>Send</button></div>
</form>""")
_NO_REPLY = '<p class="reply">All senders here are names: nobody can reply to a name.</p>'
_EMPTY = """<p class="empty">No phone has received a text yet. Send a campaign or one message
through the service, and the phones that it reaches appear here by themselves.</p>"""
_NOT_FOUND = """<p class="empty">No phone with these digits has received a text.
<a href="/phones">Show all phones</a></p>"""


def page(
    found: Iterable[Phone], version: int, digits: str, typed: Mapping[str, str], mistake: str
) -> str:
    """The whole page; `typed` is what was sent with a mistake, and stands in the form again."""
    shown = list(found)
    senders = [sender for phone in shown for sender in phone.senders]
    to = typed.get("to") or (f"+{senders[0]}" if senders else "")
    return _PAGE.substitute(
        version=version,
        digits=digits,
        mistake=f'<p class="mistake" role="alert">{escape(mistake)}</p>' if mistake else "",
        open=" open" if mistake else "",
        new_from=escape(typed.get("from", "")),
        new_to=escape(to),
        new_text=escape(typed.get("text", "")),
        phones=phones(shown) or (_NOT_FOUND if digits else _EMPTY),
    )


def phones(found: Iterable[Phone]) -> str:
    """One article for each phone."""
    return "\n".join(map(_phone, found))


def _phone(phone: Phone) -> str:
    return _PHONE.substitute(
        number=phone.number,
        bubbles="".join(map(_bubble, phone.bubbles)),
        reply=_reply(phone) if phone.senders else _NO_REPLY,
    )


def _bubble(bubble: Bubble) -> str:
    who = f"to {_name(bubble.to)}" if bubble.is_ours else f"from {_name(bubble.sender)}"
    kind = "typed" if bubble.is_ours else "lost" if bubble.trouble else "came"
    trouble = f'<p class="trouble">{escape(bubble.trouble)}</p>' if bubble.trouble else ""
    parts = "1 segment" if bubble.segments == 1 else f"{bubble.segments} segments"
    at = f'<time datetime="{timestamp(bubble.at)}">{_clock(bubble.at)}</time>'
    return (
        f'<li class="{kind}"><p class="text" dir="auto">{escape(bubble.text)}</p>{trouble}'
        f'<p class="meta">{escape(who)} · {parts} · {at}</p></li>'
    )


def _reply(phone: Phone) -> str:
    quick = "".join(f'<button name="quick" value="{word}">{word}</button>' for word in QUICK)
    return _REPLY.substitute(number=phone.number, to=_to(phone), quick=quick)


def _to(phone: Phone) -> str:
    if len(phone.senders) == 1:
        return f'<input type="hidden" name="to" value="{phone.senders[0]}">'
    options = "".join(f'<option value="{each}">+{each}</option>' for each in phone.senders)
    label = f'aria-label="Which number +{phone.number} answers"'
    return f'<select name="to" {label}>{options}</select>'


def _name(sender: str) -> str:
    return f"+{sender}" if sender.isdigit() else sender


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")
