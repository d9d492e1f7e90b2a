"""Which history is it? States are visited by every step that matters, or histories are walked at random."""
