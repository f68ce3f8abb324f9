"""Skills: named, versioned sets of measured claims, and how they read."""
