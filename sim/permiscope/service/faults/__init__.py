"""The catalogue of leaks: each known way in which content-scoped is not, as a fault to be switched on."""
