"""Projects: what time is tracked for, who is on them, what they are expected to take."""
