"""A school in a file: its form, its rules, and how it gets into the database."""

from webapp.school.file import BadFile, read
from webapp.school.load import load

__all__ = ["BadFile", "load", "read"]
