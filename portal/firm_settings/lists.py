"""The journal of accesses as a list: by words, by kind of event, by person, by day."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.listing import ChoiceFilter, Column, Listing, Order, PeriodFilter
from portal.login.events import EVENTS, Group, event_of
from portal.models import ClientMember, Employee, User

MOST_PEOPLE = 200  # in a menu; beyond, the names in the rows lead to one


class EventFilter(ChoiceFilter):
    """A group of events; « Droits » are all that the login itself does not write."""

    def condition(self, value, queryset):
        if value == Group.RIGHTS:
            return ~Q(verb__in=EVENTS)
        return Q(verb__in=[verb for verb, event in EVENTS.items() if event.group == value])


class PersonFilter(ChoiceFilter):
    """What a person did, and what was done about them or their accesses."""

    def condition(self, value, queryset):
        types = ContentType.objects.get_for_models(User, ClientMember, Employee)
        found = Q(by=value) | Q(about_type=types[User], about_id=value)
        for model in (ClientMember, Employee):
            accesses = model.objects.filter(user=value).values("pk")
            found |= Q(about_type=types[model], about_id__in=accesses)
        return found


def person_filter(request) -> PersonFilter:
    """One of the people of the firm; one query, or two where they are many."""
    people = User.objects.filter(firm=request.user.firm_id).order_by("name", "pk").values_list("pk", "name")
    listed, chosen = {str(pk): name for pk, name in people[:MOST_PEOPLE]}, request.GET.get("personne", "")
    if chosen.isdecimal() and len(chosen) < 19 and chosen not in listed:
        listed |= {str(pk): name for pk, name in people.filter(pk=chosen)}
    return PersonFilter(
        "personne", field="by", choices=listed.items(), every=_("Toutes"), menu=True, label=_("Personne")
    )


class JournalList(Listing):
    search = ("text", "reason", "by__name", "company__name")
    orders = {"recents": Order("-at")}
    columns = (
        Column(_("Date"), "at", order="recents"),
        Column(_("Type"), lambda entry: str(event_of(entry).label)),
        Column(_("Événement"), "text"),
        Column(_("Par"), "by__name"),
        Column(_("Adresse IP"), "ip"),
        Column(_("Navigateur ou motif"), "reason", is_shown=False),
        Column(_("Entreprise"), "company__name", is_shown=False),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun événement ne correspond"), _("Tout le journal")

    def __init__(self, request, queryset):
        self.filters = (
            EventFilter("type", field="verb", choices=Group, menu=True, label=_("Type")),
            person_filter(request),
            PeriodFilter("date", field="at", label=_("Du")),
        )
        super().__init__(request, queryset)
