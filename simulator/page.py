"""The page with the phones: its addresses, and what is typed there."""

from collections.abc import Callable
from importlib.resources import files
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

from simulator import answers, screens
from simulator.answers import Answer, json_answer, problem_answer
from simulator.carrier import Carrier
from simulator.contract import LONGEST_TEXT, is_number
from simulator.payloads import Text
from simulator.phones import Phones

ROOT = "/phones"
MOST_SHOWN = 60  # phones on one page; the search finds the others
_HTML = "text/html; charset=utf-8"
# No inline script or style, nothing from elsewhere, in no other page's frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_STATIC = {"/phones.css": "text/css; charset=utf-8", "/phones.js": "text/javascript; charset=utf-8"}


class Page:
    """Answers what a browser asks for below /phones."""

    def __init__(self, phones: Phones, carrier: Carrier) -> None:
        self._phones = phones
        self._carrier = carrier
        self._routes: dict[tuple[str, str], Callable[[dict[str, str], bytes], Answer]] = {
            ("GET", ""): self._show,
            ("GET", "/news"): self._tell_news,
            ("POST", "/text"): self._send_text,
        }

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """`path` is what follows /phones."""
        if method == "GET" and path in _STATIC:
            content = files("simulator").joinpath("static", path[1:]).read_bytes()
            return Answer(200, content, _STATIC[path], _HEADERS)
        route = self._routes.get((method, path))
        return route(_fields(query), body) if route else problem_answer(answers.NOT_FOUND)

    def _show(self, fields: dict[str, str], _: bytes) -> Answer:
        return _page(200, self._document(fields))

    def _document(self, fields: dict[str, str], mistake: str = "") -> str:
        version, digits = self._phones.version, _digits(fields)
        found = self._phones.newest(MOST_SHOWN, digits)
        return screens.page(found, version, digits, fields, mistake)

    def _tell_news(self, fields: dict[str, str], _: bytes) -> Answer:
        """The phones as HTML, or nothing but the version where it is what the page has."""
        version = self._phones.version  # read first: what comes meanwhile is told next time
        news = {"version": version, "phones": ""}
        if fields.get("version") != str(version):
            news["phones"] = screens.phones(self._phones.newest(MOST_SHOWN, _digits(fields)))
        return Answer(200, json_answer(200, news).body, headers=_HEADERS)

    def _send_text(self, _: dict[str, str], body: bytes) -> Answer:
        fields = _fields(body.decode(errors="replace"))
        words = fields.get("quick") or fields.get("text", "")
        sender, to = (fields.get(name, "").strip().removeprefix("+") for name in ("from", "to"))
        mistake = _mistake_in(sender, to, words)
        if mistake:
            return _page(422, self._document(fields, mistake))
        self._carrier.send_text(Text(sender, to, words, str(uuid4())))
        where = "?" + urlencode({"number": fields["number"]}) if fields.get("number") else ""
        return Answer(303, b"", _HTML, (*_HEADERS, ("Location", f"{ROOT}{where}#phone-{sender}")))


def _page(status: int, document: str) -> Answer:
    return Answer(status, document.encode(), _HTML, _HEADERS)


def _fields(encoded: str) -> dict[str, str]:
    pairs = parse_qs(encoded, keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in pairs.items()}


def _digits(fields: dict[str, str]) -> str:
    """What is searched for, however it is spaced."""
    return "".join(each for each in fields.get("number", "") if each in "0123456789")


def _mistake_in(sender: str, to: str, words: str) -> str:
    if not is_number(sender):
        return "The phone's number must have its country code and 7 to 15 digits."
    if not is_number(to):
        return "The number to text must have its country code and 7 to 15 digits."
    if not 1 <= len(words) <= LONGEST_TEXT:
        return f"Type a text of 1 to {LONGEST_TEXT} characters."
    return ""
