"""How values are shown: numbers, spans, times, statuses."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from compliance.backtests.models import RunState
from compliance.reports.models import ReportState
from compliance.web.labels import LABELS, label_of
from compliance.web.permissions import Permission, roles_with
from compliance.web.templatetags import ninefold as shown
from policies.analysis import Relation, Status
from policies.model import Disposition
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import ElementStatus
from policies.vocabulary.findings import FindingState

MOMENT = datetime(2026, 11, 23, 10, 15, 4, 118000, tzinfo=UTC)


def test_times_are_shown_in_utc_for_people_and_machines() -> None:
    berlin = MOMENT.astimezone(timezone(timedelta(hours=1)))

    assert shown.moment(berlin) == (
        '<time datetime="2026-11-23T10:15:04.118000Z">2026-11-23 10:15:04 UTC</time>'
    )
    assert ">10:15:04.118<" in shown.moment(berlin, "clock")
    assert ">23 November 2026<" in shown.moment(berlin, "date")
    assert ">2026-11-23 10:15:04<" in shown.moment(berlin, "row")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.44, "0.4 s"),
        (9, "9 s"),
        (59, "59 s"),
        (840, "14 min"),
        (7200, "2 h"),
        (90000, "1 d"),
    ],
)
def test_spans_are_in_their_largest_unit(seconds: float, text: str) -> None:
    assert shown.span(seconds).replace("\u202f", " ") == text


def test_a_clock_that_is_behind_shows_no_negative_age() -> None:
    assert shown.since(MOMENT + timedelta(seconds=5), MOMENT).startswith("0")


def test_thousands_are_apart_by_a_narrow_space() -> None:
    assert shown.number(1204331) == "1\u202f204\u202f331"


def test_a_share_of_nothing_is_a_dash() -> None:
    assert shown.share_of(0, 0) == "–"
    assert shown.share_of(1, 3) == "33.3\u202f%"


def test_the_end_of_a_period_is_shown_by_its_last_day() -> None:
    assert shown.last_day(datetime(2026, 10, 1, tzinfo=UTC)).day == 30


def test_digests_and_references_are_shortened_but_can_be_told_apart() -> None:
    assert shown.short("sha256:" + "ab" * 32) == "sha256:ababababab…"
    assert shown.tail("dec_01kb7q9x2m4f8t0v6e3c1a5h7z") == "dec_…c1a5h7z".replace("…", "…3")


def test_attributes_read_as_labels() -> None:
    assert shown.attribute("amount_eur") == "Amount (EUR)"
    assert shown.attribute("payee_known") == "Payee known"
    assert shown.attribute("os_version") == "OS version"


def test_titles_keep_their_abbreviations_in_the_middle_of_a_sentence() -> None:
    assert shown.lower_first("Rooted or jailbroken") == "rooted or jailbroken"
    assert shown.lower_first("VPN in use") == "VPN in use"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("effect", list(Effect)),
        ("disposition", list(Disposition)),
        ("finding", list(FindingState)),
        ("element", list(ElementStatus)),
        ("obligation", ["open", "done", "failed", "skipped", "overdue"]),
        ("run", list(ReportState)),
        ("run", list(RunState)),
        ("truth", [True, False, None]),
        ("condition", [True, False, None]),
        ("property", list(Status)),
        ("warning", list(Status)),
        ("relation", list(Relation)),
        ("standing", [True, False, None]),
        ("case", [True, False]),
    ],
)
def test_every_value_of_the_domain_has_a_word(kind: str, values: list[object]) -> None:
    assert set(map(str, values)) == set(LABELS[kind])


def test_values_that_differ_have_words_that_differ() -> None:
    for kind, labels in LABELS.items():
        words = [str(label.word) for label in labels.values()]
        assert len(words) == len(set(words)), kind


def test_a_status_is_a_word_before_it_is_a_colour() -> None:
    assert shown.status("effect", "deny") == '<span class="tag tag--bad">Deny</span>'


def test_what_nobody_named_is_shown_as_it_is_and_escaped() -> None:
    assert label_of("effect", "new_effect").word == "new effect"
    assert shown.status("effect", "<b>") == '<span class="tag">&lt;b&gt;</span>'


def test_a_kind_of_status_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        label_of("mood", "good")


def test_every_permission_is_somebody_s() -> None:
    assert all(roles_with(permission) for permission in Permission)


def test_what_stands_between_backticks_is_code_and_escaped() -> None:
    assert shown.quoted("rule `a<b` counts") == "rule <code>a&lt;b</code> counts"
    assert shown.quoted("<i> `x`") == "&lt;i&gt; <code>x</code>"
    assert shown.quoted("one ` alone <b>") == "one ` alone <b>"  # escaped by the template


def test_an_error_s_text_becomes_a_sentence() -> None:
    assert shown.full_sentence("version 2 is not approved") == "Version 2 is not approved."
    assert shown.full_sentence("it ends so.") == "It ends so."
    assert shown.full_sentence("") == ""


def test_json_is_shown_with_what_fits_a_line_in_one() -> None:
    value = {"short": {"a": [1, "ä"]}, "long": [{"text": "x" * 90}, {"text": "y" * 90}]}

    text = shown.json_text(value)

    assert json.loads(text) == value
    assert '  "short": {"a": [1, "ä"]},' in text.split("\n")
    assert [line[:12] for line in text.split("\n")[3:5]] == ['    {"text":'] * 2
