"""What enforces and discloses: the messaging service, and the one door to it."""
