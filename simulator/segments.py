"""How many SMS parts a text takes, which is what a carrier bills.

GSM-7 (3GPP TS 23.038) carries 160 septets in one part and 153 in each of several, UCS-2 carries
70 units and 67. No character is torn between two parts.
"""

from collections.abc import Iterable

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape and one more: two septets
_ENDS_OF_BMP = 0xFFFF


def count_segments(text: str, encoding: str = "auto") -> int:
    """The parts of a text in the named `encoding_type` of the Messages API."""
    if encoding == "text" or (encoding == "auto" and _is_gsm(text)):
        sizes = [2 if character in GSM_EXTENSION else 1 for character in text]
        return _parts(sizes, alone=160, joined=153)
    sizes = [2 if ord(character) > _ENDS_OF_BMP else 1 for character in text]
    return _parts(sizes, alone=70, joined=67)


def _is_gsm(text: str) -> bool:
    return all(character in GSM_BASIC or character in GSM_EXTENSION for character in text)


def _parts(sizes: Iterable[int], *, alone: int, joined: int) -> int:
    parts, filled, total = 1, 0, 0
    for size in sizes:
        total += size
        filled += size
        if filled > joined:
            parts, filled = parts + 1, size
    return 1 if total <= alone else parts
