"""PSPs, the people who work for them, and the keys of their back-ends."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Psp(models.Model):
    """A payment service provider: the tenant from which every query starts."""

    ref = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    lei = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, help_text=_("home authority's country, ISO 3166-1"))
    authority = models.CharField(max_length=200, blank=True)
    demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes people; the e-mail address is the name that they sign in with."""

    def create_user(self, *, email: str, name: str, password: str | None) -> "User":
        """Store and return a person; without a password they cannot sign in with one."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may do is said by their memberships, never by the person."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person is for one PSP (interface.md, "Settings")."""

    OFFICER = "officer", _("Compliance officer")
    APPROVER = "approver", _("Approver")
    ENGINEER = "engineer", _("Engineer")
    INTERNAL_AUDITOR = "internal_auditor", _("Internal auditor")
    EXTERNAL_AUDITOR = "external_auditor", _("External auditor")
    REGULATOR = "regulator", _("Competent authority")
    ADMINISTRATOR = "administrator", _("Administrator")


class Membership(models.Model):
    """One person's role at one PSP."""

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "user"], name="one_role_per_person_and_psp"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class ApiKey(models.Model):
    """A back-end's key. Only its SHA-256 is kept; the key itself is shown once."""

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="api_keys")
    ref = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    key_digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.ref})"


def taken_by() -> "models.ForeignKey[User | None, User | None]":
    """Return the reference to the person who took a step that is not taken at first."""
    return models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
