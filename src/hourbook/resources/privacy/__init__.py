"""Personal data: everything there is about a person, and taking the person out of it."""
