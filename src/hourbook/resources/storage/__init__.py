"""How much of the database a workspace takes."""
