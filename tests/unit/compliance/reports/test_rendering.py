"""The document is a function of its input, fetches nothing, and says what it conforms to."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from compliance.reports.charts import chart_svg
from compliance.reports.errors import RenderingError
from compliance.reports.rendering import DataOnlyFetcher
from tests.support.sealed import DATA, HTML, make_pdf


def test_the_same_input_gives_the_same_bytes() -> None:
    assert make_pdf() == make_pdf()


def test_the_same_input_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import django, hashlib; django.setup();"
        "from tests.support.sealed import make_pdf;"
        "print(hashlib.sha256(make_pdf()).hexdigest())"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).resolve().parents[4],
            env={"DJANGO_SETTINGS_MODULE": "compliance.settings.test", "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[-1]
        for seed in ("1", "2")
    }

    assert len(digests) == 1


def test_the_document_is_tagged_and_says_pdf_a_3a_and_pdf_ua_1() -> None:
    with pikepdf.open(BytesIO(make_pdf())) as file:
        metadata = bytes(file.Root.Metadata.read_bytes())
        assert file.Root.MarkInfo.Marked
        assert file.Root.Lang == "en"
        assert file.Root.OutputIntents[0].S == "/GTS_PDFA1"

    assert b'pdfaid:part="3"' in metadata
    assert b'pdfaid:conformance="A"' in metadata
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert b"pdfaSchema:namespaceURI" in metadata


def test_the_data_is_attached_once_as_data() -> None:
    with pikepdf.open(BytesIO(make_pdf())) as file:
        (attached,) = file.Root.AF
        assert attached.AFRelationship == "/Data"
        assert bytes(attached.EF.F.read_bytes()) == DATA


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/",
        "https://example.org/",
        "ftp://example.org/",
        "relative.css",
    ],
)
def test_nothing_is_fetched_but_data(address: str) -> None:
    with pytest.raises(ValueError, match=r"disallowed protocol|Not an absolute"):
        DataOnlyFetcher().fetch(address)


@pytest.mark.parametrize(
    "element",
    [
        '<img src="file:///etc/hostname" alt="">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        "<style>@import url(file:///etc/hostname);</style>",
    ],
)
def test_a_document_that_asks_for_a_file_is_refused(element: str) -> None:
    with pytest.raises(RenderingError, match="Error fetching"):
        make_pdf(HTML.replace("</p>", f"</p>{element}"))


@pytest.mark.parametrize("kind", ["breaches", "decisions", "environments"])
def test_a_chart_is_the_same_picture_each_time_and_without_script(kind: str) -> None:
    field = {"breaches": "kind", "decisions": "effect", "environments": "class"}[kind]
    data = [{"step": "W40", "order": 0, field: "one", "count": 3, "stack": 0}]

    svg = chart_svg(kind, data)

    assert svg == chart_svg(kind, data)
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert "W40" in svg


@pytest.mark.parametrize("kind", ["evidence_age", "enforcement_times"])
def test_a_histogram_names_its_buckets(kind: str) -> None:
    svg = chart_svg(kind, [{"bucket": "≤ 2 s", "order": 0, "count": 5}])

    assert "≤ 2 s" in svg


@pytest.mark.parametrize("name", ["nothing", "../reports/report", "style", ""])
def test_an_unknown_chart_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        chart_svg(name, [])


def test_a_label_cannot_leave_its_place_in_a_picture() -> None:
    hostile = '</text><script>alert(1)</script>"'

    svg = chart_svg("evidence_age", [{"bucket": hostile, "order": 0, "count": 1}])

    assert "<script" not in svg
    assert base64.b64encode(svg.encode())
    assert json.dumps(svg)
