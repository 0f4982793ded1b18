"""A template fills in what it is given, and can do nothing else."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidTemplate
from app.domain.finish import MAX_LENGTH
from app.domain.template import read_template

ANN = {"first_name": "Ann", "shop": "O'Brien & Sons", "lang": "es", "void": "", "gap": " \t"}

RENDERED = [
    ("Hi {{ first_name }}!", "Hi Ann!"),
    ("Hi {{first_name}}!", "Hi Ann!"),
    ("From {{ shop }}", "From O'Brien & Sons"),
    ("{sale} {{ first_name }} {50% off} }} %}", "{sale} Ann {50% off} }} %}"),
    ("Hi {{ nickname | default: 'there' }}", "Hi there"),
    ("Hi {{ void | default: 'there' }}", "Hi there"),
    ("Hi {{ gap | default: 'there' }}", "Hi there"),
    ("Hi {{ nickname | default: first_name }}", "Hi Ann"),
    ("Hi {{ first_name | default: 'there' | upcase }}", "Hi ANN"),
    ("Hi {{ nickname | upcase | default: 'there' }}", "Hi there"),
    ("{{ 'ann' | capitalize }}", "Ann"),
    ("{{ first_name | downcase | append: '@' | prepend: '@' }}", "@ann@"),
    ("{{ ' a  b ' | strip }}|{{ ' a  b ' | squish }}", "a  b|a b"),
    ("{{ shop | truncate: 10 }}", "O'Brien..."),
    ("{{ shop | replace: '&', 'and' | remove: ' Sons' }}", "O'Brien and"),
    ("{% if first_name %}Hi {{ first_name }}{% else %}Hi{% endif %}", "Hi Ann"),
    ("{% if nickname %}Hi {{ nickname }}{% else %}Hi{% endif %}", "Hi"),
    ("{% if void or gap %}yes{% else %}no{% endif %}", "no"),
    ("{% if lang == 'de' %}Hallo{% elsif lang == 'es' %}Hola{% endif %}", "Hola"),
    ("{% if nickname != 'Bo' and shop contains 'Sons' %}yes{% endif %}", "yes"),
    ("{% unless vip %}Join us{% endunless %}", "Join us"),
    ("{% case lang %}{% when 'de', 'at' %}Hallo{% when 'es' %}Hola{% endcase %}", "Hola"),
    ("{% case vip %}{% when 'yes' %}Gold{% else %}Hi{% endcase %}", "Hi"),
    ("{% comment %}for {{ nobody }}{% endcomment %}Hi", "Hi"),
    ("{% raw %}{{ first_name }}{% endraw %}", "{{ first_name }}"),
    ("a {{- first_name -}} b", "aAnnb"),
    ("{{ '<b>' }}", "<b>"),
]


@pytest.mark.parametrize(("text", "rendered"), RENDERED)
def test_a_template_is_filled_in(text: str, rendered: str) -> None:
    template = read_template(text)
    assert template.missing(ANN) == ()
    assert template.render(ANN) == rendered
    assert not template.is_plain


@pytest.mark.parametrize(
    "text", ["", "Hi", "{sale} {50%} } {", "50% {#1}", "Grüße 👋\n\t", "{ { a } }"]
)
def test_a_text_without_placeholders_is_itself(text: str) -> None:
    template = read_template(text)
    assert template.is_plain
    assert template.fields == frozenset()
    assert template.render({}) is text


@pytest.mark.parametrize(
    ("text", "fields", "mentioned"),
    [
        ("{{ a }} {{ b }} {{ a }}", "ab", "ab"),
        ("{{ a | default: '' }}", "", "a"),
        ("{{ a | default: b }}", "b", "ab"),
        ("{{ a | upcase | default: 'x' | append: b }}", "b", "ab"),
        ("{{ a | default: 'x' }} {{ a }}", "a", "a"),
        ("{{ 'x' | append: a }}", "a", "a"),
        ("{% if a %}x{% endif %}", "", "a"),
        ("{% if a %}{{ a }}{% endif %}", "", "a"),
        ("{% if a %}{{ a }}{% endif %}{{ a }}", "a", "a"),
        ("{% if a %}{{ b }}{% endif %}", "b", "ab"),
        ("{% if a and b %}{{ a }}{{ b }}{% endif %}", "", "ab"),
        ("{% if a or b %}{{ a }}{{ b }}{% endif %}", "ab", "ab"),
        ("{% if a %}{% if b %}{{ a }}{{ b }}{% endif %}{% endif %}", "", "ab"),
        ("{% if a %}x{% else %}{{ a }}{% endif %}", "a", "a"),
        ("{% if a %}x{% elsif b %}{{ b }}{% endif %}", "", "ab"),
        ("{% if a == 'x' %}{{ a }}{% endif %}", "a", "a"),
        ("{% unless a %}{{ b }}{% endunless %}", "b", "ab"),
        ("{% unless a %}{{ a }}{% endunless %}", "a", "a"),
        ("{% case a %}{% when 'x' %}{{ b }}{% when c %}{% endcase %}", "b", "abc"),
        ("{% raw %}{{ a }}{% endraw %}{% comment %}{{ b }}{% endcomment %}", "", ""),
    ],
)
def test_a_template_knows_which_fields_it_needs(text: str, fields: str, mentioned: str) -> None:
    template = read_template(text)
    assert template.fields == set(fields)
    assert template.mentioned == set(mentioned)


def test_a_name_may_have_accents_dashes_and_even_spaces() -> None:
    template = read_template("{{ prénom }} {{ last-name }} {{ ['first name'] }}")
    assert template.fields == {"prénom", "last-name", "first name"}
    assert template.render({"prénom": "A", "last-name": "B", "first name": "C"}) == "A B C"


def test_absent_empty_and_blank_values_are_missing() -> None:
    template = read_template("{{ first_name }} {{ void }} {{ gap }} {{ absent }}")
    assert template.missing(ANN) == ("absent", "gap", "void")


def test_nothing_is_rendered_without_a_value_that_is_needed() -> None:
    with pytest.raises(InvalidTemplate, match="no value for absent, void"):
        read_template("Hi {{ absent }}{{ void }}").render(ANN)


def test_fields_that_the_template_does_not_name_change_nothing() -> None:
    assert read_template("Hi {{ a }}").render({"a": "x", "default": "y", "{{": "z"}) == "Hi x"


def test_a_value_is_never_read_as_a_template() -> None:
    assert read_template("{{ a }}").render({"a": "{{ b }}{% if c %}"}) == "{{ b }}{% if c %}"


@pytest.mark.parametrize("name", ["now", "today", "forloop", "self", "__class__"])
def test_no_name_has_a_value_of_its_own(name: str) -> None:
    """Liquid knows the time by two names, and the rules know no clock."""
    template = read_template(f"{{{{ {name} | default: 'nothing' }}}}")
    assert template.render({}) == "nothing"


REFUSED = [
    ("Hi\n {{ a", r"line 2, column 2: expected '}}'"),
    ("{{ a }", "line 1, column 1: expected '}}'"),
    ("{{ }}", "unfinished placeholder or tag"),
    ("{{ a | }}", "unfinished placeholder or tag"),
    ("{{ a b }}", "line 1, column 6: expected end of expression"),
    ("Hi\nthere\n{{ a $ }}", "line 3, column 6: unexpected '$'"),
    ("{{ a | shout }}", "line 1, column 8: unknown filter 'shout'"),
    ("{{ a | date: '%Y' }}", "unknown filter 'date'"),
    ("{{ a | escape }}", "unknown filter 'escape'"),
    ("{{ a | size }}", "unknown filter 'size'"),
    ("{{ a | split: ',' }}", "unknown filter 'split'"),
    ("{{ a | replace }}", "line 1, column 8: replace"),
    ("{% if a %}{{ b | truncate: 1, 2, 3, 4 }}{% endif %}", "line 1, column 18: truncate"),
    ("{{ a | truncate: 'x' }}", "truncate expected an integer"),
    ("{{ a.b }}", "a.b is no field"),
    ("{{ a[0] }}", "is no field"),
    ("{{ a['b'] }}", "a.b is no field"),
    ("{{ [a] }}", "is no field"),
    ("{% if a.size %}x{% endif %}", "a.size is no field"),
    ("{{ (1..1000000000) }}", "ranges are not available"),
    ("{{ empty }}", "words of Liquid, not fields"),
    ("{{ a | append: nil }}", "words of Liquid, not fields"),
    ("{{ a if b else c }}", "disallowed ternary"),
    ("{% if a", "missing tag name or closing delimiter"),
    ("{% if a %}x", "unfinished placeholder or tag: expected tag endif"),
    ("{% if %}x{% endif %}", "missing expression"),
    ("x{% endif %}", "unexpected tag 'endif'"),
    ("{% if a %}1{% else %}2{% else %}3{% endif %}", "expected tag endif"),
    ("{% unless a %}1{% else %}2{% else %}3{% endunless %}", "expected tag endunless"),
    ("{% if a > 'b' %}x{% endif %}", "cannot be compared by size"),
    ("{% if b %}{% elsif a <= 'b' %}x{% endif %}", "cannot be compared by size"),
    ("{% if a == 3 %}x{% endif %}", "line 1, column 12: fields are text"),
    ("{% if a == 3.5 %}x{% endif %}", "fields are text"),
    ("{% if a == true %}x{% endif %}", "fields are text"),
    ("{% case a %}{% when 3 %}x{% endcase %}", "fields are text"),
    ("{% if a == blank %}x{% endif %}", "a field without a value is false"),
    ("{% if a != empty %}x{% endif %}", "a field without a value is false"),
    ("{% if a == nil %}x{% endif %}", "a field without a value is false"),
    ("{% if a != '' %}x{% endif %}", "a field without a value is false"),
    ("{% comment %}x", "comment tag was never closed"),
    ("{% raw %}x", "unexpected tag 'raw'"),
    ("{% doc %}x{% enddoc %}", "line 1, column 1"),
    ("{%%}", "missing tag name"),
    ("{% if a %}" * 40 + "{% endif %}" * 40, "block nesting limit"),
    ("{" * (MAX_LENGTH + 1), "longer than 10000 characters"),
]

TAGS = ["for x in a", "tablerow x in a", "assign x = 'y'", "capture x", "cycle 'a', 'b'"]
TAGS += ["increment x", "decrement x", "echo a", "liquid echo a", "include 'x'", "render 'x'"]
TAGS += [
    "ifchanged",
    "extends 'x'",
    "block x",
    "macro x",
    "call x",
    "with a: b",
    "translate",
    "# x",
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_allowed_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(InvalidTemplate) as refusal:
        read_template(text)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("tag", TAGS)
def test_what_could_loop_assign_or_load_is_unknown(tag: str) -> None:
    with pytest.raises(InvalidTemplate, match="line 1, column 4: unexpected tag"):
        read_template(f"{{% {tag} %}}")


def test_a_text_that_grows_too_long_is_refused() -> None:
    template = read_template("{{ a }}{{ a }}")
    assert len(template.render({"a": "x" * 5_000})) == MAX_LENGTH
    for value in ("x" * 5_001, "ü" * 5_001, "😀" * 20_000, "x" * 1_000_000):
        with pytest.raises(InvalidTemplate):
            template.render({"a": value})


def test_a_row_of_replacements_cannot_fill_the_memory() -> None:
    text = "{{ 'a' " + "| replace: 'a', 'aaaaaaaaaa' " * 100 + "}}"
    tracemalloc.start()
    try:
        with pytest.raises(InvalidTemplate, match="longer than 10000 characters"):
            read_template(text)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_templates_of_the_same_text_are_equal() -> None:
    assert read_template("Hi {{ a }}") == read_template("Hi {{ a }}")
    assert len({read_template("Hi {{ a }}"), read_template("Hi {{ a }}")}) == 1


VALUES = st.text(min_size=1, max_size=50).filter(lambda value: not value.isspace())


@settings(max_examples=150, deadline=None)
@given(VALUES, st.text(st.characters(exclude_characters="{%"), max_size=50))
def test_every_value_comes_out_as_it_went_in(value: str, around: str) -> None:
    template = read_template(f"{around}{{{{ a }}}}{around}")
    assert template.render({"a": value}) == around + value + around


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.text(" x", max_size=2)))
def test_a_text_is_rendered_exactly_if_nothing_is_missing(fields: dict[str, str]) -> None:
    template = read_template("{{ a }}{% if b %}{{ b }}{% endif %}{{ c | default: 'y' }}")
    if template.missing(fields):
        assert template.missing(fields) == ("a",)
        with pytest.raises(InvalidTemplate):
            template.render(fields)
    else:
        assert template.render(fields).startswith(fields["a"])


SCRAPS = [
    "{{",
    "}}",
    "{%",
    "%}",
    " if ",
    " a ",
    "endif",
    "|",
    "default:",
    "'",
    "x",
    "raw",
    "endraw",
]
SCRAPS += [
    " for ",
    "comment",
    "endcomment",
    "case",
    "when",
    "-",
    ".",
    "[",
    "]",
    "(1..9)",
    "\n",
    "==",
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        template = read_template(text)
    except InvalidTemplate:
        return
    assert isinstance(template.render(dict.fromkeys(template.fields, "v")), str)
