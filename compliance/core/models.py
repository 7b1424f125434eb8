"""One row that tells every process when its caches are out of date."""
# SPDX-License-Identifier: Apache-2.0

from django.db import models


class Revision(models.Model):
    """Counts changes to what the hot path caches: keys, programs, designs, trust anchors."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
