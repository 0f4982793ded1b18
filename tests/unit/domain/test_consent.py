"""Whoever wants to leave is let go, and an ordinary reply stays one."""

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.consent import Certainty, OwnWords, Reply, ReplyReading, read_reply
from app.domain.consent_words import ALONE, HELP, OPT_IN, OPT_OUT, PHRASES, TYPED_OFTEN

LEAVING = [
    # the words that revoke by definition, 47 CFR 64.1200(a)(10)
    ("stop", "stop", Certainty.KEYWORD),
    ("QUIT", "quit", Certainty.KEYWORD),
    ("End", "end", Certainty.KEYWORD),
    ("revoke", "revoke", Certainty.KEYWORD),
    ("opt out", "opt out", Certainty.KEYWORD),
    ("OPT-OUT", "opt out", Certainty.KEYWORD),
    ("optout", "optout", Certainty.KEYWORD),
    ("Cancel", "cancel", Certainty.KEYWORD),
    ("Unsubscribe.", "unsubscribe", Certainty.KEYWORD),
    # other lists
    ("STOPALL", "stopall", Certainty.KEYWORD),
    ("stop all", "stop all", Certainty.KEYWORD),
    ("unsub", "unsub", Certainty.KEYWORD),
    ("remove", "remove", Certainty.KEYWORD),
    ("STOP2QUIT", "stop2quit", Certainty.KEYWORD),
    ("Stop texting", "stop texting", Certainty.KEYWORD),
    # languages
    ("ARRÊT", "arret", Certainty.KEYWORD),
    ("Arret svp", "arret", Certainty.POLITE),
    ("STOPP", "stopp", Certainty.KEYWORD),
    ("Stopp bitte!", "stopp", Certainty.POLITE),
    ("ALTO", "alto", Certainty.KEYWORD),
    ("Baja", "baja", Certainty.KEYWORD),
    ("FIN", "fin", Certainty.KEYWORD),
    ("parar por favor", "parar", Certainty.POLITE),
    ("No más", "no mas", Certainty.KEYWORD),
    ("¡NO MAS!", "no mas", Certainty.KEYWORD),
    ("Sair", "sair", Certainty.KEYWORD),
    ("FERMA", "ferma", Certainty.KEYWORD),
    ("Basta, grazie", "basta", Certainty.POLITE),
    ("afmelden aub", "afmelden", Certainty.POLITE),
    # how phones write
    ("“STOP”", "stop", Certainty.KEYWORD),
    ("'stop'", "stop", Certainty.KEYWORD),
    ("st\u200bop", "stop", Certainty.KEYWORD),
    ("ＳＴＯＰ", "stop", Certainty.KEYWORD),
    ("🛑 STOP 🛑", "stop", Certainty.KEYWORD),
    ("S.T.O.P.", "stop", Certainty.KEYWORD),
    ("s t o p", "stop", Certainty.KEYWORD),
    ("STOP\n\n", "stop", Certainty.KEYWORD),
    # polite people, and less polite ones
    ("Stop. Thank you", "stop", Certainty.POLITE),
    ("stop pls", "stop", Certainty.POLITE),
    ("please stop", "stop", Certainty.POLITE),
    ("No, stop.", "stop", Certainty.POLITE),
    ("Yes please cancel", "cancel", Certainty.POLITE),
    ("stop it now", "stop", Certainty.POLITE),
    ("STOP STOP STOP", "stop", Certainty.POLITE),
    ("STOP END", "stop", Certainty.POLITE),
    ("Stop, help", "stop", Certainty.POLITE),
    ("STOP!!! You people are awful", "stop", Certainty.PHRASE),
    ("Who is this? Stop.", "stop", Certainty.PHRASE),
    ("I moved to Ohio\nSTOP", "stop", Certainty.PHRASE),
    # any wording that a reasonable person would understand
    ("take me off your list", "take me off", Certainty.PHRASE),
    ("Please remove me from this list", "remove me", Certainty.PHRASE),
    ("Do not text me", "dont text me", Certainty.PHRASE),
    ("Don’t ever text me again", "dont text me", Certainty.PHRASE),
    ("dont contact me anymore", "dont contact me", Certainty.PHRASE),
    ("Leave me alone!!", "leave me alone", Certainty.PHRASE),
    ("lose my number", "lose my number", Certainty.PHRASE),
    ("Sorry, wrong number", "wrong number", Certainty.PHRASE),
    ("You have the WRONG PERSON", "wrong person", Certainty.PHRASE),
    ("stop texting me about the election", "stop texting me", Certainty.PHRASE),
    ("Stop sending me these", "stop sending me", Certainty.PHRASE),
    ("quit texting me", "quit texting me", Certainty.PHRASE),
    ("unsubscribe me from everything", "unsubscribe", Certainty.PHRASE),
    ("How do I opt out?", "opt out", Certainty.PHRASE),
    ("I want no more messages", "no more messages", Certainty.PHRASE),
    ("Por favor no me escriban", "no me escriban", Certainty.PHRASE),
    ("Número equivocado", "numero equivocado", Certainty.PHRASE),
    ("Bitte keine SMS mehr", "keine sms mehr", Certainty.PHRASE),
    ("Não quero receber isso", "nao quero receber", Certainty.PHRASE),
    # one slip of the finger
    ("Stpo", "stop", Certainty.TYPO),
    ("stops", "stop", Certainty.TYPO),
    ("Stooooop", "stop", Certainty.TYPO),
    ("unsubcribe", "unsubscribe", Certainty.TYPO),
    ("Cancle", "cancel", Certainty.TYPO),
]

