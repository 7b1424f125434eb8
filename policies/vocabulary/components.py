"""Classes of the components that SCA elements rest on."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum


class ComponentClass(StrEnum):
    """What a component is; a finding says which classes it hits."""

    APP = "app"
    OPERATING_SYSTEM = "operating_system"
    KEY_STORE = "key_store"
    SCREEN = "screen"
    INPUT = "input"
    BIOMETRIC_SENSOR = "biometric_sensor"
    CHANNEL = "channel"
    EXECUTION_ENVIRONMENT = "execution_environment"
    SERVER = "server"
    SUPPLIER = "supplier"
