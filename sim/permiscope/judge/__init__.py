"""Did it hold? Judges read records and the state they lead to, and nothing else."""
