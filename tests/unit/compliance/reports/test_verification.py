"""One changed byte anywhere is refused, and hostile bytes never raise."""
# SPDX-License-Identifier: Apache-2.0

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from compliance.ledger.notes import Signer
from compliance.reports.checks import Verification
from compliance.reports.sealing import seal
from compliance.reports.verification import verify_report
from tests.support.sealed import (
    ORIGIN,
    SealedReport,
    entry_for,
    make_pdf,
    make_sealed_report,
    proof_of,
)


@pytest.fixture(scope="module")
def sealed() -> SealedReport:
    return make_sealed_report()


def verify(report: SealedReport, pdf: bytes) -> Verification:
    return verify_report(pdf, proof=report.proof, trust=report.trust, open_unproven=True)


def held(result: Verification) -> dict[str, bool]:
    return {check.name: check.held for check in result.checks}


def test_a_report_as_it_was_issued_holds(sealed: SealedReport) -> None:
    result = verify(sealed, sealed.pdf)

    assert result.holds
    assert set(held(result)) == {"ledger", "seal", "coverage", "certification", "data"}
    assert result.facts["sealed_by"] == "Ninefold development seal"
    assert result.facts["log"] == ORIGIN


def test_a_flipped_bit_is_refused_wherever_it_is(sealed: SealedReport) -> None:
    chance = random.Random(9)  # noqa: S311 - repeatable
    for offset in chance.sample(range(len(sealed.pdf)), 60):
        changed = bytearray(sealed.pdf)
        changed[offset] ^= 1 << chance.randrange(8)

        assert not verify(sealed, bytes(changed)).holds, offset


def test_a_flipped_bit_in_the_seals_own_container_is_refused(sealed: SealedReport) -> None:
    ranges = re.search(rb"/ByteRange ?\[0 (\d+) (\d+) \d+\s*\]", sealed.pdf)
    assert ranges is not None
    last_digit = int(ranges[2]) - 2
    changed = bytearray(sealed.pdf)
    changed[last_digit] ^= 1

    result = verify(sealed, bytes(changed))

    assert held(result)["seal"], "the seal alone does not see it"
    assert not held(result)["ledger"]
    assert not result.holds


@pytest.mark.parametrize("more", [b"\n", b"%%EOF", b"1 0 obj\n<<>>\nendobj\n"])
def test_appended_bytes_are_refused(sealed: SealedReport, more: bytes) -> None:
    result = verify(sealed, sealed.pdf + more)

    assert not held(result)["ledger"]
    assert not result.holds


@pytest.mark.parametrize("length", [0, 1, 100, 10_000, -1, -200])
def test_a_truncated_file_is_refused(sealed: SealedReport, length: int) -> None:
    assert not verify(sealed, sealed.pdf[:length]).holds


def test_a_page_exchanged_by_an_incremental_update_is_refused_by_the_seal_too(
    sealed: SealedReport,
) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(sealed.pdf))
    stream = generic.StreamObject(stream_data=b"BT (other) Tj ET")
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(stream)
    writer.update_container(page)
    written = BytesIO()
    writer.write(written)  # type: ignore[no-untyped-call]

    # Even if the log vouched for the edited file.
    edited = replace(sealed, proof=proof_of(entry_for(written.getvalue()), sealed.signer))
    result = verify(edited, written.getvalue())

    assert held(result)["ledger"]
    assert not held(result)["coverage"]
    assert not result.holds


def test_without_a_proof_nothing_is_accepted_nor_opened(sealed: SealedReport) -> None:
    result = verify_report(sealed.pdf, proof=None, trust=sealed.trust)

    assert held(result) == {"ledger": False, "seal": False}
    assert "Not examined" in result.checks[1].sentence


def test_a_proof_by_an_untrusted_log_is_refused(sealed: SealedReport) -> None:
    stranger = Signer(name=ORIGIN, private_key=Ed25519PrivateKey.generate())
    proof = proof_of(entry_for(sealed.pdf), stranger)

    result = verify_report(sealed.pdf, proof=proof, trust=sealed.trust)

    assert "no known key" in result.checks[0].sentence
    assert not result.holds


@pytest.mark.parametrize(
    ("entry", "extra", "because"),
    [
        ({}, b"", "does not carry"),
        ({}, b'{"type":"report_issued"}', "does not hold"),
        ({"type": "decision"}, None, "not about a report"),
        ({"file_digest": "sha256:00"}, None, "at least one byte differs"),
    ],
)
def test_a_proof_of_something_else_is_refused(
    sealed: SealedReport, entry: dict[str, str], extra: bytes | None, because: str
) -> None:
    proof = proof_of(entry_for(sealed.pdf, **entry), sealed.signer, extra=extra)

    result = verify_report(sealed.pdf, proof=proof, trust=sealed.trust)

    assert because in result.checks[0].sentence
    assert not result.holds


def test_attached_data_that_the_ledger_does_not_name_is_refused(sealed: SealedReport) -> None:
    entry = entry_for(sealed.pdf, data_digest="sha256:00")

    result = verify(replace(sealed, proof=proof_of(entry, sealed.signer)), sealed.pdf)

    assert held(result)["seal"]
    assert not held(result)["data"]


def test_an_unsealed_file_is_refused_even_if_the_ledger_names_it(sealed: SealedReport) -> None:
    unsealed = make_pdf()
    report = replace(sealed, proof=proof_of(entry_for(unsealed), sealed.signer))

    result = verify(report, unsealed)

    assert held(result)["ledger"]
    assert "carries no seal" in result.checks[1].sentence
    assert not result.holds


def test_a_file_sealed_twice_is_refused(sealed: SealedReport) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    writer = IncrementalPdfFileWriter(BytesIO(make_pdf()))
    append_signature_field(writer, SigFieldSpec("Other"))
    written = BytesIO()
    writer.write(written)  # type: ignore[no-untyped-call]
    once = seal(written.getvalue(), now=datetime.now(UTC))
    report = replace(sealed, proof=proof_of(entry_for(once), sealed.signer))

    assert verify(report, once).holds
    with pikepdf.open(BytesIO(once)) as file:
        assert len(file.Root.AcroForm.Fields) == 2


def test_a_seal_under_another_root_is_refused(sealed: SealedReport) -> None:
    swapped = replace(
        sealed.trust, seal_roots=sealed.trust.tsa_roots, tsa_roots=sealed.trust.seal_roots
    )

    result = verify_report(sealed.pdf, proof=sealed.proof, trust=swapped)

    assert held(result)["ledger"]
    assert not held(result)["seal"]


@given(st.binary(max_size=300), st.one_of(st.none(), st.binary(max_size=300)))
def test_arbitrary_bytes_never_raise(sealed: SealedReport, pdf: bytes, proof: bytes | None) -> None:
    result = verify_report(pdf, proof=proof, trust=sealed.trust, open_unproven=True)

    assert not result.holds


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=8))
def test_a_mangled_proof_never_raises_and_is_refused(
    sealed: SealedReport, place: int, junk: bytes
) -> None:
    offset = place % len(sealed.proof)
    mangled = sealed.proof[:offset] + junk + sealed.proof[offset + len(junk) :]

    result = verify_report(sealed.pdf, proof=mangled, trust=sealed.trust)

    assert result.holds == (mangled == sealed.proof)


def test_a_file_over_the_limit_is_refused_unread(
    sealed: SealedReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.reports.verification.FILE_LIMIT", 10)

    result = verify_report(sealed.pdf, proof=sealed.proof, trust=sealed.trust)

    assert held(result) == {"file": False}
