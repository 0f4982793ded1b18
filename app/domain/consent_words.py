"""The words and phrases of consent, as data: what people write to leave, to return, to ask.

Everything is written as it is compared: in small letters, without accents and punctuation.
"""


def _set(*lists: str) -> frozenset[str]:
    return frozenset(words for line in lists for words in line.split(", "))


OPT_OUT = _set(
    "stop, revoke, opt out, optout, cancel, unsubscribe",  # 47 CFR 64.1200(a)(10)
    "stopall, stop all, unsub, remove, stop2quit",  # the default lists of carriers and providers
    "stop texting, stop texts, stop messages, stop messaging, stop sms",
    "arret, stopp, alto, parar, no mas, sair, ferma, basta, afmelden",  # fr, de, es, pt, it, nl
)
ALONE = _set("end, quit", "fin, baja")  # opt out, but only as the whole message
HELP = _set("help, info, aide")  # CTIA Messaging Principles 5.1; AIDE is expected in Canada
OPT_IN = _set("start, unstop")
YES = _set("yes")

POLITE = _set(
    "please, pls, plz, thank, thanks, thankyou, thx, tks, ty, you, u, hi, hello, hey, dear, kindly",
    "sir, madam, maam, sorry, now, immediately, ok, okay, me, it, this, and",
    "bitte, danke, por, favor, gracias, merci, svp, sil, vous, plait, obrigado, obrigada",
    "grazie, per, favore, alstublieft, aub, bedankt, dank, je",
)
"""These change nothing beside a keyword."""

BESIDE_OPT_OUT = POLITE | ALONE | _set("no, nope, yes, yeah, texts, messages, sms")
FILLERS = _set("please, pls, plz, kindly, ever, just, fucking, damn")  # may stand in a phrase
NEGATIONS = _set("dont, not, never, didnt, doesnt, wont, cant")  # turn the phrase after them round

PHRASES = _set(
    "take me off, take us off, take my number off, remove me, remove my number, delete me",
    "delete my number, unsubscribe, opt out, opt me out, opting out, revoke my consent",
    "dont text me, dont text us, dont text this number, dont text anymore, dont contact me",
    "dont message me, dont send me, dont want these texts, dont want these messages",
    "never text me, never contact me, never message me, no more texts, no more text messages",
    "no more messages, no more sms, leave me alone, leave us alone, lose my number",
    "lose this number, wrong number, wrong person, stop texting me, stop texting us",
    "stop texting this number, stop messaging me, stop contacting me, stop sending me",
    "stop sending these, stop bothering me, stop spamming, stop harassing me, stop these texts",
    "stop these messages, stop the texts, stop the messages, stop all texts, stop all messages",
    "quit texting me, quit messaging me, quit contacting me, cease and desist",
    "no mas mensajes, no me escriban, no me envien, no me manden, dejen de escribirme",
    "dejen de enviarme, numero equivocado, desabonnez moi, desinscrivez moi, plus de messages",
    "keine sms mehr, keine nachrichten mehr, falsche nummer, nao quero receber, numero errado",
    "non scrivetemi, numero sbagliato, geen berichten meer, verkeerd nummer",
)
"""Whoever says this wants to leave, whatever else is said."""

TYPED_OFTEN = ("stop", "stopall", "unsubscribe", "cancel", "revoke", "remove", "optout")
REAL_WORDS = _set("shop, step, slop, swop, atop, stow, stoop, stomp, strop, stoep, cancer, remote")
"""One letter away from those, and words of their own."""
