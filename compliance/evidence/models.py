"""What evidence is verified against: a PSP's own roots and settings, and lists of revoked keys."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models
from django.db.models import Q

from compliance.tenants.models import Psp


class TrustAnchor(models.Model):
    """A root certificate that one PSP trusts for one provider. Removed, never deleted or changed."""

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="trust_anchors")
    ref = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=48)
    label = models.CharField(max_length=200)
    public_key_digest = models.CharField(
        max_length=71, help_text="sha256:<hex> of the SubjectPublicKeyInfo"
    )
    pem = models.TextField()
    demonstration = models.BooleanField(default=False)
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "provider", "public_key_digest"],
                condition=Q(removed_at=None),
                name="trust_anchor_once_per_psp",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.provider})"


class RevocationList(models.Model):
    """A list of revoked keys as it was loaded. Append-only (trigger); the newest counts.

    Without a PSP it counts for the whole deployment.
    """

    psp = models.ForeignKey(
        Psp, on_delete=models.PROTECT, related_name="revocation_lists", null=True
    )
    provider = models.CharField(max_length=48)
    content = models.TextField(help_text="the list as it was given")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of `content`")
    entries = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["provider", "psp", "loaded_at"], name="revocation_list_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.entries} entries"


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
