"""Raw evidence kept of a decision that a factory stored."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.refs import new_ref
from compliance.decisions.keeping import load_keeping, set_evidence_keeping
from compliance.decisions.models import Decision, RawEvidence, SubjectKey
from compliance.decisions.raw_evidence import bound_to, raw_text
from compliance.decisions.wire import EvidenceItem
from compliance.evidence.data_keys import encrypt, new_data_key, wrap
from compliance.evidence.providers.shape import Mode
from tests.support.factories import NOW, make_person

ITEM = EvidenceItem(
    provider="freerasp", mode=Mode.REPORTED, payload={"threats": ["privilegedAccess"]}
)


def put_raw_evidence(decision: Decision) -> RawEvidence:
    """Have one item kept of a decision, as the decision point keeps it."""
    psp = decision.psp
    set_evidence_keeping(psp=psp, providers=["freerasp"], by=make_person(psp), now=NOW)
    keeping = load_keeping(psp)
    assert keeping is not None
    data_key = new_data_key()
    key = SubjectKey.objects.create(
        psp=psp,
        ref=new_ref("dek", now=NOW),
        subject=decision.payer_hash or decision.ref,
        wrapped=wrap(data_key, wrapping_key=keeping.wrapping_key),
    )
    bound = bound_to(psp.ref, decision.ref, 0)
    return RawEvidence.objects.create(
        psp=psp,
        decision_ref=decision.ref,
        position=0,
        key_ref=key.ref,
        sealed=encrypt(raw_text(ITEM), data_key=data_key, bound_to=bound),
    )
