"""The words of report requests that stand for one choice each (wire-reports section 2). Pure.

A word that is not among them is refused by the wire, which names the place and the words it takes. Those
that decide what is counted stand in rules.py.
"""

import enum


class DateRangeType(enum.StrEnum):
    """Relative ranges matter in shared and scheduled reports only; elsewhere the dates that stand beside them win."""

    ABSOLUTE = "ABSOLUTE"
    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    THIS_WEEK = "THIS_WEEK"
    LAST_WEEK = "LAST_WEEK"
    PAST_TWO_WEEKS = "PAST_TWO_WEEKS"
    THIS_MONTH = "THIS_MONTH"
    LAST_MONTH = "LAST_MONTH"
    THIS_YEAR = "THIS_YEAR"
    LAST_YEAR = "LAST_YEAR"


class ExportType(enum.StrEnum):
    JSON = "JSON"
    JSON_V1 = "JSON_V1"
    PDF = "PDF"
    CSV = "CSV"
    XLSX = "XLSX"
    ZIP = "ZIP"


class ApprovalState(enum.StrEnum):
    APPROVED = "APPROVED"
    UNAPPROVED = "UNAPPROVED"
    ALL = "ALL"


class InvoicingState(enum.StrEnum):
    INVOICED = "INVOICED"
    UNINVOICED = "UNINVOICED"
    ALL = "ALL"


class Order(enum.StrEnum):
    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


class Zoom(enum.StrEnum):
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class FieldType(enum.StrEnum):
    TXT = "TXT"
    NUMBER = "NUMBER"
    DROPDOWN_SINGLE = "DROPDOWN_SINGLE"
    DROPDOWN_MULTIPLE = "DROPDOWN_MULTIPLE"
    CHECKBOX = "CHECKBOX"
    LINK = "LINK"
