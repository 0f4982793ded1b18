"""Programme name and opt-out line are added once, and not where the text has them already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.finish import Finish
from app.domain.footer import NO_TEXTS, SenderTexts, with_footer
from app.domain.opt_out_lines import tells_how_to_opt_out
from app.domain.template import read_template

LINE = "Reply STOP to opt out"
BOTH = SenderTexts("Bells", True, LINE, True)  # noqa: FBT003 (as they stand in the table)

TELLS = [
    "Reply STOP to opt out",
    "reply stop to unsubscribe",
    "Sale today. Txt STOP to end",
    "STOP to end",
    "Sale! Stop2End",
    "20% off, stop=end",
    "Text \u201cSTOP\u201d to quit",
    "To opt out reply STOP.",
    "HELP for help, STOP to cancel",
    "Msg&data rates may apply. STOP2Quit",
    "Reply with the word STOP",
    "Send STOP and you get no more",
    "unsubscribe: https://bells.test/u",
    "Opt-out: STOP",
    "Sale \u2013 STOP to 80888",
    "STOP au 36180",
    "R\u00e9pondez STOP",
    "Envoyez ARRET pour ne plus recevoir",
    "Antworte mit STOPP",
    "Abmelden: STOP",
    "STOP an 12345",
    "Responde BAJA",
    "Env\u00eda ALTO para cancelar",
    "Envie SAIR",
    "Rispondi STOP",
    "Invia STOP al 12345",
    "Stuur STOP naar 4040",
    "Antwoord met AFMELDEN",
]
TELLS_NOT = [
    "Don't stop to think",
    "Don't STOP to rest",
    "We will not stop to end hunger",
    "The bus stops at 8. Stop by the shop",
    "Non-stop party",
    "Text me at the end of the day",
    "Reply YES to confirm",
    "Stop in today: 20% off",
    "STOP the presses!",
    "STOP! 2 for 1 today",
    "STOP 2 for 1",
    "Our end of season sale",
    "bus stop to town",
    "Call us to unsubscribe",
    "Ends soon, reply to this text",
    "",
]


@pytest.mark.parametrize("text", TELLS)
def test_an_instruction_is_found_in_many_words(text: str) -> None:
    assert tells_how_to_opt_out(text)


@pytest.mark.parametrize("text", TELLS_NOT)
def test_ordinary_texts_have_none(text: str) -> None:
    assert not tells_how_to_opt_out(text)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Hi", f"Bells: Hi\n{LINE}"),
        ("Bells: Hi", f"Bells: Hi\n{LINE}"),
        ("BELLS - Hi", f"BELLS - Hi\n{LINE}"),
        ("[Bells] Hi", f"[Bells] Hi\n{LINE}"),
        ("Bellsville calls", f"Bells: Bellsville calls\n{LINE}"),
        ("Hi from Bells", f"Bells: Hi from Bells\n{LINE}"),
        ("Hi. Txt STOP to end", "Bells: Hi. Txt STOP to end"),
        ("Hi.  reply  stop to opt out ", "Bells: Hi.  reply  stop to opt out "),
        ("Hi \n", f"Bells: Hi\n{LINE}"),
        ("", ""),
        (" ", " "),
    ],
)
def test_each_is_added_where_it_is_missing(text: str, whole: str) -> None:
    assert with_footer(text, BOTH) == whole


def test_what_is_switched_off_is_not_added() -> None:
    assert with_footer("Hi", NO_TEXTS) == "Hi"
    assert with_footer("Hi", SenderTexts("Bells", False, LINE, True)) == f"Hi\n{LINE}"  # noqa: FBT003 (as in the table)
    assert with_footer("Hi", SenderTexts("Bells", True, LINE, False)) == "Bells: Hi"  # noqa: FBT003 (as in the table)
    assert not SenderTexts("Bells", False, LINE, False).adds_something  # noqa: FBT003 (as in the table)


WORDS = st.text(min_size=1, max_size=30).filter(lambda text: any(map(str.isalnum, text)))


@given(st.text(max_size=80), WORDS, WORDS)
def test_what_was_added_is_not_added_again(text: str, name: str, line: str) -> None:
    texts = SenderTexts(name.strip(), True, line.strip(), True)  # noqa: FBT003 (as in the table)
    once = with_footer(text, texts)
    assert with_footer(once, texts) == once
    assert text.strip() in once


def test_a_template_is_finished_for_each_recipient() -> None:
    template = read_template("Hi {{ name }}").finished(Finish(BOTH))

    assert template.render({"name": "Ada"}) == f"Bells: Hi Ada\n{LINE}"
    assert template.text == "Hi {{ name }}"


def test_a_text_that_comes_out_empty_stays_so() -> None:
    template = read_template("{% if name %}{{ name }}{% endif %}").finished(Finish(BOTH))

    assert template.render({}) == ""


def test_a_plain_template_is_finished_once_for_all() -> None:
    template = read_template("Hi").finished(Finish(BOTH))

    assert template.compose({}) is template.compose({"name": "Ada"})
