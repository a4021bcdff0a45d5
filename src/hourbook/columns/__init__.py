"""The arrays that reports are answered from: the facts of all entries of a workspace, kept current by the journal.

This package knows the tables of time entries and the journal, and no slice. Names of people, projects and
the like never enter it.
"""
