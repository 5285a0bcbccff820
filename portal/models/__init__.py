from portal.models.company import ClientGroup, Company
from portal.models.failed_task import FailedTask
from portal.models.firm import Firm
from portal.models.history import HistoryEntry
from portal.models.people import Attachment, ClientMember, Employee, LoginCode, StaffMember, StaffRole, User
from portal.models.stored_file import StoredFile

__all__ = [
    "Attachment",
    "ClientGroup",
    "ClientMember",
    "Company",
    "Employee",
    "FailedTask",
    "Firm",
    "HistoryEntry",
    "LoginCode",
    "StaffMember",
    "StaffRole",
    "StoredFile",
    "User",
]
