"""The demonstration's invented people."""
# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from compliance.tenants.models import Role


class Person(NamedTuple):
    """Somebody who can sign in to the demonstration."""

    email: str
    name: str
    role: Role


OFFICER = Person("officer@psp.example", "Olivia Officer", Role.OFFICER)
APPROVER = Person("approver@psp.example", "Adam Approver", Role.APPROVER)
REGULATOR = Person("regulator@authority.example", "Rita Regulator", Role.REGULATOR)
