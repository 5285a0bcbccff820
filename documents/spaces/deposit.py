"""Files laid on the portal by a person: as a plain form, or by `upload.js` with its progress, which wants JSON."""

from django.contrib import messages
from django.db import DatabaseError
from django.http import JsonResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from documents.filing import options as settings_of_spaces
from documents.filing import uploads
from documents.spaces.places import administered_place, place_of, url_of
from mailing.models import Space
from mailing.receiving.store import is_disk_full
from portal.files.scanning import ScannerDown
from portal.files.uploads import NO_ROOM, refusal_of, sentence_of

FIELD = "fichiers"


@require_POST
def upload(request, code=None, space=Space.PERSONAL):
    return answered(request, place_of(request.user, code, space))


def answered(request, place):
    """Whatever became of it is said on the screen of the space or folder, to which both kinds of form go back."""
    files = request.FILES.getlist(FIELD)
    if why := refusal_of(request):
        messages.error(request, why)
    elif not files:
        messages.error(request, _("Aucun fichier n’a été choisi."))
    else:
        lay(request, place, files)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"next": url_of(place)})
    return redirect(url_of(place))


def lay(request, place, files):
    try:
        filed, refused = uploads.lay(place, files, by=request.user)
    except ScannerDown as error:
        text = _("%(why)s : rien n’a été déposé. Réessayez dans quelques minutes.")
        messages.error(request, text % {"why": capfirst(str(error))})
        return
    except OSError as error:
        messages.error(request, sentence_of(error))
        return
    except DatabaseError as error:
        if not is_disk_full(error):
            raise
        messages.error(request, NO_ROOM)
        return
    if filed:
        text = ngettext("%(count)s document déposé.", "%(count)s documents déposés.", len(filed))
        messages.success(request, text % {"count": len(filed)})
    for file in refused:
        messages.error(request, _("%(name)s – %(why)s") % {"name": file.name, "why": file.refused})


@require_POST
def options(request, code=None, space=Space.PERSONAL):
    place = administered_place(request.user, code, space)
    wanted = {name: request.POST.get(name) == "on" for name in settings_of_spaces.OPTIONS}
    if settings_of_spaces.set_options(place, wanted, by=request.user):
        messages.success(request, _("Les options de l’espace sont enregistrées."))
    return redirect(url_of(place))
