"""What one PSP's decisions rest on beside the request: read once, kept until something changes."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from compliance.decisions.keeping import Keeping, load_keeping
from compliance.decisions.pseudonyms import pseudonym_key
from compliance.decisions.waiving import AppliedWaiver, applied_waiver
from compliance.designs.selectors import design_version_in_force, read_design_document
from compliance.evidence.providers.shape import TrustMaterial
from compliance.evidence.public_keys import SealingPublicKey
from compliance.evidence.sealing_keys import usable_sealing_keys
from compliance.evidence.selectors import trust_material_of
from compliance.evidence.vault import challenge_key
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import versions_from
from compliance.policysets.waiver_selectors import waivers_from
from compliance.tenants.models import Psp
from policies.compiler import Program
from policies.design import Design, Designs, Hits, element_hits
from policies.model import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """A version of the policy set, and from when on it decides."""

    number: int
    digest: str
    active_from: datetime
    policy_set: PolicySet
    program: Program


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """Everything that a PSP's decisions rest on. Immutable: threads and requests share it.

    `policies` are the version in force when this was read and those that are scheduled after it,
    in time order, so that a version takes over at its moment without anything being read again.
    `waivers` likewise: each says itself from when until when it applies.
    """

    psp_id: int
    psp_ref: str
    policies: tuple[PolicyInForce, ...]
    design_digest: str
    designs: Designs | None
    hits: Mapping[int, Hits]
    trust: TrustMaterial
    pseudonym_key: bytes
    challenge_key: bytes
    waivers: tuple[AppliedWaiver, ...] = ()
    sealing_keys: Mapping[str, SealingPublicKey] = field(default_factory=dict)
    keeping: Keeping | None = None

    def policy_at(self, moment: datetime) -> PolicyInForce:
        """Return the version in force at `moment`: the latest that was active by then.

        Raises:
            NoPolicyInForceError: if none was.
        """
        for policy in reversed(self.policies):
            if policy.active_from <= moment:
                return policy
        raise NoPolicyInForceError(at=moment)

    def hits_under(self, design: Design | None) -> Hits:
        """Return which elements each finding hits under one of `designs`, or by the catalogue."""
        return element_hits(None, None) if design is None else self.hits[id(design)]


def load_context(psp: Psp, *, now: datetime) -> DecisionContext:
    """Read what the decisions of `psp` rest on from `now` on."""
    policies = []
    for version in versions_from(psp, at=now):
        policy = compiled(version.document)
        if version.active_from is not None:
            policies.append(
                PolicyInForce(
                    number=version.number,
                    digest=version.digest,
                    active_from=version.active_from,
                    policy_set=policy.policy_set,
                    program=policy.program,
                )
            )
    design = design_version_in_force(psp, at=now)
    designs = None if design is None else read_design_document(design.document)
    return DecisionContext(
        psp_id=psp.pk,
        psp_ref=psp.ref,
        policies=tuple(policies),
        design_digest="" if design is None else design.digest,
        designs=designs,
        hits={} if designs is None else _hits(designs),
        trust=trust_material_of(psp),
        pseudonym_key=pseudonym_key(psp.ref),
        challenge_key=challenge_key(psp.ref),
        waivers=tuple(applied_waiver(each) for each in waivers_from(psp, at=now)),
        sealing_keys=usable_sealing_keys(psp),
        keeping=load_keeping(psp),
    )


def _hits(designs: Designs) -> dict[int, Hits]:
    """Return the hits under each design, by its identity: the context keeps the designs alive."""
    return {id(design): element_hits(designs, design) for design in designs.methods}
