"""Providers of evidence: one module each, one shape for all."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compliance.evidence.providers import (
    android_key_attestation,
    apple_app_attest,
    apple_devicecheck,
    approov,
    caep,
    ear,
    execution_environment,
    freerasp,
    generic_rasp,
    play_integrity,
    promon,
    sensor_consistency,
    wultra,
)
from compliance.evidence.providers.shape import Provider

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            android_key_attestation.PROVIDER,
            apple_app_attest.PROVIDER,
            apple_devicecheck.PROVIDER,
            approov.PROVIDER,
            caep.PROVIDER,
            ear.PROVIDER,
            execution_environment.PROVIDER,
            freerasp.PROVIDER,
            generic_rasp.PROVIDER,
            play_integrity.PROVIDER,
            promon.PROVIDER,
            sensor_consistency.PROVIDER,
            wultra.PROVIDER,
        )
    }
)
"""Every kind of evidence that the service appraises, by the name that back-ends use."""
