"""How are people told? Text, figures and files."""
