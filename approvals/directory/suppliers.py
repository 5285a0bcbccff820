"""Fiches fournisseurs: whoever the firm itself buys from (S3-08, S3-42)."""

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.directory import changes
from portal import history
from portal.models import Firm, Supplier, User


@transaction.atomic
def add(firm: Firm, *, by: User, **fields: str) -> Supplier:
    """A new card. Raises ValidationError beside the code where it is taken."""
    supplier = Supplier(firm=firm, **fields)
    with changes.refused_beside_its_field(supplier):
        supplier.save()
    _record(supplier, "supplier_added", _("%(name)s crée le fournisseur %(supplier)s"), by)
    return supplier


@transaction.atomic
def archive(supplier: Supplier, *, by: User) -> bool:
    """Off the list, nothing deleted; False where it was so."""
    if not Supplier.objects.filter(pk=supplier.pk, is_archived=False).update(is_archived=True):
        return False
    _record(supplier, "supplier_archived", _("%(name)s archive le fournisseur %(supplier)s"), by)
    return True


@transaction.atomic
def restore(supplier: Supplier, *, by: User) -> bool:
    """On the list again; False where it is not archived."""
    if not Supplier.objects.filter(pk=supplier.pk, is_archived=True).update(is_archived=False):
        return False
    _record(supplier, "supplier_restored", _("%(name)s restaure le fournisseur %(supplier)s"), by)
    return True


def _record(supplier: Supplier, verb: str, said: str, by: User) -> None:
    words = {"name": by, "supplier": supplier}
    history.record(supplier, verb, said % words, firm=supplier.firm, by=by, internal=True)
