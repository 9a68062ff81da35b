"""Who does the work: organisations, people and their projects."""

from models.people.organisation import Organisation, OrganisationKind
from models.people.person import Person
from models.people.project import Project, ProjectMember, ProjectRole

__all__ = [
    "Organisation",
    "OrganisationKind",
    "Person",
    "Project",
    "ProjectMember",
    "ProjectRole",
]
