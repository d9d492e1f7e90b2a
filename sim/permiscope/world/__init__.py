"""Who acts, and when? People and apps as SimPy processes that use the service."""
