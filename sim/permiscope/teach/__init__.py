"""Did the learner get it? Lessons, and answers that are marked with one hint at a time, never with a solution."""
