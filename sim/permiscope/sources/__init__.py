"""What was written down elsewhere, and what does it say in our words? Mailboxes, exports, scenario files."""
