"""What the tests of the directory share: a form as a browser would post it back, and what the history tells."""

from portal.models import HistoryEntry


def form_at(client, url):
    """What the form at `url` holds: boxes not ticked are left out, empty fields are empty."""
    held = {bound.html_name: bound.value() for bound in client.get(url).context["form"]}
    return {name: "" if value is None else value for name, value in held.items() if value is not False}


def errors_of(answer):
    return {name: list(errors) for name, errors in answer.context["form"].errors.items()}


def told(thing):
    """The texts of the history about `thing`, the first first."""
    return [entry.text for entry in HistoryEntry.objects.of(thing).order_by("pk")]
