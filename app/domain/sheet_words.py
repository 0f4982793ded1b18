"""The words that people write over a column, in several languages, and what each means here."""

import unicodedata
from collections.abc import Mapping

from app.domain.contact import ATTRIBUTES

NUMBER, OPTED_OUT, LIST, TAGS = "number", "opted_out", "list", "tags"
COLUMNS = (NUMBER, *ATTRIBUTES, TAGS, LIST, OPTED_OUT)
"""What a column can be besides a free field."""

_WORDS: Mapping[str, str] = {
    # The best word for a number first: where a sheet has several, the mobile one is texted.
    NUMBER: """mobile number, mobile phone, mobile, cell phone, cell, cellphone, mobiltelefon,
        mobilnummer, mobil, handynummer, handy, telefono movil, movil, celular, telefone celular,
        telemovel, telephone portable, portable, mobile phone number, cellulare, telefono cellulare,
        mobiel, mobiele nummer, mobiltelefonnummer, telefon komorkowy, komorka, gsm, msisdn,
        phone number, phone, number, telephone number, telephone, tel, to, recipient, phone 1 value,
        telefonnummer, telefon, rufnummer, nummer, numero de telefono, telefono, numero,
        numero de telephone, telefone, numero de telefone, numero di telefono, telefoonnummer,
        telefoon, telefonnumer, numer telefonu, numer, телефон, номер телефона, мобильный, номер,
        電話番号, 携帯電話, 电话, 手机, 手机号, 전화번호, 휴대폰, هاتف, जवाल, e164, whatsapp""",
    "first_name": """first name, firstname, given name, forename, vorname, prenom, nombre,
        nombre de pila, nome, primeiro nome, nome proprio, voornaam, fornavn, fornamn, etunimi,
        imie, jmeno, имя, 名, 이름, fname""",
    "last_name": """last name, lastname, surname, family name, nachname, familienname, zuname,
        nom, nom de famille, apellido, apellidos, sobrenome, ultimo nome, apelido, cognome,
        achternaam, etternavn, efternavn, efternamn, sukunimi, nazwisko, prijmeni, фамилия, 姓,
        성, lname""",
    "language": """language, lang, locale, preferred language, sprache, langue, idioma, lengua,
        lingua, taal, sprak, sprog, kieli, jezyk, jazyk, язык, 言語, 语言, 언어""",
    "time_zone": """time zone, timezone, tz, zeitzone, fuseau horaire, fuseau, zona horaria,
        huso horario, fuso horario, fuso orario, tijdzone, tidssone, tidszon, strefa czasowa,
        часовой пояс""",
    "postal_code": """postal code, postalcode, post code, postcode, zip code, zipcode, zip, plz,
        postleitzahl, code postal, cp, codigo postal, cep, codice postale, cap, postnummer,
        postinumero, kod pocztowy, psc, почтовый индекс, индекс, 郵便番号, 邮编, 우편번호""",
    TAGS: """tags, tag, labels, label, schlagworte, schlagworter, etiquettes, etiquetas, etichette,
        метки""",
    LIST: "list, lists, list name, liste, listen, listes, lista, listas, liste di, lijst, список",
    OPTED_OUT: """opted out, opt out, optout, opted out at, opt out date, unsubscribed, unsubscribe,
        unsubscribed at, stop, do not text, do not contact, dnc, abgemeldet, abmeldung,
        widerspruch, desabonne, desinscrit, desinscription, baja, dado de baja, descadastrado,
        disiscritto, afgemeld, отписан""",
}


def plain_word(text: str) -> str:
    """A heading without case, accents, punctuation and invisible characters."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c if c.isalnum() else " " for c in flat if unicodedata.category(c) not in _UNHEARD)
    return " ".join("".join(kept).split())


_UNHEARD = {"Mn", "Cf"}

_RANKED = {
    plain_word(word): (attribute, rank)
    for attribute, words in _WORDS.items()
    for rank, word in enumerate(words.split(","))
}


def meaning(heading: str) -> tuple[str, int] | None:
    """What a column with this heading is, and how well that fits (0 is best); None: unknown."""
    word = plain_word(heading)
    return _RANKED.get(word) or _RANKED.get(word.replace(" ", ""))


def is_known(heading: str) -> bool:
    """Is it a word that stands over a column?"""
    return meaning(heading) is not None
