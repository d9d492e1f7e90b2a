"""What is a search asked? Each question says what it looks at in a state, and how that counts."""
