"""All addresses, with the public pages about the REST interface."""
# SPDX-License-Identifier: Apache-2.0

from django.urls import include, path

urlpatterns = [
    path("", include("compliance.api.page_urls")),
    path("", include("compliance.urls")),
]
