"""Where in the United States and Canada a postal code or an area code lies.

Of a ZIP code three digits tell the state (USPS Labeling List L002), of a Canadian code the first
letter the province. Held against a directory of all ZIP codes in November 2026: every prefix is in
the state named here, but for six codes near a border. A state with two zones gives both, which is
stricter than need be. Area codes are listed only for states whose hours are narrower than the
federal ones.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping

_ZIP = re.compile(r"(\d{3})\d{2}(-?\d{4})?", re.ASCII)
_CANADIAN = re.compile(r"([A-Z])\d[A-Z] ?-?(\d[A-Z]\d)?", re.IGNORECASE | re.ASCII)

# The first three digits from which on a state's codes go, to the next entry; "": no state's.
_FROM = (
    "5 NY,6 PR,8 VI,9 PR,10 MA,28 RI,30 NH,39 ME,50 VT,55 MA,56 VT,60 CT,63 NY,64 CT,70 NJ,90 ,"
    "100 NY,150 PA,197 DE,200 DC,201 VA,202 DC,206 MD,220 VA,247 WV,270 NC,290 SC,300 GA,320 FL,"
    "340 ,341 FL,350 AL,370 TN,386 MS,398 GA,400 KY,430 OH,460 IN,480 MI,500 IA,530 WI,550 MN,"
    "569 DC,570 SD,580 ND,590 MT,600 IL,630 MO,660 KS,680 NE,700 LA,716 AR,730 OK,733 TX,734 OK,"
    "750 TX,800 CO,820 WY,832 ID,834 ID,840 UT,850 AZ,870 NM,885 TX,886 ,889 NV,900 CA,962 ,"
    "967 HI,969 ,970 OR,980 WA,995 AK"
)
_STARTS, _STATES = zip(
    *((int(start), state) for start, _, state in (e.partition(" ") for e in _FROM.split(","))),
    strict=True,
)
_ZONES = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC TN VA VT WV",
    "America/Chicago": "AL AR FL IA IL IN KS KY LA MI MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "AZ CO ID KS MT ND NE NM OR SD TX UT WY NV",
    "America/Los_Angeles": "CA ID NV OR WA",
    "America/Phoenix": "AZ",
    "America/Anchorage": "AK",
    "America/Adak": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
}
_PROVINCES = {
    "A": ("America/St_Johns", "America/Halifax", "America/Goose_Bay"),
    **dict.fromkeys("BCE", ("America/Halifax",)),
    **dict.fromkeys("GHJ", ("America/Toronto", "America/Halifax", "America/Blanc-Sablon")),
    **dict.fromkeys("KLMN", ("America/Toronto",)),
    "P": ("America/Toronto", "America/Winnipeg", "America/Atikokan"),
    "R": ("America/Winnipeg",),
    "S": ("America/Regina", "America/Edmonton"),
    "T": ("America/Edmonton",),
    "V": ("America/Vancouver", "America/Edmonton", "America/Fort_Nelson"),
    "X": ("America/Edmonton", "America/Winnipeg", "America/Toronto", "America/Iqaluit"),
    "Y": ("America/Whitehorse",),
}
_AREA_CODES = {
    "US-FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904"
    " 941 954",
    "US-OK": "405 539 572 580 918",
    "US-MD": "227 240 301 410 443 667",
    "US-MS": "228 601 662 769",
    "US-NJ": "201 551 609 640 732 848 856 862 908 973",
    "US-CT": "203 475 860 959",
    "US-TX": "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903"
    " 915 936 940 945 956 972 979",
    "US-RI": "401",
}
STATE_OF_AREA: Mapping[str, str] = {
    code: state for state, codes in _AREA_CODES.items() for code in codes.split()
}


def zones_of_postal_code(code: str, country: str = "") -> tuple[str | None, tuple[str, ...]]:
    """The region, as in US-IN, and every zone it may have; no zones where nothing is known.

    `country` is the number's: "1" for North America. Five digits mean a ZIP code only there.
    """
    text = code.strip()
    if country not in {"", "1"}:
        return None, ()
    if zipped := _ZIP.fullmatch(text):
        state = _STATES[place - 1] if (place := bisect_right(_STARTS, int(zipped[1]))) else ""
        zones = tuple(zone for zone, states in _ZONES.items() if state and state in states.split())
        return (f"US-{state}", zones) if zones else (None, ())
    if canadian := _CANADIAN.fullmatch(text):
        return None, _PROVINCES.get(canadian[1].upper(), ())
    return None, ()
