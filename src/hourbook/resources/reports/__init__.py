"""Reports over time entries: summary, detailed, weekly, attendance, expense."""
