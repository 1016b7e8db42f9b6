"""Users as those who log in: their names, passwords, logins and second factors. Nothing here commits."""
