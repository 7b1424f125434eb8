"""What evidence is verified against: a PSP's own roots and settings, and lists of revoked keys."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.evidence.known_roots import KNOWN_ROOTS
from compliance.tenants.models import Psp, taken_by


class AnchorState(models.TextChoices):
    """Where a root stands."""

    PROPOSED = "proposed", _("Waits for approval")
    TRUSTED = "trusted", _("Trusted")
    REFUSED = "refused", _("Refused")
    REMOVED = "removed", _("Removed")


class TrustAnchor(models.Model):
    """A root certificate that one PSP trusts for one provider, or all do. Never deleted or changed.

    Without a PSP it counts for the whole deployment. A root whose key is known is trusted as soon as
    it is added; any other one only once another person has approved it. `before_four_eyes`: it was
    there before this was asked for; no row is added so any more (trigger). `added_by` is the name of
    who proposed it, as it was then.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="trust_anchors", null=True)
    ref = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=48)
    label = models.CharField(max_length=200)
    public_key_digest = models.CharField(
        max_length=71, help_text="sha256:<hex> of the SubjectPublicKeyInfo"
    )
    pem = models.TextField()
    demonstration = models.BooleanField(default=False)
    is_known = models.BooleanField(default=False)
    before_four_eyes = models.BooleanField(default=False)
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    proposed_by = taken_by()
    approved_by = taken_by()
    approved_at = models.DateTimeField(null=True)
    removed_by = taken_by()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "provider", "public_key_digest"],
                condition=Q(removed_at=None),
                name="trust_anchor_once_per_psp",
            ),
            models.UniqueConstraint(
                fields=["provider", "public_key_digest"],
                condition=Q(removed_at=None, psp=None),
                name="trust_anchor_once_per_deployment",
            ),
            # Four eyes: nobody approves the root that they proposed, whatever path they take.
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (Q(proposed_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="nobody_approves_their_own_root",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="root_approved_by_somebody",
            ),
            # A key is trusted alone because it is in the table, not because somebody says so.
            models.CheckConstraint(
                condition=Q(is_known=False)
                | Q(
                    *(
                        Q(provider=provider, public_key_digest__in=sorted(known))
                        for provider, known in sorted(KNOWN_ROOTS.items())
                    ),
                    _connector=Q.OR,
                ),
                name="known_root_is_in_the_table",
            ),
            models.CheckConstraint(
                condition=Q(before_four_eyes=True) | Q(proposed_by__isnull=False),
                name="somebody_proposed_the_root",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.provider})"

    @property
    def was_trusted(self) -> bool:
        """Whether it is trusted, or was until it was removed."""
        return self.is_known or self.before_four_eyes or self.approved_at is not None

    @property
    def state(self) -> AnchorState:
        """Where it stands."""
        if self.removed_at is not None:
            return AnchorState.REMOVED if self.was_trusted else AnchorState.REFUSED
        return AnchorState.TRUSTED if self.was_trusted else AnchorState.PROPOSED


class RevocationList(models.Model):
    """A list of revoked keys as it was loaded. Append-only (trigger); the newest counts.

    Without a PSP it counts for the whole deployment. `content` is empty where an earlier row has the
    same digest, for a list that is loaded several times a day rarely changes.
    """

    psp = models.ForeignKey(
        Psp, on_delete=models.PROTECT, related_name="revocation_lists", null=True
    )
    provider = models.CharField(max_length=48)
    content = models.TextField(help_text="the list as it was given", blank=True)
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of the list")
    entries = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()
    origin = models.CharField(max_length=500, blank=True, help_text="the address or file")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["provider", "psp", "loaded_at"], name="revocation_list_newest"),
            models.Index(fields=["digest"], name="revocation_list_by_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.entries} entries"


class RevocationSource(models.Model):
    """Where the list of a provider is loaded from again and again; one for each PSP and the deployment.

    `failure` says why the last try failed, empty if it did not; the list before it goes on counting.
    """

    psp = models.ForeignKey(
        Psp, on_delete=models.PROTECT, related_name="revocation_sources", null=True
    )
    ref = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=48)
    location = models.CharField(max_length=500, help_text="an https address, or a file's path")
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "provider"],
                condition=Q(removed_at=None),
                name="revocation_source_once_per_psp",
            ),
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(removed_at=None, psp=None),
                name="revocation_source_once_per_deployment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.location}"


class ProviderSettings(models.Model):
    """What a PSP set up for a provider, encrypted. Append-only (trigger); the newest counts."""

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="provider_settings")
    ref = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=48)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField(help_text="compliance.evidence.vault.seal of the document")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of `sealed`")
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "provider", "number"], name="provider_settings_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.number}"


class SealingKey(models.Model):
    """A public key that a PSP has input sealed to; the service never has the private one.

    Retired once, then for good, never deleted, and nothing else of it changes (triggers). An id is
    used once, so what is stored says for ever which key opens it.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="sealing_keys")
    ref = models.CharField(max_length=40, unique=True)
    kid = models.CharField(max_length=64)
    jwk = models.JSONField(help_text="the public key (JWK) with `kid`, `alg` and `use`")
    thumbprint = models.CharField(max_length=71, help_text="RFC 7638, sha256:<hex>")
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "kid"], name="sealing_key_id_once_per_psp"),
        ]

    def __str__(self) -> str:
        return self.kid


class SeenEvidence(models.Model):
    """Something that evidence may say only once, and the decision that it was said to first.

    Once that decision's record is erased, `decision_ref` and `scope` are empty and the digest stays.
    Written by the decision point's group commit (`compliance.decisions.claiming`), in the transaction
    of that decision. As with decisions the reference to the PSP is no constraint in the database.
    """

    psp = models.ForeignKey(
        Psp, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    digest = models.CharField(max_length=71)
    scope = models.CharField(max_length=71, blank=True)
    decision_ref = models.CharField(max_length=40)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "digest"], name="evidence_seen_once_per_psp"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["psp", "decision_ref"], name="seen_evidence_by_decision"),
        ]

    def __str__(self) -> str:
        return self.digest


class EvidenceCounter(models.Model):
    """The highest value that the counter of a key was seen to have; it never falls."""

    psp = models.ForeignKey(
        Psp, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    key_digest = models.CharField(max_length=71)
    counter = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "key_digest"], name="evidence_counter_once_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key_digest}: {self.counter}"
