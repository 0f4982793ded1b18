"""How texts tell people to opt out, as data: what counts as an opt-out instruction.

Compared without accents and in small letters. Where it is not sure, it does not count: a line too
many costs a few characters, a line too few breaks a rule.
"""

import re
import unicodedata

_VERBS = (
    "reply|replying|respond|text|texting|txt|send|sms|answer",
    "repondez|repondre|envoyez|envoyer|tapez",  # fr
    "antworte|antworten sie|sende|senden sie|schicke|schreibe",  # de
    "responde|responda|envia|envie|manda|mande",  # es, pt
    "rispondi|rispondere|invia|scrivi",  # it
    "antwoord|stuur",  # nl
)
_FILLERS = (
    "with|us|the|word|back|par|avec|mit|con|com|met|la|el|le|die|das|palabra|palavra|mot|wort"
)
_WORDS = (
    "stop|stopall|stop2quit|end|quit|cancel|unsubscribe|unsub|revoke|opt-?out|optout|remove",
    "arret|stopp|alto|parar|baja|fin|sair|ferma|basta|afmelden|abmelden",
)
_DONE = (
    "end|opt ?-?out|optout|quit|cancel|unsub|unsubscribe|stop|leave|be removed",
    "cancelar|salir|sair|annuler|beenden|abmelden|uscire|afmelden|vous desabonner",
)
_LABELS = (
    "opt ?-?out|unsubscribe|unsub|abmelden|abbestellen|desabonnement|afmelden",  # with a colon
)
_AROUND = r"[\"'()\[\]*<>]*"  # what may stand around a word

_REPLY = rf"\b({'|'.join(_VERBS)})(?: (?:{_FILLERS})){{0,3}}[ :]{_AROUND}({'|'.join(_WORDS)})\b"
"""Reply STOP; txt "STOP"; envoyez STOP; antworte mit STOPP."""

_PURPOSE = (
    rf"(?:^|[.!?:;,(*/|-] ?){_AROUND}(txt)?stop{_AROUND} ?(to|2|=|para|zum) ?({'|'.join(_DONE)})\b"
)
"""STOP to end; Stop2End; stop=end: where a sentence begins, or a part of one."""

_NUMBER = rf"\bstopp?{_AROUND} (?:sms )?(?:au|an|al|a|naar|to|an die) \+?\d{{3,}}"
"""STOP au 36180; STOP an 12345; STOP naar 4040; STOP to 80888."""

_LABEL = rf"\b({'|'.join(_LABELS)})\b[ :=>-]{{1,3}}(?:stop|reply|text|txt|https?://)"
"""Opt-out: STOP; unsubscribe: https://...; abmelden: STOP."""

_EQUALS = r"\bstop ?[=:] ?(?:opt|end|unsub|quit|cancel)"
"""STOP=opt out, STOP: unsubscribe, as a list of keywords has it."""

_INSTRUCTIONS = [re.compile(each) for each in (_REPLY, _PURPOSE, _NUMBER, _LABEL, _EQUALS)]
_SHOUTED = re.compile(
    rf"\bSTOP\b{_AROUND} ?(?:to|2|=|para|pour|zum|per|om) ?(?i:{'|'.join(_DONE)})\b"
)
"""STOP in capitals, with a purpose behind it, wherever it stands."""


_IN_ALL = (
    *("stop", "end", "quit", "cancel", "unsub", "revoke", "opt", "remove", "arret", "alto"),
    *("parar", "baja", "fin", "sair", "ferma", "basta", "meld", "abbestell", "desabonn"),
)
"""No instruction is without one of these: most texts are done with in no time."""


def folded(text: str) -> str:
    """In small letters, without accents, curly quotes and double spaces."""
    if text.isascii():  # as most texts are: a tenth of the time
        return " ".join(text.lower().split())
    plain = text.replace("\u2019", "'").replace("\u201c", '"').replace("\u201d", '"')
    letters = (c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join("".join(letters).casefold().split())


def tells_how_to_opt_out(text: str) -> bool:
    """Does the text say already what to do to get no more?"""
    compared = folded(text)
    if not any(each in compared for each in _IN_ALL):
        return False
    return bool(_SHOUTED.search(text)) or any(each.search(compared) for each in _INSTRUCTIONS)
