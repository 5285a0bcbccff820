from documents.models.document import Document, DocumentVersion, DocumentView, Tag
from documents.models.folder import (
    Audience,
    Folder,
    FolderException,
    FolderKind,
    Signature,
    WithheldFolder,
)

__all__ = [
    "Audience",
    "Document",
    "DocumentVersion",
    "DocumentView",
    "Folder",
    "FolderException",
    "FolderKind",
    "Signature",
    "Tag",
    "WithheldFolder",
]
