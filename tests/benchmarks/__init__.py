"""What does it cost? Ratios within one run, for seconds say more of the machine than of the code."""
