"""What is asked of policies: what they show, how they differ, how little must be granted."""
