"""What does the messaging service under test do: decide, enforce, disclose?"""
