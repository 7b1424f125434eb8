"""What one PSP's decisions rest on beside the request: read once, kept until something changes."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from compliance.decisions.keeping import Keeping, load_keeping
from compliance.decisions.pseudonyms import pseudonym_key
from compliance.decisions.waiving import AppliedWaiver, applied_waiver
from compliance.designs.selectors import design_activations_from, read_design_document
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


_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignInForce:
    """A version of the authentication designs, and from when on decisions are under it.

    `designs` is None, and the digest empty, where none is registered. `hits` has what each finding
    hits under each design, by the design's identity: the value keeps the designs alive.
    """

    digest: str = ""
    active_from: datetime = _EVER
    designs: Designs | None = None
    hits: Mapping[int, Hits] = field(default_factory=dict)

    def hits_under(self, design: Design | None) -> Hits:
        """Return which elements each finding hits under one of `designs`, or by the catalogue."""
        return element_hits(None, None) if design is None else self.hits[id(design)]


_NONE_REGISTERED: Final = DesignInForce()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """Everything that a PSP's decisions rest on. Immutable: threads and requests share it.

    `policies` are the version in force when this was read and those that are scheduled after it,
    in time order, so that a version takes over at its moment without anything being read again.
    `designs` are the same of the authentication designs, and may be empty. `waivers` likewise: each says itself from when until when it applies.
    """

    psp_id: int
    psp_ref: str
    policies: tuple[PolicyInForce, ...]
    designs: tuple[DesignInForce, ...]
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

    def design_at(self, moment: datetime) -> DesignInForce:
        """Return the designs in force at `moment`: the latest that were active by then."""
        for design in reversed(self.designs):
            if design.active_from <= moment:
                return design
        return _NONE_REGISTERED


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
    return DecisionContext(
        psp_id=psp.pk,
        psp_ref=psp.ref,
        policies=tuple(policies),
        designs=tuple(
            _design(each.version.digest, each.version.document, each.active_from)
            for each in design_activations_from(psp, at=now)
        ),
        trust=trust_material_of(psp),
        pseudonym_key=pseudonym_key(psp.ref),
        challenge_key=challenge_key(psp.ref),
        waivers=tuple(applied_waiver(each) for each in waivers_from(psp, at=now)),
        sealing_keys=usable_sealing_keys(psp),
        keeping=load_keeping(psp),
    )


def _design(digest: str, document: str, active_from: datetime) -> DesignInForce:
    """Return a document of designs as decisions need it."""
    designs = read_design_document(document)
    return DesignInForce(
        digest=digest,
        active_from=active_from,
        designs=designs,
        hits={id(design): element_hits(designs, design) for design in designs.methods},
    )
