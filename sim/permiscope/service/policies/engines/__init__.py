"""What do policies look like that engines other than ours decide? Imported only when one is loaded."""
