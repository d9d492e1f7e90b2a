"""What is asked of the checks themselves: which fault and which mutant each of them notices."""
