"""The cache revision rises with each change."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.core.revisions import bump_revision, current_revision

pytestmark = pytest.mark.django_db


def test_the_revision_is_zero_before_the_first_change() -> None:
    assert current_revision() == 0


def test_each_change_raises_the_revision_by_one() -> None:
    bump_revision()
    bump_revision()
    bump_revision()

    assert current_revision() == 3
