from django.utils.translation import gettext_lazy

from portal.listing import Column, Listing, Order


class VersionList(Listing):
    """The versions that a text has had, the latest first."""

    orders = {"recentes": Order("-version")}
    columns = (
        Column(gettext_lazy("Version")),
        Column(gettext_lazy("Objet")),
        Column(gettext_lazy("Par")),
        Column(gettext_lazy("Actions"), is_silent=True),
    )
    page_size = 10
    anchor = "#versions"
