"""What are the things that everybody talks about: mail, permissions, steps, records, the state, a trace?"""
