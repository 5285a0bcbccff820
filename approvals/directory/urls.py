"""The addresses of the directory; `approvals.urls` includes them under its own name."""

from django.urls import path

from approvals.directory import (
    company_views,
    group_views,
    people_views,
    record_views,
    staff_views,
    supplier_views,
)

CARD = "entreprises/<code:code>/fiche/"
COMPANIES = "parametres/entreprises/"
GROUPS = "parametres/groupes/"
STAFF = "parametres/collaborateurs/"
SUPPLIERS = "parametres/fournisseurs/"

urlpatterns = [
    path(CARD, record_views.record, name="record"),
    path(f"{CARD}modifier/", record_views.record_edit, name="record_edit"),
    path(f"{CARD}facturation/", record_views.billing, name="billing"),
    path(f"{CARD}historique/", record_views.record_history, name="record_history"),
    path(f"{CARD}contacts/", people_views.contacts, name="contacts"),
    path(f"{CARD}contacts/ajouter/", people_views.contact_add, name="contact_add"),
    path(f"{CARD}contacts/<int:member_id>/", people_views.contact_edit, name="contact_edit"),
    path(f"{CARD}contacts/<int:member_id>/archiver/", people_views.contact_archive, name="contact_archive"),
    path(f"{CARD}contacts/<int:member_id>/restaurer/", people_views.contact_restore, name="contact_restore"),
    path(f"{CARD}salaries/", people_views.employees, name="employees"),
    path(f"{CARD}salaries/ajouter/", people_views.employee_add, name="employee_add"),
    path(f"{CARD}salaries/<int:employee_id>/", people_views.employee_edit, name="employee_edit"),
    path(
        f"{CARD}salaries/<int:employee_id>/archiver/", people_views.employee_archive, name="employee_archive"
    ),
    path(
        f"{CARD}salaries/<int:employee_id>/restaurer/", people_views.employee_restore, name="employee_restore"
    ),
    path(COMPANIES, company_views.companies, name="companies"),
    path(f"{COMPANIES}ajouter/", company_views.company_add, name="company_add"),
    path(f"{COMPANIES}<int:company_id>/", company_views.company_edit, name="company_edit"),
    path(f"{COMPANIES}<int:company_id>/collaborateurs/", company_views.company_team, name="company_team"),
    path(f"{COMPANIES}<int:company_id>/archiver/", company_views.company_archive, name="company_archive"),
    path(f"{COMPANIES}<int:company_id>/restaurer/", company_views.company_restore, name="company_restore"),
    path(GROUPS, group_views.groups, name="groups"),
    path(f"{GROUPS}ajouter/", group_views.group_add, name="group_add"),
    path(f"{GROUPS}<int:group_id>/", group_views.group_edit, name="group_edit"),
    path(f"{GROUPS}<int:group_id>/entreprises/", group_views.group_companies, name="group_companies"),
    path(f"{GROUPS}<int:group_id>/supprimer/", group_views.group_delete, name="group_delete"),
    path(STAFF, staff_views.staff, name="staff"),
    path(f"{STAFF}ajouter/", staff_views.staff_add, name="staff_add"),
    path(f"{STAFF}<int:staff_id>/", staff_views.staff_edit, name="staff_edit"),
    path(f"{STAFF}<int:staff_id>/entreprises/", staff_views.staff_companies, name="staff_companies"),
    path(f"{STAFF}<int:staff_id>/desactiver/", staff_views.staff_deactivate, name="staff_deactivate"),
    path(f"{STAFF}<int:staff_id>/inviter/", staff_views.staff_invite, name="staff_invite"),
    path(f"{STAFF}<int:staff_id>/second-facteur/", staff_views.staff_factors, name="staff_factors"),
    path(f"{STAFF}<int:staff_id>/reactiver/", staff_views.staff_reactivate, name="staff_reactivate"),
    path(SUPPLIERS, supplier_views.suppliers, name="suppliers"),
    path(f"{SUPPLIERS}ajouter/", supplier_views.supplier_add, name="supplier_add"),
    path(f"{SUPPLIERS}<int:supplier_id>/", supplier_views.supplier_edit, name="supplier_edit"),
    path(f"{SUPPLIERS}<int:supplier_id>/archiver/", supplier_views.supplier_archive, name="supplier_archive"),
    path(
        f"{SUPPLIERS}<int:supplier_id>/restaurer/", supplier_views.supplier_restore, name="supplier_restore"
    ),
]
