"""Tabs « Contacts » and « Salariés » of the card: for the staff of the company."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.directory import people as stories
from approvals.directory.people_forms import ContactForm, EmployeeForm
from approvals.directory.people_lists import ContactList, EmployeeList
from approvals.directory.standing import of_access
from portal import undo
from portal.models import ClientMember, Company, Employee, HistoryEntry, LoginCode
from portal.scoping import staffed_company

HISTORY_SHOWN = 20


@require_safe
def contacts(request, code):
    company = staffed_company(request.user, code)
    page = ContactList(request, with_people(company.client_members, company))
    if page.export:
        return page.export_response(f"contacts-{company.code}")
    return render(request, "approvals/contacts.html", {"company": company, "page": page})


@require_safe
def employees(request, code):
    company = staffed_company(request.user, code)
    page = EmployeeList(request, with_people(company.employees, company))
    if page.export:
        return page.export_response(f"salaries-{company.code}")
    return render(request, "approvals/employees.html", {"company": company, "page": page})


def with_people(accesses, company: Company):
    codes = Prefetch("user__login_codes", LoginCode.objects.filter(firm=company.firm_id).order_by("code"))
    return accesses.select_related("user__staff_member").prefetch_related(codes)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_add(request, code):
    company = staffed_company(request.user, code)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and (access := form.made(stories.new_contact, company, by=request.user)):
        text = _("%(name)s est un contact, sans accès pour le moment.")
        messages.success(request, text % {"name": access.user})
        return redirect("approvals:contacts", code)
    return render(request, "approvals/contact_add.html", {"company": company, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def employee_add(request, code):
    company = staffed_company(request.user, code)
    form = EmployeeForm(request.POST or None)
    if request.method == "POST" and (access := form.made(stories.new_employee, company, by=request.user)):
        text = _("%(name)s est un salarié, sans accès pour le moment.")
        messages.success(request, text % {"name": access.user})
        return redirect("approvals:employees", code)
    return render(request, "approvals/employee_add.html", {"company": company, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request, code, member_id):
    company = staffed_company(request.user, code)
    member = get_object_or_404(company.client_members.select_related("user"), pk=member_id)
    names = stories.may_name(request.user, member.user)
    form = ContactForm(request.POST or None, instance=member, names=names)
    if request.method == "POST" and form.changed(stories.change, by=request.user):
        messages.success(request, _("La fiche du contact est enregistrée."))
        return redirect("approvals:contacts", code)
    return person_page(request, "approvals/contact_edit.html", company, member, form, names)


@require_http_methods(["GET", "HEAD", "POST"])
def employee_edit(request, code, employee_id):
    company = staffed_company(request.user, code)
    employee = get_object_or_404(company.employees.select_related("user"), pk=employee_id)
    names = stories.may_name(request.user, employee.user)
    form = EmployeeForm(request.POST or None, instance=employee, names=names)
    if request.method == "POST" and form.changed(stories.change, by=request.user):
        messages.success(request, _("La fiche du salarié est enregistrée."))
        return redirect("approvals:employees", code)
    return person_page(request, "approvals/employee_edit.html", company, employee, form, names)


def person_page(request, template, company, access, form, names):
    kept = type(access).objects.select_related("user").get(pk=access.pk)
    context = {
        "company": company,
        "form": form,
        "access": kept,
        "names": names,
        "standing": of_access(kept),
        "login_codes": kept.user.login_codes.filter(firm=company.firm_id).order_by("code"),
        "history": HistoryEntry.objects.of(kept).select_related("by")[:HISTORY_SHOWN],
    }
    return render(request, template, context)


@require_POST
def contact_archive(request, code, member_id):
    company = staffed_company(request.user, code)
    member = get_object_or_404(company.client_members, pk=member_id)
    return archived(request, member, reverse("approvals:contact_restore", args=[code, member_id]))


@require_POST
def contact_restore(request, code, member_id):
    company = staffed_company(request.user, code)
    return restored(request, get_object_or_404(company.client_members, pk=member_id), "contacts", code)


@require_POST
def employee_archive(request, code, employee_id):
    company = staffed_company(request.user, code)
    employee = get_object_or_404(company.employees, pk=employee_id)
    return archived(request, employee, reverse("approvals:employee_restore", args=[code, employee_id]))


@require_POST
def employee_restore(request, code, employee_id):
    company = staffed_company(request.user, code)
    return restored(request, get_object_or_404(company.employees, pk=employee_id), "employees", code)


def archived(request, access: ClientMember | Employee, way_back: str):
    had_access = access.is_authorised
    if stories.archive(access, by=request.user):
        text = (
            _("%(name)s est archivé, et son accès est fermé.") if had_access else _("%(name)s est archivé.")
        )
        undo.offer(request, text % {"name": access.user}, way_back, [])
    tab = "approvals:contacts" if isinstance(access, ClientMember) else "approvals:employees"
    return redirect(tab, access.company.code)


def restored(request, access: ClientMember | Employee, tab: str, code: str):
    if stories.restore(access, by=request.user):
        text = _("%(name)s est de retour sur la fiche, sans accès pour le moment.")
        messages.success(request, text % {"name": access.user})
    return redirect(f"approvals:{tab}", code)
