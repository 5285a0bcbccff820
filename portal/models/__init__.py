from portal.models.company import AddressKind, ClientGroup, Company, Country, PaperlessConsent, VatRegime
from portal.models.failed_task import FailedTask
from portal.models.firm import Firm
from portal.models.history import HistoryEntry, Journal
from portal.models.job import Job, JobStatus
from portal.models.people import (
    Attachment,
    ClientMember,
    Employee,
    LoginCode,
    PasswordOrigin,
    StaffMember,
    StaffRole,
    User,
)
from portal.models.stored_file import StoredFile
from portal.models.supplier import Supplier

__all__ = [
    "AddressKind",
    "Attachment",
    "ClientGroup",
    "ClientMember",
    "Company",
    "Country",
    "Employee",
    "FailedTask",
    "Firm",
    "HistoryEntry",
    "Job",
    "JobStatus",
    "Journal",
    "LoginCode",
    "PaperlessConsent",
    "PasswordOrigin",
    "StaffMember",
    "StaffRole",
    "StoredFile",
    "Supplier",
    "User",
    "VatRegime",
]
