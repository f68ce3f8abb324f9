"""Pages about a library for people to look at in a browser, served on loopback."""
