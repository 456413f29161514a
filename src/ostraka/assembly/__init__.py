"""The only room that names concrete parts: settings, composition, commands and reports."""