STAYING = [
    "",
    "   ",
    "🛑",
    "...",
    "We have got to STOP this terrible bill",
    "Please don't stop",
    "do not stop what you are doing",
    "never stop",
    "Stop by the office on Monday",
    "I will stop by tomorrow.",
    "non stop",
    "stop texting while driving",
    "Don't text and drive",
    "The end of the story",
    "End of the week works",
    "End please",
    "I won't quit",
    "Quit smoking now",
    "Never quit",
    "La fin de semaine",
    "Baja California",
    "I had to cancel my dentist",
    "Can you revoke a pass?",
    "please don't unsubscribe me",
    "Don't remove me!",
    "shop",
    "Step",
    "cancer",
    "Remote",
    "top",
    "Yes",
    "yes please",
    "no",
    "No thanks",
    "ok",
    "Thanks!",
    "What time do you open?",
    "Start the meeting without me",
    "Do not start",
    "It did not help",
    "Can you help us with this order",
    "More info about the sale",
    "Hasta mañana",
    "Das Ende",
    "I can't stop laughing",
    "Please don't cancel my order",
    "The bus stop is around the corner",
    "When does the sale end?",
    "We quit early on Fridays",
    "Can I cancel on Monday?",
    "Did you remove the fee?",
    "The subscription is great",
    "I opted for the blue one",
    "Text me the address",
    "Contact me tomorrow",
    "Send me the menu please",
    "Leave it at the door",
    "My number is 42",
    "Is this the right number?",
    "One more message from the team?",
    "Never mind",
    "Alone at home",
    "Parar en la esquina",
    "Stopwatch",
    "Nonstop flights?",
    "Ende der Woche passt",
    "Muchas gracias",
]


def test_both_tables_are_long_enough_to_mean_something() -> None:
    assert len(LEAVING) >= 60
    assert len(STAYING) >= 60


@pytest.mark.parametrize(("text", "keyword", "certainty"), LEAVING)
def test_whoever_wants_to_leave_is_understood(
    text: str, keyword: str, certainty: Certainty
) -> None:
    assert read_reply(text) == ReplyReading(Reply.OPT_OUT, keyword, certainty)


@pytest.mark.parametrize("text", STAYING)
def test_an_ordinary_reply_is_left_alone(text: str) -> None:
    assert read_reply(text) == ReplyReading(Reply.OTHER)


@pytest.mark.parametrize(
    ("text", "keyword", "certainty"),
    [
        ("HELP", "help", Certainty.KEYWORD),
        ("help me please", "help", Certainty.POLITE),
        ("info?", "info", Certainty.KEYWORD),
        ("Aide", "aide", Certainty.KEYWORD),
        ("aide s'il vous plaît", "aide", Certainty.POLITE),
    ],
)
def test_whoever_asks_for_help_is_heard(text: str, keyword: str, certainty: Certainty) -> None:
    assert read_reply(text) == ReplyReading(Reply.HELP, keyword, certainty)


