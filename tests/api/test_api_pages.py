"""The public pages about the REST interface."""
# SPDX-License-Identifier: Apache-2.0

import re

import pytest
from django.test import Client

from compliance.api.problem_texts import MEANINGS
from compliance.api.reference import kind_of
from compliance.api.templatetags.reference import with_code
from compliance.api.v1.openapi import openapi_document
from compliance.core.problems import STATUS_OF

pytestmark = pytest.mark.urls("tests.api.root_urls")


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    assert set(MEANINGS) == set(STATUS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize("code", STATUS_OF)
def test_the_type_of_a_problem_leads_to_its_page(client: Client, code: str) -> None:
    response = client.get(f"/problems/{code}")

    assert response.status_code == 200
    assert str(int(STATUS_OF[code])) in response.content.decode()
    assert "!! missing" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["nothing", "%00", "x" * 500, "<script>"])
def test_a_code_that_does_not_exist_has_no_page(client: Client, code: str) -> None:
    response = client.get(f"/problems/{code}")

    assert response.status_code == 404
    assert b"<script>" not in response.content.replace(b"<script src", b"")


@pytest.mark.django_db
def test_the_list_of_problems_names_each(client: Client) -> None:
    text = client.get("/problems").content.decode()

    assert all(f"/problems/{code}" in text for code in STATUS_OF)


@pytest.mark.django_db
def test_the_reference_shows_every_operation_and_object_and_nothing_inline(client: Client) -> None:
    response = client.get("/docs/api")
    text = response.content.decode()
    document = openapi_document().value

    assert response.status_code == 200
    assert "!! missing" not in text
    for path, methods in document["paths"].items():
        assert all(text.count(f"{method.upper()} {path}<") >= 2 for method in methods)
    for name, schema in document["components"]["schemas"].items():
        assert f'id="{name}"' in text or "properties" not in schema
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


@pytest.mark.django_db
def test_every_link_within_the_reference_leads_somewhere(client: Client) -> None:
    text = client.get("/docs/api").content.decode()
    targets = set(re.findall(r'href="#([^"]+)"', text))

    assert targets
    assert targets <= set(re.findall(r'\sid="([^"]+)"', text))


def test_what_stands_in_backticks_is_code_and_everything_is_escaped() -> None:
    shown = with_code("see `<a>` & `b` <script>")

    assert shown == "see <code>&lt;a&gt;</code> &amp; <code>b</code> &lt;script&gt;"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/components/schemas/Decision"}, "Decision"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "array", "items": {"$ref": "#/x/Finding"}}, "list of Finding"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"enum": list(range(9))}, "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | …"),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, "null | integer"),
        ({}, "any"),
    ],
)
def test_a_type_is_said_in_words(schema: dict[str, object], words: str) -> None:
    assert kind_of(schema) == words
