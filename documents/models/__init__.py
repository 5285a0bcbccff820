from documents.models.document import Document, DocumentVersion, DocumentView, Tag
from documents.models.folder import (
    AddressKind,
    Audience,
    Folder,
    FolderException,
    FolderKind,
    LinkTarget,
    Signature,
    WithheldFolder,
)

__all__ = [
    "AddressKind",
    "Audience",
    "Document",
    "DocumentVersion",
    "DocumentView",
    "Folder",
    "FolderException",
    "FolderKind",
    "LinkTarget",
    "Signature",
    "Tag",
    "WithheldFolder",
]
