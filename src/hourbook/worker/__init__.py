"""The second process: mail, jobs, clearing up, and operations that may hold an interpreter for long."""
