"""From the address of a screen to a space that the person may enter, or 404: box, Image, Mes documents."""

from django.http import Http404
from django.urls import register_converter, reverse

from documents.filing.places import Place
from documents.ged import places as ged
from mailing.models import COMPANY_SPACES, Space
from portal.models import Company, User
from portal.scoping import administered_company, staffed_company, visible_company


class SpaceConverter:
    """The two spaces of a company."""

    regex = "box|image"

    def to_python(self, value: str) -> Space:
        return Space(value)

    def to_url(self, value: str) -> str:
        return value


register_converter(SpaceConverter, "space")


def place_of(user: User, code: str | None = None, space: Space = Space.PERSONAL) -> Place:
    """The space of the company `code`, or without one the person's own Mes documents; Http404 else."""
    return Place(space, owner=user) if code is None else seen_place(visible_company(user, code), space)


def administered_place(user: User, code: str | None = None, space: Space = Space.PERSONAL) -> Place:
    """The same, for what staff and client administrators alone may set."""
    return Place(space, owner=user) if code is None else seen_place(administered_company(user, code), space)


def staffed_place(user: User, code: str, space: Space) -> Place:
    """The same, for the work of staff."""
    return Place(space, staffed_company(user, code))


def seen_place(company: Company, space: Space) -> Place:
    """A space of a company loaded with its marks; Http404 where « Droits » does not show it to the person."""
    if space not in seen_spaces(company):
        raise Http404
    return Place(space, company)


def seen_spaces(company: Company) -> list[Space]:
    """The spaces of a company loaded with its marks that the person sees."""
    return [space for space in COMPANY_SPACES if getattr(company, f"sees_{space}")]


def documents_in(place: Place):
    """Its documents, those in the trash too."""
    company, owner = place.company, place.owner
    return (company or owner).documents.filter(space=place.space)


def url_of(place: Place) -> str:
    """Its screen."""
    if place.company is None:
        return reverse("documents:personal")
    if place.space is None:
        return ged.url_of(place)
    return reverse(f"documents:{place.space}", args=[place.company.code])


def address(name: str, place: Place) -> str:
    """The address of one of its gestures or screens, by the name it has for companies."""
    if place.company is None:
        return reverse(f"documents:personal_{name}")
    if place.space is None:  # the folders of a company and of its salariés have one trash
        return reverse(f"documents:ged_{name}", args=[place.company.code])
    return reverse(f"documents:{name}", args=[place.company.code, place.space])
