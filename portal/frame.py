"""What every page's frame knows: the firm, the spaces, how much waits for a decision."""

from django.utils.functional import SimpleLazyObject

from portal import waiting
from portal.models import Company


def frame(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"firm": None, "has_companies": False, "is_staff_member": False, "to_decide": 0}
    return {
        "firm": user.firm,
        "has_companies": SimpleLazyObject(lambda: Company.objects.visible_to(user).exists()),
        "is_staff_member": user.staff is not None,
        "to_decide": SimpleLazyObject(lambda: waiting.total(user)),
    }
