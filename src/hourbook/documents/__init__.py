"""Files made of neutral tables: CSV, XLSX and PDF.

Whoever has a report describes it with `tables` and calls `csv_file`, `xlsx_file` or `pdf_file`. This layer knows
no slice, no permission and no database; it imports core, and its libraries where they are first used.
"""
