"""Letters with initial passwords, handed over once to whoever had them made (D-06)."""

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from approvals.access import delivery
from approvals.models import LettersStatus, PasswordLetters
from portal.files.serving import disposition


@require_safe
def letters(request, letters_id):
    return letters_page(request, own_letters(request, letters_id))


@require_POST
def letters_download(request, letters_id):
    """The PDF, the first time; then a page that says what became of it."""
    found = own_letters(request, letters_id)
    taken = delivery.take(found) if found.job.is_over else None
    if taken is None:
        found.refresh_from_db()
        return letters_page(request, found, status=410 if found.job.is_over else 409)
    response = StreamingHttpResponse(taken, content_type="application/pdf")
    response["Content-Length"] = str(len(taken.content))
    response["Content-Disposition"] = disposition("lettres-mots-de-passe.pdf")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def own_letters(request, letters_id):
    return get_object_or_404(
        PasswordLetters.objects.visible_to(request.user).select_related("job", "firm", "by"), pk=letters_id
    )


def letters_page(request, found, status=200):
    context = {
        "letters": found,
        "may_download": found.job.is_over and found.status == LettersStatus.READY and bool(found.count),
    }
    return render(request, "approvals/letters.html", context, status=status)
