"""Where is the worst day? Search makes histories, shortest first, and has them judged."""
