"""The public page: bounded, and calm about whatever is thrown at it."""
# SPDX-License-Identifier: Apache-2.0

import zipfile
from io import BytesIO

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from compliance.reports.bundle import BundleFault
from compliance.web import throttling, verification
from compliance.web.throttling import TooManyRequestsError, bounded
from compliance.web.verification import (
    LARGEST_PROOF,
    LARGEST_UPLOAD,
    UnreadableUploadError,
    unpack,
)
from tests.web.test_reports_pages import upload


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    cache.clear()


def bundle(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def test_the_page_needs_no_account(db: None, client: Client) -> None:  # noqa: ARG001
    response = client.get("/verify")

    assert response.status_code == 200
    assert "No account is needed" in response.content.decode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7 nothing",
        b"PK\x03\x04 broken",
        bundle(("readme.txt", b"no report")),
        bundle(("r.pdf", b"%PDF"), ("r.tlog-proof", b"c2sp.org/tlog-proof@v1\n")),
        b"\x00" * 1000,
    ],
    ids=["empty", "no-pdf", "no-zip", "bundle-without-pdf", "bundle-of-nonsense", "zeros"],
)
def test_nonsense_is_refused_in_words(db: None, client: Client, content: bytes) -> None:  # noqa: ARG001
    response = client.post("/verify", {"report": upload("r.pdf", content)})

    text = response.content.decode()
    assert response.status_code in {200, 400}
    assert "Genuine" not in text
    assert "!! missing" not in text
    assert 'role="alert"' in text or "Not accepted." in text


def test_nothing_handed_in_is_asked_for_again(db: None, client: Client) -> None:  # noqa: ARG001
    response = client.post("/verify", {})

    assert response.status_code == 400
    assert "This field is required." in response.content.decode()


def test_an_upload_that_says_it_is_too_large_is_refused_unread(
    db: None,  # noqa: ARG001
    client: Client,
) -> None:
    response = client.generic(
        "POST",
        "/verify",
        b"--x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(2 * LARGEST_UPLOAD),
    )

    assert response.status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "many"])
def test_an_upload_of_unknown_length_is_refused(db: None, client: Client, length: str) -> None:  # noqa: ARG001
    response = client.generic(
        "POST",
        "/verify",
        b"--x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=length,
    )

    assert response.status_code == 411


def test_a_bundle_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.web.verification.LARGEST_UPLOAD", 1000)

    with pytest.raises(UnreadableUploadError, match="too large"):
        unpack(bundle(("r.pdf", b"\0" * 2000)), None)


def test_a_bundle_of_too_many_files_is_refused() -> None:
    many = bundle(*((f"{n}.txt", b"") for n in range(100)))

    with pytest.raises(UnreadableUploadError, match="more files"):
        unpack(many, None)


def test_a_method_of_compression_that_bundles_do_not_use_is_not_unpacked() -> None:
    with pytest.raises(UnreadableUploadError, match="no PDF"):
        unpack(bundle(("r.pdf", b"%PDF"), method=zipfile.ZIP_LZMA), None)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (["a.pdf", "b.PDF"], "more than one"),
        (["a.pdf", "a.tlog-proof", "b.tlog-proof"], "more than one proof"),
    ],
    ids=["reports", "proofs"],
)
def test_a_bundle_is_not_guessed_at(members: list[str], words: str) -> None:
    with pytest.raises(UnreadableUploadError, match=words):
        unpack(bundle(*((name, b"%PDF") for name in members)), None)


def test_a_proof_is_as_short_loose_as_in_a_bundle() -> None:
    longest, too_long = b"x" * LARGEST_PROOF, b"x" * (LARGEST_PROOF + 1)

    assert unpack(b"%PDF", longest).proof == longest
    with pytest.raises(UnreadableUploadError, match="too large"):
        unpack(b"%PDF", too_long)
    with pytest.raises(UnreadableUploadError, match="too large"):
        unpack(bundle(("r.pdf", b"%PDF"), ("r.pdf.tlog-proof", too_long)), None)


def test_a_loose_proof_that_is_too_large_is_refused_in_words(
    db: None,  # noqa: ARG001
    client: Client,
) -> None:
    proof = upload("r.tlog-proof", b"x" * (LARGEST_PROOF + 1))

    response = client.post("/verify", {"report": upload("r.pdf", b"%PDF"), "proof": proof})

    assert response.status_code == 400
    assert "The proof is too large." in response.content.decode()


def test_every_fault_of_a_bundle_has_its_words() -> None:
    assert set(verification._FAULTS) == set(BundleFault)


def test_every_truncation_of_a_bundle_is_refused_or_read() -> None:
    whole = bundle(("r.pdf", b"%PDF-1.7"), ("r.tlog-proof", b"proof"))
    assert unpack(whole, None) == (b"%PDF-1.7", b"proof")

    for length in range(4, len(whole)):
        with pytest.raises(UnreadableUploadError):
            unpack(whole[:length], None)


def test_one_address_gets_so_many_verifications_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttling, "PER_ADDRESS", 3)
    one = RequestFactory().post("/verify", REMOTE_ADDR="192.0.2.1")
    other = RequestFactory().post("/verify", REMOTE_ADDR="192.0.2.2")
    for _ in range(3):
        with bounded(one):
            pass

    with pytest.raises(TooManyRequestsError), bounded(one):
        pass
    with bounded(other):
        pass


def test_everybody_together_gets_so_many_verifications_a_minute(
    monkeypatch: pytest.MonkeyPatch,
    client: Client,
    db: None,  # noqa: ARG001
) -> None:
    monkeypatch.setattr(throttling, "PER_PROCESS", 1)
    client.post("/verify", {"report": upload("r.pdf", b"%PDF")}, REMOTE_ADDR="192.0.2.1")

    response = client.post("/verify", {"report": upload("r.pdf", b"%PDF")}, REMOTE_ADDR="192.0.2.2")

    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert "try again in a minute" in response.content.decode()
