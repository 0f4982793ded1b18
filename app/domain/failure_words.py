"""What an error code means, for people who never read Vonage's table of codes.

The meanings are those of the Messages API's table of errors; the words are ours.
"""

from app.domain.error_codes import TRANSIENT
from app.domain.message import MessageStatus

_WORDS = {
    "1000": "Vonage got more at once than it takes",
    "1020": "Vonage could not read the request",
    "1030": "Something broke at Vonage",
    "1040": "Vonage could not make sense of the message",
    "1050": "The number is barred from receiving texts",
    "1060": "Your Vonage account is barred",
    "1070": "Your Vonage account has run out of credit",
    "1080": "Your Vonage account may not send this",
    "1100": "The carrier could not be reached",
    "1120": "The carrier does not take texts from this sender",
    "1140": "Your Vonage account may not use this kind of sending",
    "1160": "A Vonage trial account writes only to numbers on its own list",
    "1170": "No such number",
    "1180": "The phone could not be reached: off, or without signal",
    "1190": "The number is gone for good: remove it from your lists",
    "1200": "The number cannot get texts",
    "1210": "A spam filter stopped the text",
    "1220": "The phone was busy",
    "1230": "The carrier's network failed",
    "1240": "The person has opted out",
    "1241": "Too many texts to the same phone in a short time",
    "1242": "Vonage does not know the pool of numbers that was to send",
    "1250": "No carrier leads to this number",
    "1251": "Vonage has no route for this sender to this country",
    "1260": "The phone could not be reached",
    "1270": "The carrier of the number is not known",
    "1280": "The phone cannot show texts of this kind",
    "1282": "The carrier blocked the text",
    "1290": "The phone does not take texts",
    "1300": "The number belongs to no carrier that can be reached",
    "1310": "The carrier of the number does not take texts",
    "1320": "The carrier says that it had this text before",
    "1330": "The carrier refused it and did not say why",
    "1331": "The carrier was in trouble for a while",
    "1360": "The phone was not reached before the text expired",
    "1420": "The sender is not valid",
    "1430": "The number is not valid",
    "1460": "Your sender has reached its daily limit",
    "1470": "A fraud rule of your Vonage account stopped it",
    "1472": "A fraud rule of your Vonage account stopped so many at once",
    **dict.fromkeys(("1473", "1474", "1475", "1476"), "A fraud rule stopped it"),
    **dict.fromkeys(
        ("1480", "1481", "1482", "1483", "1484"), "A rule of the country is not met by your sender"
    ),
    "1490": "Not all parts of a long text were confirmed: it may have arrived",
}
_WITHOUT_CODE = {
    MessageStatus.FAILED: "Vonage did not take it; each message tells why",
    MessageStatus.UNDELIVERABLE: "Vonage could not reach the carrier",
    MessageStatus.REJECTED: "The carrier refused it and did not say why",
}
_REFUSED = "Vonage refused it outright; each message tells why"


def in_words(status: MessageStatus, code: str | None) -> str:
    """Why messages failed that ended so: a sentence without its full stop."""
    if status is MessageStatus.FAILED:  # there the same codes follow an older list
        return _REFUSED if code else _WITHOUT_CODE[status]
    if not code:
        return _WITHOUT_CODE.get(status, "No reason was given")
    return _WORDS.get(code, "A reason that Carillon has no words for yet")


def may_pass(status: MessageStatus, code: str | None) -> bool:
    """May the same message go through later?"""
    return status is not MessageStatus.FAILED and code in TRANSIENT
