"""Where a gesture leads back to: the page from which it was made, by the field `next` of its form."""

from django.utils.http import url_has_allowed_host_and_scheme


def back(request, default: str) -> str:
    """Where the person came from, within the portal; else `default`."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, None) else default