@pytest.mark.parametrize(
    ("text", "keyword", "certainty"),
    [
        ("START", "start", Certainty.KEYWORD),
        ("Start now please", "start", Certainty.POLITE),
        ("Unstop", "unstop", Certainty.KEYWORD),
        ("un-stop", None, None),
    ],
)
def test_whoever_comes_back_is_welcome(
    text: str, keyword: str | None, certainty: Certainty | None
) -> None:
    reply = Reply.OPT_IN if keyword else Reply.OTHER
    assert read_reply(text) == ReplyReading(reply, keyword, certainty)


@pytest.mark.parametrize(
    ("text", "certainty"), [("YES", Certainty.KEYWORD), ("Yes, thank you", Certainty.POLITE)]
)
def test_yes_brings_back_only_those_who_had_left(text: str, certainty: Certainty) -> None:
    assert read_reply(text, opted_out=True) == ReplyReading(Reply.OPT_IN, "yes", certainty)
    assert read_reply(text, opted_out=False) == ReplyReading(Reply.OTHER)


def test_stop_counts_for_those_who_had_left_too() -> None:
    assert read_reply("yes stop", opted_out=True).reply is Reply.OPT_OUT


@pytest.mark.parametrize("words", [OPT_OUT, ALONE, HELP, OPT_IN, PHRASES])
def test_every_listed_word_is_written_as_replies_are_normalised(words: frozenset[str]) -> None:
    for listed in words:
        assert listed == " ".join(listed.split())
        assert set(listed) <= set(string.ascii_lowercase + string.digits + " ")


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_every_phrase_is_found_inside_a_message(phrase: str) -> None:
    assert read_reply(f"Hello, {phrase} today").reply is Reply.OPT_OUT


KEYWORDS = sorted(OPT_OUT | ALONE | HELP | OPT_IN)
NOISE = st.text(
    [*" \t\n.,!?;:…-—\"'«»“”*()", "\u200b", "\u00a0", "\ufeff", "\u202e", *"🛑👍🏽❤️"],
    max_size=6,
)
ACCENTS = ["", "", "", "\u0301", "\u0308", "\u200d"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KEYWORDS), NOISE, NOISE, st.data())
def test_case_accents_and_punctuation_never_change_a_keyword(
    keyword: str, before: str, after: str, data: st.DataObject
) -> None:
    dressed = "".join(
        data.draw(st.sampled_from([letter, letter.upper()]))
        + (data.draw(st.sampled_from(ACCENTS)) if letter.isalpha() else "")
        for letter in keyword
    )
    composed = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), dressed)
    assert read_reply(before + composed + after) == read_reply(keyword)
    assert read_reply(keyword).certainty is Certainty.KEYWORD


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(TYPED_OFTEN)), st.data())
def test_one_slip_in_a_long_word_is_seen_through(keyword: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(keyword) - 1))
    letter = data.draw(st.sampled_from("xzj"))
    for slip in (keyword[:at] + letter + keyword[at:], keyword[:at] + letter + keyword[at + 1 :]):
        reading = read_reply(slip)  # "rejoke" may be meant as remove or as revoke
        assert (reading.reply, reading.certainty) == (Reply.OPT_OUT, Certainty.TYPO)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.booleans())
def test_any_text_is_read(text: str, opted_out: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    reading = read_reply(text, opted_out=opted_out)
    assert (reading.reply is Reply.OTHER) == (reading.keyword is None)
    assert (reading.certainty is None) == (reading.keyword is None)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(OPT_OUT)), st.text(max_size=80))
def test_a_keyword_on_a_line_of_its_own_is_never_lost(keyword: str, rest: str) -> None:
    assert read_reply(f"{rest}\n{keyword}\n{rest}").reply is Reply.OPT_OUT


def test_a_sender_has_words_of_its_own_beside_the_common_ones() -> None:
    own = OwnWords({"genug jetzt": Reply.OPT_OUT, "wer da": Reply.HELP, "zuruck": Reply.OPT_IN})

    for words, reply in [
        ("Genug jetzt!", Reply.OPT_OUT),
        ("bitte genug jetzt, danke", Reply.OPT_OUT),
        ("Wer da?", Reply.HELP),
        ("Zurück", Reply.OPT_IN),
        ("STOP", Reply.OPT_OUT),
        ("Es ist genug jetzt da", Reply.OTHER),
    ]:
        assert read_reply(words, own=own).reply is reply, words
        if reply is not Reply.OPT_OUT or words != "STOP":
            assert read_reply(words).reply is Reply.OTHER, words


def test_yes_answers_the_question_of_a_double_opt_in() -> None:
    assert read_reply("Yes", asked=True).reply is Reply.OPT_IN
